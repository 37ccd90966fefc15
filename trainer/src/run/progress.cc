#include "run/progress.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace voiceprint::trainer {
namespace {

volatile std::sig_atomic_t signals_seen = 0;

extern "C" void on_signal(int number) {
  signals_seen = signals_seen + 1;
  if (signals_seen > 1) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
}

}  // namespace

bool stop_requested() {
  static const bool installed = [] {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    return true;
  }();
  return installed && signals_seen > 0;
}

std::string format_duration(double seconds) {
  const auto whole = static_cast<long long>(seconds + 0.5);
  char text[32];
  std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

Progress::Progress(std::string what, std::int64_t total, std::int64_t first)
    : what_(std::move(what)), total_(total), first_(first), terminal_(::isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (line_open_) std::fputc('\n', stderr);
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void Progress::show(std::int64_t done, const std::string& note, bool always) {
  const Clock::time_point now = Clock::now();
  const double since = std::chrono::duration<double>(now - last_shown_).count();
  if (!always && done != total_ && since < (terminal_ ? 0.2 : 10.0)) return;
  last_shown_ = now;
  const double per_step = done > first_ ? seconds() / static_cast<double>(done - first_) : 0.0;
  std::string line = what_ + " " + std::to_string(done) + "/" + std::to_string(total_);
  if (!note.empty()) line += " | " + note;
  line += done < total_ ? " | ETA " + format_duration(per_step * static_cast<double>(total_ - done))
                        : " | " + format_duration(seconds());
  std::fprintf(stderr, terminal_ ? "\r\x1b[K%s" : "%s\n", line.c_str());
  line_open_ = terminal_;
  std::fflush(stderr);
}

}  // namespace voiceprint::trainer
