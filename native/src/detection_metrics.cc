#include "voiceprint/detection_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

namespace voiceprint {
namespace {

Result<std::vector<float>> sorted(std::span<const float> scores, const char* what) {
  if (scores.empty())
    return Error{ErrorCode::kUndefined, std::string("no ") + what + " trials: error rates need both kinds"};
  for (float score : scores)
    if (std::isnan(score))
      return Error{ErrorCode::kNonFiniteSample,
                   std::string("the score of a ") + what + " trial is NaN; score it again"};
  std::vector<float> copy(scores.begin(), scores.end());
  std::sort(copy.begin(), copy.end());
  return copy;
}

double normalised_cost(const CostModel& cost, double p_miss, double p_fa) {
  const double miss = cost.c_miss * cost.p_target, fa = cost.c_fa * (1 - cost.p_target);
  return (miss * p_miss + fa * p_fa) / std::min(miss, fa);
}

}  // namespace

Result<DetectionCurve> DetectionCurve::create(std::span<const float> target_scores,
                                              std::span<const float> nontarget_scores) {
  const Result<std::vector<float>> targets = sorted(target_scores, "target");
  if (!targets) return targets.error();
  const Result<std::vector<float>> nontargets = sorted(nontarget_scores, "non-target");
  if (!nontargets) return nontargets.error();

  DetectionCurve curve;
  const double num_targets = static_cast<double>(targets->size()),
               num_nontargets = static_cast<double>(nontargets->size());
  std::size_t missed = 0, rejected = 0;  // below the threshold
  while (missed < targets->size() || rejected < nontargets->size()) {
    const float infinity = std::numeric_limits<float>::infinity();
    const float score = std::min(missed < targets->size() ? (*targets)[missed] : infinity,
                                 rejected < nontargets->size() ? (*nontargets)[rejected] : infinity);
    curve.points_.push_back({static_cast<double>(score), static_cast<double>(missed) / num_targets,
                             static_cast<double>(nontargets->size() - rejected) / num_nontargets});
    while (missed < targets->size() && (*targets)[missed] <= score) ++missed;
    while (rejected < nontargets->size() && (*nontargets)[rejected] <= score) ++rejected;
  }
  const double above_all = static_cast<double>(
      std::nextafter(static_cast<float>(curve.points_.back().threshold), std::numeric_limits<float>::infinity()));
  curve.points_.push_back({above_all, 1.0, 0.0});
  return curve;
}

OperatingPoint DetectionCurve::eer() const {
  // p_miss - p_fa rises from -1 at the first point to 1 at the last.
  const auto after =
      std::partition_point(points_.begin(), points_.end(), [](const OperatingPoint& p) { return p.p_miss < p.p_fa; });
  const OperatingPoint& high = *after;
  const OperatingPoint& low = *(after - 1);
  const double gap_low = low.p_fa - low.p_miss, gap_high = high.p_miss - high.p_fa;
  const double share = gap_low / (gap_low + gap_high);
  const auto between = [&](double a, double b) { return share == 1 ? b : a + share * (b - a); };
  const double rate = between(low.p_miss, high.p_miss);
  return {between(low.threshold, high.threshold), rate, rate};
}

OperatingPoint DetectionCurve::min_dcf_point(const CostModel& cost) const {
  return *std::min_element(points_.begin(), points_.end(), [&](const OperatingPoint& a, const OperatingPoint& b) {
    return normalised_cost(cost, a.p_miss, a.p_fa) < normalised_cost(cost, b.p_miss, b.p_fa);
  });
}

double DetectionCurve::min_dcf(const CostModel& cost) const {
  const OperatingPoint point = min_dcf_point(cost);
  return normalised_cost(cost, point.p_miss, point.p_fa);
}

double DetectionCurve::act_dcf(const CostModel& cost, double threshold) const {
  const OperatingPoint point = at_threshold(threshold);
  return normalised_cost(cost, point.p_miss, point.p_fa);
}

OperatingPoint DetectionCurve::at_false_alarm_rate(double target_p_fa) const {
  const auto found = std::partition_point(points_.begin(), points_.end(),
                                          [&](const OperatingPoint& p) { return p.p_fa > target_p_fa; });
  return found == points_.end() ? points_.back() : *found;
}

OperatingPoint DetectionCurve::at_threshold(double threshold) const {
  // Rates change just above each score, so those at the next score above the threshold hold.
  const auto found = std::partition_point(points_.begin(), points_.end(),
                                          [&](const OperatingPoint& p) { return p.threshold < threshold; });
  const OperatingPoint& point = found == points_.end() ? points_.back() : *found;
  return {threshold, point.p_miss, point.p_fa};
}

}  // namespace voiceprint
