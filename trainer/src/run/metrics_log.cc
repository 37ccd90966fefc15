#include "run/metrics_log.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "error.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

using nlohmann::json;

void forget_later_steps(const std::string& path, std::int64_t first_step) {
  if (!std::filesystem::exists(path)) return;
  std::istringstream lines(read_file(path));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const json entry = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (entry.is_object() && entry.value("step", first_step + 1) <= first_step) kept += line + "\n";
  }
  write_file_atomically(path, kept);
}

Scalars under(const std::string& group, const Scalars& values) {
  Scalars tagged;
  for (const auto& [name, value] : values) tagged.emplace_back(group + "/" + name, value);
  return tagged;
}

json object_of(const Scalars& values) {
  json object = json::object();
  for (const auto& [name, value] : values) object[name] = value;
  return object;
}

}  // namespace

MetricsLog::MetricsLog(const std::string& folder, std::int64_t first_step)
    : path_((forget_later_steps(folder + "/metrics.jsonl", first_step), folder + "/metrics.jsonl")),
      lines_(path_, std::ios::app),
      events_(folder, first_step) {
  if (!lines_) throw TrainerError(path_ + ": cannot be written");
}

void MetricsLog::write_line(const std::string& line) {
  errno = 0;
  lines_ << line << std::endl;
  if (!lines_)
    throw TrainerError(path_ + ": cannot be written: " + std::strerror(errno) + "; free some space, then add --resume");
}

void MetricsLog::add_training(std::int64_t step, const Scalars& values) {
  json line = object_of(values);
  line["step"] = step;
  write_line(line.dump());
  events_.add(step, under("train", values));
}

void MetricsLog::add_evaluation(std::int64_t step, const Scalars& eers) {
  write_line(json({{"step", step}, {"eer", object_of(eers)}}).dump());
  events_.add(step, under("eer", eers));
}

}  // namespace voiceprint::trainer
