// What became of each recording so far, appended as `prepare` goes: after a kill the same command goes on from it.
//
// One JSON object per line: {"command": <digest>} first, then one outcome per recording, in list order. A line cut
// short by the kill does not count. Audio is checked against `sha256` before it is taken over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace voiceprint::trainer {

struct Outcome {
  std::string problem;  // empty: usable
  std::uint64_t num_samples = 0;
  std::string sha256;  // of the 16-bit samples, lower-case hex
  double source_seconds = 0;
};

class Journal {
 public:
  // Opens or makes the file. Outcomes of another `command` are forgotten. TrainerError if another process has it open.
  Journal(std::string path, const std::string& command);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // A journal of another command was found.
  bool of_another_command() const { return of_another_command_; }
  // What was read on opening.
  const std::vector<Outcome>& outcomes() const { return outcomes_; }
  // Forgets the outcomes from `count` on; to be called before the first append().
  void keep(std::size_t count);
  void append(const Outcome& outcome);

 private:
  void write_line(const std::string& line);

  std::string path_;
  int file_ = -1;
  bool of_another_command_ = false;
  std::vector<Outcome> outcomes_;
  std::vector<std::uint64_t> ends_;  // ends_[i]: bytes up to outcome i
  std::uint64_t size_ = 0;
};

}  // namespace voiceprint::trainer
