#include "data/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "error.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

[[noreturn]] void fail(const std::string& path) {
  const int reason = errno;
  throw TrainerError(
      path + ": cannot be written: " + std::strerror(reason) +
      (reason == ENOSPC || reason == EDQUOT ? "; free some space, then run the same command again" : ""));
}

bool parse(const std::string& line, Outcome& outcome) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return false;
  try {
    outcome = {json.value("problem", ""), json.value("samples", std::uint64_t{0}), json.value("sha256", ""),
               json.value("source_seconds", 0.0)};
  } catch (const nlohmann::json::exception&) {
    return false;
  }
  return true;
}

}  // namespace

Journal::Journal(std::string path, const std::string& command) : path_(std::move(path)) {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) fail(path_);
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    ::close(file_);
    throw TrainerError(path_ + ": another `trainer prepare` is writing there; wait for it or choose another --out");
  }
  const std::string header = nlohmann::json({{"command", command}}).dump();
  const std::string content = read_file(path_);
  bool known = false;
  std::size_t begin = 0;
  for (std::size_t end; (end = content.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = content.substr(begin, end - begin);
    Outcome outcome;
    if (begin == 0) {
      known = line == header;
      of_another_command_ = !known;
      if (!known) break;
    } else if (parse(line, outcome)) {
      outcomes_.push_back(std::move(outcome));
    } else {
      break;
    }
    ends_.push_back(end + 1);
  }
  if (known) {
    size_ = ends_[0];
  } else {
    if (::ftruncate(file_, 0) != 0) fail(path_);
    write_line(header);
    ends_ = {size_};
  }
}

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
}

void Journal::keep(std::size_t count) {
  outcomes_.resize(count);
  size_ = ends_[count];
  if (::ftruncate(file_, static_cast<off_t>(size_)) != 0) fail(path_);
}

void Journal::append(const Outcome& outcome) {
  nlohmann::json json = {{"source_seconds", outcome.source_seconds}};
  if (outcome.problem.empty())
    json["samples"] = outcome.num_samples, json["sha256"] = outcome.sha256;
  else
    json["problem"] = outcome.problem;
  write_line(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Journal::write_line(const std::string& line) {
  const std::string bytes = line + "\n";
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::pwrite(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(size_ + done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(path_);
    done += static_cast<std::size_t>(written);
  }
  size_ += bytes.size();
}

}  // namespace voiceprint::trainer
