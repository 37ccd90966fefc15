// From dev scores to the decisions that ship: calibration and operating points, every condition counting alike.
#pragma once

#include <vector>

#include "run/evaluate.h"
#include "voiceprint/calibration.h"

namespace voiceprint::trainer {

struct ShippedOperatingPoint {
  double target_false_alarm_rate = 0;
  double threshold_score = 0, threshold_llr = 0;
  double p_fa = 0, p_miss = 0;  // measured on the same trials
};

struct FittedDecisions {
  Calibration calibration;                              // fitted at p_target 0.5
  std::vector<ShippedOperatingPoint> operating_points;  // falling false-alarm rate
  std::int64_t num_trials = 0;
};

// The threshold of an operating point is the lowest score with at most the target share of false alarms over the
// conditions' pooled trials, each condition weighted alike.
FittedDecisions fit_decisions(const std::vector<ConditionResult>& results,
                              const std::vector<double>& target_false_alarm_rates);

}  // namespace voiceprint::trainer
