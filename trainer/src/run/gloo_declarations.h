// LibTorch contains Gloo, but its wheels leave Gloo's headers out, which c10d's ProcessGroupGloo.hpp includes. These
// are the declarations that it names. They are never more than pointers to the trainer, and GlooStore, which derives
// from Store, is never made by it: so no layout of Gloo's is relied on. CMake puts this file where the includes look
// for it, if LibTorch has no Gloo headers of its own.
#ifndef VOICEPRINT_TRAINER_RUN_GLOO_DECLARATIONS_H
#define VOICEPRINT_TRAINER_RUN_GLOO_DECLARATIONS_H

#include <chrono>
#include <string>
#include <vector>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

namespace transport {
class Device;
class UnboundBuffer;
}  // namespace transport

namespace rendezvous {
class Store {
 public:
  virtual ~Store();
  virtual void set(const std::string& key, const std::vector<char>& value) = 0;
  virtual std::vector<char> get(const std::string& key) = 0;
  virtual void wait(const std::vector<std::string>& keys) = 0;
  virtual void wait(const std::vector<std::string>& keys, const std::chrono::milliseconds& timeout) = 0;
};
}  // namespace rendezvous

}  // namespace gloo

#endif
