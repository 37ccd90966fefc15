#include "voiceprint/detection_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "portable_math.h"
#include "ranked.h"

namespace voiceprint {
namespace {

// The scores of one kind, rising, and their weights.
struct Side {
  std::span<const float> scores;
  std::span<const double> weights;  // empty: all 1
  std::vector<float> sorted_scores;
  std::vector<double> sorted_weights;
  double total = 0;

  double weight(std::size_t i) const { return weights.empty() ? 1.0 : weights[i]; }
};

Result<void> check_scores(std::span<const float> scores, const char* what) {
  if (scores.empty())
    return Error{ErrorCode::kUndefined, std::string("no ") + what + " trials: error rates need both kinds"};
  if (scores.size() > std::numeric_limits<std::uint32_t>::max())
    return Error{ErrorCode::kInvalidArgument, "more than 2^32 trials; measure them in parts"};
  for (float score : scores)
    if (std::isnan(score))
      return Error{ErrorCode::kNonFiniteSample,
                   std::string("the score of a ") + what + " trial is NaN; score it again"};
  return {};
}

Result<Side> make_side(std::span<const float> scores, std::span<const double> weights, const char* what) {
  if (const Result<void> checked = check_scores(scores, what); !checked) return checked.error();
  Side side{scores, weights, {}, {}, static_cast<double>(scores.size())};
  if (!weights.empty()) {
    if (weights.size() != scores.size()) return Error{ErrorCode::kInvalidArgument, "give one weight per score or none"};
    side.total = 0;
    for (double weight : weights) {
      if (!(weight >= 0) || !std::isfinite(weight))
        return Error{ErrorCode::kInvalidArgument, "a weight is negative or not finite"};
      side.total += weight;
    }
    if (!(side.total > 0))
      return Error{ErrorCode::kUndefined, std::string("no ") + what + " trial has a weight above 0"};
  }
  if (std::is_sorted(scores.begin(), scores.end())) return side;
  if (weights.empty()) {
    side.sorted_scores.assign(scores.begin(), scores.end());
    std::sort(side.sorted_scores.begin(), side.sorted_scores.end());
  } else {
    std::vector<Ranked> ranked;
    ranked.reserve(scores.size());
    for (float score : scores) ranked.push_back({score, static_cast<std::uint32_t>(ranked.size())});
    sort_by_score(ranked);
    side.sorted_scores.reserve(scores.size());
    side.sorted_weights.reserve(scores.size());
    for (const Ranked& trial : ranked) {
      side.sorted_scores.push_back(trial.score);
      side.sorted_weights.push_back(weights[trial.index]);
    }
    side.weights = side.sorted_weights;
  }
  side.scores = side.sorted_scores;
  return side;
}

double normalised_cost(const CostModel& cost, double p_miss, double p_fa) {
  const double miss = cost.c_miss * cost.p_target, fa = cost.c_fa * (1 - cost.p_target);
  return (miss * p_miss + fa * p_fa) / std::min(miss, fa);
}

// Calls `use(score, missed, rejected)` for each distinct score, rising: the weights of both sides below it. Ends with
// everything below.
template <typename Use>
void sweep(const Side& targets, const Side& nontargets, Use use) {
  std::size_t t = 0, n = 0;
  double missed = 0, rejected = 0;
  const float infinity = std::numeric_limits<float>::infinity();
  while (t < targets.scores.size() || n < nontargets.scores.size()) {
    const float score = std::min(t < targets.scores.size() ? targets.scores[t] : infinity,
                                 n < nontargets.scores.size() ? nontargets.scores[n] : infinity);
    use(score, missed, rejected);
    for (; t < targets.scores.size() && targets.scores[t] <= score; ++t) missed += targets.weight(t);
    for (; n < nontargets.scores.size() && nontargets.scores[n] <= score; ++n) rejected += nontargets.weight(n);
  }
}

}  // namespace

Result<DetectionCurve> DetectionCurve::create(std::span<const float> target_scores,
                                              std::span<const float> nontarget_scores,
                                              std::span<const double> target_weights,
                                              std::span<const double> nontarget_weights) {
  const Result<Side> targets = make_side(target_scores, target_weights, "target");
  if (!targets) return targets.error();
  const Result<Side> nontargets = make_side(nontarget_scores, nontarget_weights, "non-target");
  if (!nontargets) return nontargets.error();

  DetectionCurve curve;
  std::size_t num_distinct = 0;
  sweep(*targets, *nontargets, [&](float, double, double) { ++num_distinct; });
  curve.points_.reserve(num_distinct + 1);
  sweep(*targets, *nontargets, [&](float score, double missed, double rejected) {
    curve.points_.push_back({static_cast<double>(score), std::min(1.0, missed / targets->total),
                             std::max(0.0, (nontargets->total - rejected) / nontargets->total)});
  });
  const double above_all = static_cast<double>(
      std::nextafter(static_cast<float>(curve.points_.back().threshold), std::numeric_limits<float>::infinity()));
  curve.points_.push_back({above_all, 1.0, 0.0});
  curve.make_hull();
  return curve;
}

OperatingPoint DetectionCurve::eer(EerConvention convention) const {
  // p_miss - p_fa rises from -1 at the first point to 1 at the last.
  const auto after =
      std::partition_point(points_.begin(), points_.end(), [](const OperatingPoint& p) { return p.p_miss < p.p_fa; });
  const OperatingPoint& high = *after;
  const OperatingPoint& low = *(after - 1);
  const double gap_low = low.p_fa - low.p_miss, gap_high = high.p_miss - high.p_fa;
  if (convention == EerConvention::kNearest) {
    const OperatingPoint& nearest = gap_low < gap_high ? low : high;
    const double rate = (nearest.p_miss + nearest.p_fa) / 2;
    return {nearest.threshold, rate, rate};
  }
  const double share = gap_low / (gap_low + gap_high);
  const auto between = [&](double a, double b) { return share == 1 ? b : a + share * (b - a); };
  const double rate = between(low.p_miss, high.p_miss);
  return {between(low.threshold, high.threshold), rate, rate};
}

OperatingPoint DetectionCurve::min_dcf_point(const CostModel& cost) const {
  // The cost is linear in both rates: a corner of the hull is the least.
  return *std::min_element(hull_.begin(), hull_.end(), [&](const OperatingPoint& a, const OperatingPoint& b) {
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

void DetectionCurve::make_hull() {
  // Graham's scan: p_fa falls and p_miss rises along the points; a corner stays where the way turns right.
  for (const OperatingPoint& p : points_) {
    while (hull_.size() >= 2) {
      const OperatingPoint &a = hull_[hull_.size() - 2], &b = hull_.back();
      const double turn = (b.p_fa - a.p_fa) * (p.p_miss - a.p_miss) - (b.p_miss - a.p_miss) * (p.p_fa - a.p_fa);
      if (turn < 0) break;
      hull_.pop_back();
    }
    hull_.push_back(p);
  }
}

double DetectionCurve::min_cllr() const {
  double sum = 0;
  for (std::size_t i = 1; i < hull_.size(); ++i) {
    const double targets = hull_[i].p_miss - hull_[i - 1].p_miss, nontargets = hull_[i - 1].p_fa - hull_[i].p_fa;
    // A bin of one kind alone has an infinite LLR, which is right and costs nothing.
    if (!(targets > 0 && nontargets > 0)) continue;
    const double llr = portable_log(targets / nontargets);
    sum += targets * cllr_loss(llr) + nontargets * cllr_loss(-llr);
  }
  return sum / 2;
}

std::vector<OperatingPoint> DetectionCurve::det_points(std::size_t max_points) const {
  // Rates of 0 and 1 have no deviate: they are drawn where half a trial would be.
  double least = 1;
  for (const OperatingPoint& p : points_) {
    if (p.p_miss > 0) least = std::min(least, p.p_miss);
    if (p.p_fa > 0) least = std::min(least, p.p_fa);
  }
  const auto deviate = [&](double rate) { return probit(std::clamp(rate, least / 2, 1 - least / 2)); };
  // Along the curve p_miss rises and p_fa falls: the difference of their deviates grows by the path's length.
  const auto position = [&](const OperatingPoint& p) { return deviate(p.p_miss) - deviate(p.p_fa); };
  if (points_.size() <= max_points) return points_;
  const double first = position(points_.front()), last = position(points_.back());
  const double step = (last - first) / static_cast<double>(max_points - 1);
  std::vector<OperatingPoint> drawn;
  for (const OperatingPoint& p : points_)
    if (drawn.size() + 1 < max_points && position(p) >= first + step * static_cast<double>(drawn.size()))
      drawn.push_back(p);
  drawn.push_back(points_.back());
  return drawn;
}

double cllr_loss(double llr) {
  constexpr double kLog2E = 1.4426950408889634074;
  const double magnitude = std::abs(llr);
  return kLog2E * (std::max(-llr, 0.0) + portable_log(1 + portable_exp(-magnitude)));
}

Result<double> cllr(std::span<const float> target_llrs, std::span<const float> nontarget_llrs) {
  if (const Result<void> checked = check_scores(target_llrs, "target"); !checked) return checked.error();
  if (const Result<void> checked = check_scores(nontarget_llrs, "non-target"); !checked) return checked.error();
  double targets = 0, nontargets = 0;
  for (float llr : target_llrs) targets += cllr_loss(static_cast<double>(llr));
  for (float llr : nontarget_llrs) nontargets += cllr_loss(-static_cast<double>(llr));
  return (targets / static_cast<double>(target_llrs.size()) + nontargets / static_cast<double>(nontarget_llrs.size())) /
         2;
}

// P. J. Acklam's rational approximation, 2003.
double probit(double p) {
  constexpr double kTail = 0.02425;
  if (p > 0.5) return -probit(1 - p);
  if (p < kTail) {
    const double q = std::sqrt(-2 * portable_log(p));
    return (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e+00) * q -
              2.549732539343734e+00) *
                 q +
             4.374664141464968e+00) *
                q +
            2.938163982698783e+00) /
           ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e+00) * q +
             3.754408661907416e+00) *
                q +
            1);
  }
  const double q = p - 0.5, r = q * q;
  return (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r +
            1.383577518672690e+02) *
               r -
           3.066479806614716e+01) *
              r +
          2.506628277459239e+00) *
         q /
         (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r +
            6.680131188771972e+01) *
               r -
           1.328068155288572e+01) *
              r +
          1);
}

}  // namespace voiceprint
