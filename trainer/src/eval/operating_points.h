// Thresholds that ship: at target false-alarm rates over all conditions, each condition weighted alike.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "eval/scored_trials.h"

namespace voiceprint::trainer {

struct ShippedOperatingPoint {
  std::string name;  // "far-0.01"
  double target_false_alarm_rate = 0;
  double threshold_llr = 0;     // between two trials' LLRs, so that rounding decides nothing
  double p_fa = 0, p_miss = 0;  // measured on the same trials
};

// One per rate. The threshold is the lowest with at most the target share of false alarms. REQUIRES: llrs.
std::vector<ShippedOperatingPoint> fit_operating_points(const ScoredSystem& system, std::span<const double> rates);

}  // namespace voiceprint::trainer
