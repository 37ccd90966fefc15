// Error rates of a detector from its scores: EER, minDCF, actDCF, thresholds, DET points. "score >= threshold" accepts.
//
// Sorted once, O(n log n). Every function gives kUndefined without targets or without non-targets, kNonFiniteSample on
// a NaN.
#pragma once

#include <span>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint {

struct OperatingPoint {
  double threshold = 0;  // score
  double p_miss = 0;     // share of targets below the threshold
  double p_fa = 0;       // share of non-targets at or above it
};

struct CostModel {
  double p_target = 0.01;
  double c_miss = 1;
  double c_fa = 1;
};

class DetectionCurve {
 public:
  static Result<DetectionCurve> create(std::span<const float> target_scores, std::span<const float> nontarget_scores);

  // Where p_miss = p_fa, linearly interpolated between the two neighbouring points of the curve; threshold likewise.
  OperatingPoint eer() const;
  // min over thresholds of the detection cost, divided by the cost of the better blind decision (NIST SRE).
  double min_dcf(const CostModel& cost) const;
  OperatingPoint min_dcf_point(const CostModel& cost) const;
  // Cost at a given threshold, normalised alike.
  double act_dcf(const CostModel& cost, double threshold) const;
  // The lowest threshold with p_fa <= target.
  OperatingPoint at_false_alarm_rate(double target_p_fa) const;
  OperatingPoint at_threshold(double threshold) const;
  // One point per distinct score, thresholds rising; ends with a point that rejects all.
  std::span<const OperatingPoint> points() const { return points_; }

 private:
  std::vector<OperatingPoint> points_;
};

}  // namespace voiceprint
