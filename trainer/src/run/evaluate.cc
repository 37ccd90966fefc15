#include "run/evaluate.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "data/audio_list.h"
#include "error.h"
#include "voiceprint/scoring.h"
#include "voiceprint/trial_metrics.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> trial_lists(const std::string& trials) {
  if (!fs::exists(trials)) throw TrainerError(trials + ": no such trial list or folder");
  if (!fs::is_directory(trials)) return {trials};
  std::vector<std::string> lists;
  for (const auto& entry : fs::directory_iterator(trials)) {
    if (entry.path().extension() == ".txt") lists.push_back(entry.path().string());
  }
  std::sort(lists.begin(), lists.end());
  if (lists.empty()) throw TrainerError(trials + ": holds no .txt trial list");
  return lists;
}

}  // namespace

std::vector<ConditionResult> evaluate(const Embedder& embedder, const std::string& trials,
                                      const std::string& audio_root, std::int64_t resamplings) {
  const std::vector<std::string> lists = trial_lists(trials);
  std::vector<std::vector<Trial>> trials_of;
  std::map<std::string, std::size_t> index_of;
  std::vector<std::string> paths;
  for (const std::string& list : lists) {
    trials_of.push_back(read_trials(list));
    for (const Trial& trial : trials_of.back()) {
      for (const std::string& name : {trial.enroll, trial.test}) {
        if (index_of.try_emplace(name, paths.size()).second) paths.push_back((fs::path(audio_root) / name).string());
      }
    }
  }
  const std::vector<EmbeddedFile> files = embedder.embed_all(paths);
  for (const EmbeddedFile& file : files) {
    if (!file.problem.empty()) throw TrainerError(file.problem + " (named by a trial of " + trials + ")");
  }

  std::vector<ConditionResult> results;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    ConditionResult result;
    result.condition = fs::path(lists[i]).stem().string();
    std::vector<ScoredTrial> scored;
    std::map<std::string, std::uint32_t> speakers;
    const auto speaker_of = [&](const std::string& name) {
      const auto next = static_cast<std::uint32_t>(speakers.size());
      return speakers.try_emplace(fs::path(name).parent_path().string(), next).first->second;
    };
    for (const Trial& trial : trials_of[i]) {
      const auto& a = files[index_of.at(trial.enroll)].embedding;
      const auto& b = files[index_of.at(trial.test)].embedding;
      if (a.empty() || b.empty()) {
        ++result.num_skipped;
        continue;
      }
      const float score = take(cosine_score(a, b));
      (trial.target ? result.target_scores : result.nontarget_scores).push_back(score);
      scored.push_back({score, trial.target, speaker_of(trial.enroll), speaker_of(trial.test)});
    }
    const TrialMetricsOptions options{.costs = {{0.01, 1, 1}, {0.05, 1, 1}},
                                      .resamplings = static_cast<std::uint32_t>(resamplings)};
    const auto metrics = measure_trials(scored, options);
    if (!metrics) throw TrainerError(lists[i] + ": " + metrics.error().message);
    result.num_speakers = static_cast<std::int64_t>(metrics->num_speakers);
    result.eer = metrics->eer.value;
    result.threshold = metrics->eer_threshold;
    result.min_dcf_001 = metrics->costs[0].min_dcf.value;
    result.min_dcf_005 = metrics->costs[1].min_dcf.value;
    result.eer_interval = metrics->eer.interval;
    result.min_dcf_001_interval = metrics->costs[0].min_dcf.interval;
    results.push_back(std::move(result));
  }
  return results;
}

std::string format_results(const std::vector<ConditionResult>& results) {
  std::string table =
      "condition                 speakers  targets  non-targets  skipped   EER %    (interval)     minDCF .01  minDCF "
      ".05  threshold\n";
  for (const ConditionResult& r : results) {
    char line[256];
    std::snprintf(line, sizeof line,
                  "%-24s  %8lld  %7zu  %11zu  %7lld  %6.2f  (%5.2f - %5.2f)  %10.4f  %10.4f  %9.4f\n",
                  r.condition.c_str(), static_cast<long long>(r.num_speakers), r.target_scores.size(),
                  r.nontarget_scores.size(), static_cast<long long>(r.num_skipped), 100 * r.eer,
                  100 * r.eer_interval.low, 100 * r.eer_interval.high, r.min_dcf_001, r.min_dcf_005, r.threshold);
    table += line;
  }
  return table;
}

}  // namespace voiceprint::trainer
