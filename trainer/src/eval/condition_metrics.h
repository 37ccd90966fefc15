// What the scores of each condition say, and of parts of it: by language, gender, age group, corpus, duration.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eval/scored_trials.h"
#include "run/embedded_file.h"
#include "voiceprint/detection_metrics.h"
#include "voiceprint/identification_metrics.h"
#include "voiceprint/trial_metrics.h"

namespace voiceprint::trainer {

// Prior and costs of minDCF and actDCF, in the order of TrialMetrics::costs.
inline constexpr double kTargetPriors[] = {0.5, 0.05, 0.01};
inline constexpr double kFalseAlarmRates[] = {0.1, 0.01, 0.001};
inline constexpr std::size_t kRecallRanks[] = {1, 5, 10};
inline constexpr double kIdentificationRates[] = {0.1, 0.01};

// Speakers of a condition found again. Recall@k: every recording with another of its speaker searches all others, by
// cosine. Open set: each probe searches the voiceprints of all speakers (mean of up to 3 other recordings each), once
// with its own speaker among them and once without.
struct IdentificationMetrics {
  std::size_t num_speakers = 0, num_probes = 0;
  std::vector<double> recall;              // at kRecallRanks
  std::vector<IdentificationRates> rates;  // at kIdentificationRates
};

struct ConditionMetrics {
  std::string name;
  std::size_t num_skipped = 0;
  TrialMetrics scores;
  std::optional<TrialMetrics> llrs;      // of calibrated trials
  std::vector<OperatingPoint> at_rates;  // thresholds of the score at kFalseAlarmRates
  std::optional<IdentificationMetrics> identification;
};

// TrainerError names the condition where a figure is undefined: one speaker, a kind of trial missing. `resamplings` of
// the speakers for the intervals; 0: none.
ConditionMetrics measure_condition(const ScoredCondition& condition, std::uint32_t resamplings);

// Empty where a condition has no two speakers with two recordings.
std::optional<IdentificationMetrics> measure_identification(const TrialList& list, const Speakers& speakers,
                                                            const std::vector<EmbeddedFile>& embeddings);

// One row of a breakdown.
struct Part {
  std::string condition, value;
  std::size_t num_targets = 0, num_nontargets = 0, num_speakers = 0;
  std::optional<ConditionMetrics> metrics;  // none where there are too few to say anything
};
struct Breakdown {
  std::string by;  // "language"
  std::vector<Part> parts;
};

// Fewest of either kind of trial, and of speakers, that a part is measured with.
inline constexpr std::size_t kLeastTrials = 20, kLeastSpeakers = 4;

// By corpus, language, gender and age group where facts know them, and by the shorter recording's net speech where
// trials have measures. Trials of two values are of none. A breakdown in which every condition has one value only is
// left out.
std::vector<Breakdown> break_down(const ScoredSystem& system, const std::vector<UtteranceFacts>& facts,
                                  std::uint32_t resamplings);

nlohmann::json to_json(const ConditionMetrics& metrics);
nlohmann::json to_json(const Breakdown& breakdown);

// A table for the terminal.
std::string format_table(const std::vector<ConditionMetrics>& metrics);

}  // namespace voiceprint::trainer
