#include "run/run_checkpoints.h"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <vector>

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

void remove_oldest(const std::string& folder, std::int64_t keep) {
  static const std::regex name(R"(step-(\d{1,18})\.safetensors)");
  std::vector<std::pair<std::int64_t, fs::path>> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    std::smatch match;
    const std::string file = entry.path().filename().string();
    if (std::regex_match(file, match, name)) found.emplace_back(std::stoll(match[1]), entry.path());
  }
  std::sort(found.rbegin(), found.rend());
  for (std::size_t i = static_cast<std::size_t>(keep); i < found.size(); ++i) fs::remove(found[i].second);
}

}  // namespace

std::string last_checkpoint(const std::string& folder) {
  return folder + "/last.safetensors";
}

std::string best_checkpoint(const std::string& folder) {
  return folder + "/best.safetensors";
}

void save_due_checkpoints(const TrainingState& state, const Config& config, const std::string& folder, bool end) {
  const RunConfig& run = config.run;
  if (end || state.step % run.checkpoint_every == 0) state.save(config, last_checkpoint(folder));
  if (run.keep_every == 0 || state.step % run.keep_every != 0) return;
  state.save(config, folder + "/step-" + std::to_string(state.step) + ".safetensors");
  if (run.keep_last > 0) remove_oldest(folder, run.keep_last);
}

}  // namespace voiceprint::trainer
