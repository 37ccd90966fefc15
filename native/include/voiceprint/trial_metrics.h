// What a list of trials says about a system, each figure with an interval from resampled speakers.
//
// Speakers, not trials, are drawn with replacement: the trials of one speaker are no independent evidence. A trial
// counts as often as its speaker was drawn, one between two speakers as often as the product of both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "voiceprint/detection_metrics.h"
#include "voiceprint/result.h"

namespace voiceprint {

struct ScoredTrial {
  float score = 0;
  bool is_target = false;
  std::uint32_t enroll_speaker = 0, test_speaker = 0;  // numbered from 0
};

struct TrialMetricsOptions {
  std::vector<CostModel> costs = {{0.01, 1, 1}, {0.05, 1, 1}, {0.5, 1, 1}};
  bool scores_are_llrs = false;      // natural logarithms: actDCF and Cllr have a meaning
  std::uint32_t resamplings = 1000;  // of the speakers; 0: no intervals
  std::uint64_t seed = 1;
};

struct Interval {
  double low = 0, high = 0;  // 2.5 % and 97.5 % of the resampled values; NaN where there are none
};

struct Estimate {
  double value = 0;
  Interval interval;
};

struct CostMetrics {
  CostModel cost;
  Estimate min_dcf;
  double min_dcf_threshold = 0;
  Estimate act_dcf;  // at the Bayes threshold; NaN unless the scores are LLRs
};

struct TrialMetrics {
  std::size_t num_targets = 0, num_nontargets = 0, num_speakers = 0;
  std::size_t num_resamplings = 0;  // drawings that held targets and non-targets
  Estimate eer;                     // interpolated
  double eer_threshold = 0;
  double eer_nearest = 0;
  std::vector<CostMetrics> costs;  // in the order of the options
  Estimate min_cllr;
  Estimate cllr;  // NaN unless the scores are LLRs
};

// kUndefined without targets, without non-targets, or for intervals of a single speaker; kNonFiniteSample on a NaN;
// kInvalidArgument for a cost model with p_target outside (0, 1) or a cost that is not positive and finite, and for a
// speaker's number that is not below twice the number of trials. O(n log n + n resamplings); at most 80 bytes per
// trial.
Result<TrialMetrics> measure_trials(std::span<const ScoredTrial> trials, const TrialMetricsOptions& options = {});

}  // namespace voiceprint
