#include "run/calibrate.h"

#include <algorithm>
#include <cmath>

#include "error.h"

namespace voiceprint::trainer {
namespace {

struct Weighted {
  float score;
  double weight;
};

struct Pool {
  std::vector<float> scores;
  std::vector<double> weights;  // sum to 1
  void add(const std::vector<float>& condition_scores, std::size_t num_conditions) {
    scores.insert(scores.end(), condition_scores.begin(), condition_scores.end());
    weights.insert(weights.end(), condition_scores.size(),
                   1.0 / static_cast<double>(condition_scores.size() * num_conditions));
  }
  // Weight at or above the threshold.
  double share_accepted(double threshold) const {
    double share = 0;
    for (std::size_t i = 0; i < scores.size(); ++i)
      share += static_cast<double>(scores[i]) >= threshold ? weights[i] : 0.0;
    return share;
  }
};

double threshold_at(const Pool& nontargets, double target_share) {
  std::vector<Weighted> falling;
  for (std::size_t i = 0; i < nontargets.scores.size(); ++i)
    falling.push_back({nontargets.scores[i], nontargets.weights[i]});
  std::sort(falling.begin(), falling.end(), [](const Weighted& a, const Weighted& b) { return a.score > b.score; });
  double share = 0;
  for (const Weighted& trial : falling) {
    share += trial.weight;
    // Just above the first score that would be one false alarm too many.
    if (share > target_share) return std::nextafter(static_cast<double>(trial.score), 2.0);
  }
  return -1.0;
}

}  // namespace

FittedDecisions fit_decisions(const std::vector<ConditionResult>& results,
                              const std::vector<double>& target_false_alarm_rates) {
  Pool targets, nontargets;
  for (const ConditionResult& result : results) {
    targets.add(result.target_scores, results.size());
    nontargets.add(result.nontarget_scores, results.size());
  }
  FittedDecisions fitted;
  fitted.calibration =
      take(fit_calibration(targets.scores, nontargets.scores, 0.5, targets.weights, nontargets.weights));
  fitted.num_trials = static_cast<std::int64_t>(targets.scores.size() + nontargets.scores.size());
  for (const double rate : target_false_alarm_rates) {
    ShippedOperatingPoint point;
    point.target_false_alarm_rate = rate;
    point.threshold_score = threshold_at(nontargets, rate);
    point.threshold_llr = to_llr(fitted.calibration, point.threshold_score);
    point.p_fa = nontargets.share_accepted(point.threshold_score);
    point.p_miss = 1.0 - targets.share_accepted(point.threshold_score);
    fitted.operating_points.push_back(point);
  }
  return fitted;
}

}  // namespace voiceprint::trainer
