// Error rates of a detector from its scores: EER, minDCF, actDCF, Cllr, minCllr, thresholds, DET points. "score >=
// threshold" accepts. Of whole trial lists, with intervals: trial_metrics.h. Of identification:
// identification_metrics.h.
//
// Sorted once, O(n log n), 24 bytes per distinct score. Every function gives kUndefined without targets or without
// non-targets, kNonFiniteSample on a NaN.
#pragma once

#include <cstddef>
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

// Both are in use, and differ by up to half a step of the curve.
enum class EerConvention {
  kInterpolated,  // p_miss = p_fa on the straight line between the two points around the crossing
  kNearest,       // the mean of both rates at the point where they are closest (the higher threshold if two are)
};

class DetectionCurve {
 public:
  // Weights, one per score or none at all (all 1), let trials count differently; kInvalidArgument unless they are
  // finite and not negative, kUndefined where all of a side are 0.
  static Result<DetectionCurve> create(std::span<const float> target_scores, std::span<const float> nontarget_scores,
                                       std::span<const double> target_weights = {},
                                       std::span<const double> nontarget_weights = {});

  // p_miss and p_fa are both the equal error rate; the threshold is interpolated like the rate, or the point's.
  OperatingPoint eer(EerConvention convention = EerConvention::kInterpolated) const;
  // min over thresholds of the detection cost, divided by the cost of the better blind decision (NIST SRE).
  double min_dcf(const CostModel& cost) const;
  OperatingPoint min_dcf_point(const CostModel& cost) const;
  // Cost at a given threshold, normalised alike. For LLRs the threshold is bayes_threshold (calibration.h).
  double act_dcf(const CostModel& cost, double threshold) const;
  // The lowest threshold with p_fa <= target.
  OperatingPoint at_false_alarm_rate(double target_p_fa) const;
  OperatingPoint at_threshold(double threshold) const;
  // One point per distinct score, thresholds rising; ends with a point that rejects all.
  std::span<const OperatingPoint> points() const { return points_; }

  // The corners of the curve's lower convex hull, thresholds rising, from (0, 1) to (1, 0): what
  // pool-adjacent-violators finds. Scores from one corner's threshold up to the next form a bin with LLR ln(step of
  // p_miss / step of -p_fa).
  const std::vector<OperatingPoint>& convex_hull() const { return hull_; }
  // Cllr of the best monotone calibration of these scores, that of the hull: 0 for separated scores, at most 1.
  double min_cllr() const;

  // For drawing: at most `max_points` (>= 2) of the points, first and last among them, evenly spread along the curve on
  // normal-deviate axes.
  std::vector<OperatingPoint> det_points(std::size_t max_points) const;

 private:
  void make_hull();

  std::vector<OperatingPoint> points_;
  std::vector<OperatingPoint> hull_;
};

// Cost of log-likelihood ratios, in bits (N. Brummer and J. du Preez, "Application-independent evaluation of speaker
// detection", 2006): 1 for LLRs of 0, which say nothing; without bound for confident wrong ones.
Result<double> cllr(std::span<const float> target_llrs, std::span<const float> nontarget_llrs);
// ln(1 + e^-llr) / ln 2: what a target costs; a non-target costs as much with -llr.
double cllr_loss(double llr);

// Normal deviate of a probability, the axis of DET curves: P(X <= probit(p)) = p. p in (0, 1); error below 1e-8.
double probit(double p);

}  // namespace voiceprint
