#include "run/evaluate.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include "data/audio_list.h"
#include "error.h"
#include "random.h"
#include "voiceprint/detection_metrics.h"
#include "voiceprint/scoring.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

struct ScoredTrial {
  float score = 0;
  bool target = false;
  std::size_t enroll_speaker = 0, test_speaker = 0;
};

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

// EER and minDCF(0.01) of weighted trials sorted by falling score.
std::pair<double, double> weighted_rates(const std::vector<ScoredTrial>& sorted,
                                         const std::vector<double>& speaker_weight) {
  const auto weight = [&](const ScoredTrial& t) {
    return t.enroll_speaker == t.test_speaker ? speaker_weight[t.enroll_speaker]
                                              : speaker_weight[t.enroll_speaker] * speaker_weight[t.test_speaker];
  };
  double targets = 0, nontargets = 0;
  for (const ScoredTrial& t : sorted) (t.target ? targets : nontargets) += weight(t);
  if (targets <= 0 || nontargets <= 0) return {-1, -1};
  constexpr double kPrior = 0.01;
  double accepted_targets = 0, false_alarms = 0, eer = 1, least_gap = 2, min_dcf = 1;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    (sorted[i].target ? accepted_targets : false_alarms) += weight(sorted[i]);
    if (i + 1 < sorted.size() && sorted[i + 1].score == sorted[i].score) continue;
    const double p_miss = 1 - accepted_targets / targets, p_fa = false_alarms / nontargets;
    if (std::abs(p_miss - p_fa) < least_gap) least_gap = std::abs(p_miss - p_fa), eer = (p_miss + p_fa) / 2;
    min_dcf = std::min(min_dcf, (kPrior * p_miss + (1 - kPrior) * p_fa) / kPrior);
  }
  return {eer, min_dcf};
}

Interval middle_95_percent(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {at(0.025), at(0.975)};
}

// Speakers, not trials, are drawn with replacement: the trials of one speaker are no independent evidence.
void add_intervals(ConditionResult& result, std::vector<ScoredTrial> trials, std::size_t num_speakers,
                   std::int64_t resamplings) {
  std::sort(trials.begin(), trials.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  std::vector<double> eers, min_dcfs;
  for (std::int64_t round = 0; round < resamplings; ++round) {
    Random random{0xb007, static_cast<std::uint64_t>(round)};
    std::vector<double> weight(num_speakers, 0.0);
    for (std::size_t i = 0; i < num_speakers; ++i) weight[random.below(num_speakers)] += 1;
    const auto [eer, min_dcf] = weighted_rates(trials, weight);
    if (eer >= 0) eers.push_back(eer), min_dcfs.push_back(min_dcf);
  }
  result.eer_interval = middle_95_percent(std::move(eers));
  result.min_dcf_001_interval = middle_95_percent(std::move(min_dcfs));
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
    std::map<std::string, std::size_t> speakers;
    const auto speaker_of = [&](const std::string& name) {
      return speakers.try_emplace(fs::path(name).parent_path().string(), speakers.size()).first->second;
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
    result.num_speakers = static_cast<std::int64_t>(speakers.size());
    auto curve = DetectionCurve::create(result.target_scores, result.nontarget_scores);
    if (!curve) throw TrainerError(lists[i] + ": " + curve.error().message);
    const OperatingPoint equal = curve->eer();
    result.eer = equal.p_fa;
    result.threshold = equal.threshold;
    result.min_dcf_001 = curve->min_dcf({0.01, 1, 1});
    result.min_dcf_005 = curve->min_dcf({0.05, 1, 1});
    add_intervals(result, std::move(scored), speakers.size(), resamplings);
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
