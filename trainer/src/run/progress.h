// Progress of long work: one line that rewrites itself on a terminal, plain lines now and then in a log.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace voiceprint::trainer {

class Progress {
 public:
  // `total` steps; `first` are done already (a resumed run).
  Progress(std::string what, std::int64_t total, std::int64_t first = 0);
  ~Progress();
  // Shows "what done/total | note | ETA"; a log gets a line every 10 s and at the end only, unless `always`.
  void show(std::int64_t done, const std::string& note, bool always = false);
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  std::int64_t total_, first_;
  Clock::time_point start_ = Clock::now(), last_shown_{};
  bool terminal_;
  bool line_open_ = false;
};

// "1:02:03"
std::string format_duration(double seconds);

// True once SIGINT or SIGTERM arrived (the handlers are installed by the first call). Work stops at the next safe
// point; a second signal ends the program at once.
bool stop_requested();

}  // namespace voiceprint::trainer
