#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "error.h"
#include "eval/condition_metrics.h"

namespace voiceprint::trainer {
namespace {

// The value of a trial, empty where it has none.
using ValueOf = std::function<std::string(const ScoredCondition& condition, std::size_t trial)>;

ValueOf by_fact(const std::vector<UtteranceFacts>& facts, std::string UtteranceFacts::*fact) {
  return [&facts, fact](const ScoredCondition& condition, std::size_t trial) {
    const TrialRecordings& recordings = condition.recordings[trial];
    const std::string &a = facts[recordings.enroll].*fact, &b = facts[recordings.test].*fact;
    return a == b ? a : std::string();
  };
}

std::string by_net_speech(const ScoredCondition& condition, std::size_t trial) {
  const auto measure = static_cast<std::size_t>(QualityMeasure::kLogNetSpeechShorter);
  const double seconds = std::exp(static_cast<double>(condition.measures[trial][measure]));
  return seconds < 1   ? "under 1 s"
         : seconds < 2 ? "1 to 2 s"
         : seconds < 3 ? "2 to 3 s"
         : seconds < 5 ? "3 to 5 s"
                       : "5 s or more";
}

Part measure_part(const ScoredCondition& condition, const std::string& value, const std::vector<std::size_t>& trials,
                  std::uint32_t resamplings) {
  ScoredCondition part{condition.name, {}, {}, {}, {}, 0};
  std::set<std::uint32_t> speakers;
  Part result{condition.name, value, 0, 0, 0, {}};
  for (const std::size_t i : trials) {
    const ScoredTrial& trial = condition.trials[i];
    part.trials.push_back(trial);
    if (!condition.llrs.empty()) part.llrs.push_back(condition.llrs[i]);
    speakers.insert({trial.enroll_speaker, trial.test_speaker});
    ++(trial.is_target ? result.num_targets : result.num_nontargets);
  }
  result.num_speakers = speakers.size();
  if (std::min(result.num_targets, result.num_nontargets) >= kLeastTrials && result.num_speakers >= kLeastSpeakers)
    result.metrics = measure_condition(part, resamplings);
  return result;
}

// Values in the order in which they first occur, but for durations: those rise.
Breakdown measure(const std::string& by, const ScoredSystem& system, const ValueOf& value_of,
                  std::uint32_t resamplings) {
  static const std::vector<std::string> kOrder = {"under 1 s", "1 to 2 s", "2 to 3 s", "3 to 5 s", "5 s or more"};
  Breakdown breakdown{by, {}};
  bool any_split = false;
  for (const ScoredCondition& condition : system.conditions) {
    std::map<std::pair<std::ptrdiff_t, std::string>, std::vector<std::size_t>> values;
    for (std::size_t i = 0; i < condition.trials.size(); ++i) {
      const std::string value = value_of(condition, i);
      if (value.empty()) continue;
      values[{std::find(kOrder.begin(), kOrder.end(), value) - kOrder.begin(), value}].push_back(i);
    }
    any_split = any_split || values.size() > 1;
    for (const auto& [value, trials] : values)
      breakdown.parts.push_back(measure_part(condition, value.second, trials, resamplings));
  }
  if (!any_split) breakdown.parts.clear();
  return breakdown;
}

}  // namespace

std::vector<Breakdown> break_down(const ScoredSystem& system, const std::vector<UtteranceFacts>& facts,
                                  std::uint32_t resamplings) {
  std::vector<Breakdown> breakdowns;
  const auto add = [&](const std::string& by, const ValueOf& value_of) {
    Breakdown breakdown = measure(by, system, value_of, resamplings);
    if (!breakdown.parts.empty()) breakdowns.push_back(std::move(breakdown));
  };
  if (!facts.empty()) {
    add("corpus", by_fact(facts, &UtteranceFacts::corpus));
    add("language", by_fact(facts, &UtteranceFacts::language));
    add("gender", by_fact(facts, &UtteranceFacts::gender));
    add("age group", by_fact(facts, &UtteranceFacts::age_group));
  }
  const bool measured = std::all_of(system.conditions.begin(), system.conditions.end(),
                                    [](const ScoredCondition& c) { return !c.measures.empty(); });
  if (measured) add("net speech of the shorter recording", by_net_speech);
  return breakdowns;
}

}  // namespace voiceprint::trainer
