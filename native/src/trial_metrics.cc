#include "voiceprint/trial_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ranked.h"
#include "voiceprint/calibration.h"

namespace voiceprint {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Speakers {
  std::uint32_t enroll, test;
};

// Trials of one kind, scores rising.
struct Side {
  std::vector<float> scores;
  std::vector<Speakers> speakers;
  std::vector<double> losses;   // of Cllr, where the scores are LLRs
  std::vector<double> weights;  // of the current drawing; empty: all 1
};

Side make_side(std::span<const ScoredTrial> trials, bool is_target, bool scores_are_llrs) {
  std::vector<Ranked> ranked;
  for (std::uint32_t i = 0; i < trials.size(); ++i)
    if (trials[i].is_target == is_target) ranked.push_back({trials[i].score, i});
  sort_by_score(ranked);
  Side side;
  side.speakers.reserve(ranked.size());
  side.scores.reserve(ranked.size());
  for (const Ranked& trial : ranked) {
    side.speakers.push_back({trials[trial.index].enroll_speaker, trials[trial.index].test_speaker});
    side.scores.push_back(trial.score);
  }
  if (scores_are_llrs) {
    side.losses.reserve(side.scores.size());
    for (float llr : side.scores) side.losses.push_back(cllr_loss(static_cast<double>(is_target ? llr : -llr)));
  }
  return side;
}

// Splitmix64 (S. Vigna): the same drawings on every machine.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double weighted_mean(const std::vector<double>& values, const std::vector<double>& weights) {
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double weight = weights.empty() ? 1.0 : weights[i];
    if (weight > 0) sum += weight * values[i];  // 0 times an infinite loss is no loss
    total += weight;
  }
  return sum / total;
}

// `counts`: how often each speaker was drawn, by its number.
void weigh(Side& side, const std::vector<double>& counts) {
  side.weights.clear();
  side.weights.reserve(side.speakers.size());
  for (const Speakers& speakers : side.speakers) {
    const double a = counts[speakers.enroll], b = counts[speakers.test];
    side.weights.push_back(speakers.enroll == speakers.test ? a : a * b);
  }
}

// The figures that have intervals, of the trials with their current weights: EER, minCllr, Cllr, then minDCF and actDCF
// of each cost model.
std::vector<double> figures_of(const DetectionCurve& curve, const Side& targets, const Side& nontargets,
                               const TrialMetricsOptions& options) {
  const bool llrs = options.scores_are_llrs;
  std::vector<double> figures = {
      curve.eer().p_miss, curve.min_cllr(),
      llrs ? (weighted_mean(targets.losses, targets.weights) + weighted_mean(nontargets.losses, nontargets.weights)) / 2
           : kNaN};
  for (const CostModel& cost : options.costs) {
    figures.push_back(curve.min_dcf(cost));
    figures.push_back(llrs ? curve.act_dcf(cost, bayes_threshold(cost.p_target, cost.c_miss, cost.c_fa)) : kNaN);
  }
  return figures;
}

Interval middle_95_percent(std::vector<float>& values) {
  if (values.empty() || std::isnan(values.front())) return {kNaN, kNaN};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return static_cast<double>(values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)]);
  };
  return {at(0.025), at(0.975)};
}

}  // namespace

Result<TrialMetrics> measure_trials(std::span<const ScoredTrial> trials, const TrialMetricsOptions& options) {
  for (const CostModel& cost : options.costs)
    if (!(cost.p_target > 0 && cost.p_target < 1) || !(cost.c_miss > 0 && std::isfinite(cost.c_miss)) ||
        !(cost.c_fa > 0 && std::isfinite(cost.c_fa)))
      return Error{ErrorCode::kInvalidArgument,
                   "a cost model needs p_target between 0 and 1 and positive, finite costs"};
  for (const ScoredTrial& trial : trials)
    if (std::isnan(trial.score))
      return Error{ErrorCode::kNonFiniteSample, "the score of a trial is NaN; score it again"};
  std::vector<bool> occurs;
  for (const ScoredTrial& trial : trials)
    for (std::uint32_t speaker : {trial.enroll_speaker, trial.test_speaker}) {
      if (speaker >= 2 * trials.size())
        return Error{ErrorCode::kInvalidArgument, "speakers must be numbered from 0, without gaps"};
      if (speaker >= occurs.size()) occurs.resize(speaker + std::size_t{1});
      occurs[speaker] = true;
    }
  std::vector<std::uint32_t> speakers;
  for (std::uint32_t speaker = 0; speaker < occurs.size(); ++speaker)
    if (occurs[speaker]) speakers.push_back(speaker);

  Side targets = make_side(trials, true, options.scores_are_llrs);
  Side nontargets = make_side(trials, false, options.scores_are_llrs);
  TrialMetrics metrics;
  std::vector<double> values;
  {
    const Result<DetectionCurve> curve = DetectionCurve::create(targets.scores, nontargets.scores);
    if (!curve) return curve.error();
    values = figures_of(*curve, targets, nontargets, options);
    metrics.eer_threshold = curve->eer().threshold;
    metrics.eer_nearest = curve->eer(EerConvention::kNearest).p_miss;
    for (const CostModel& cost : options.costs)
      metrics.costs.push_back({cost, {}, curve->min_dcf_point(cost).threshold, {}});
  }
  if (options.resamplings > 0 && speakers.size() < 2)
    return Error{ErrorCode::kUndefined,
                 "all trials are of one speaker: no interval can be drawn; name the speakers or ask for none"};

  std::vector<std::vector<float>> drawn(values.size());
  std::uint64_t random = options.seed;
  std::vector<double> counts(occurs.size());
  for (std::uint32_t round = 0; round < options.resamplings; ++round) {
    std::fill(counts.begin(), counts.end(), 0.0);
    for (std::size_t i = 0; i < speakers.size(); ++i) ++counts[speakers[next_random(random) % speakers.size()]];
    weigh(targets, counts);
    weigh(nontargets, counts);
    const Result<DetectionCurve> curve =
        DetectionCurve::create(targets.scores, nontargets.scores, targets.weights, nontargets.weights);
    if (!curve) continue;  // no target or no non-target was drawn
    const std::vector<double> figures = figures_of(*curve, targets, nontargets, options);
    for (std::size_t i = 0; i < figures.size(); ++i) drawn[i].push_back(static_cast<float>(figures[i]));
  }

  const auto estimate = [&](std::size_t i) { return Estimate{values[i], middle_95_percent(drawn[i])}; };
  metrics.num_targets = targets.scores.size();
  metrics.num_nontargets = nontargets.scores.size();
  metrics.num_speakers = speakers.size();
  metrics.num_resamplings = drawn.front().size();
  metrics.eer = estimate(0);
  metrics.min_cllr = estimate(1);
  metrics.cllr = estimate(2);
  for (std::size_t i = 0; i < metrics.costs.size(); ++i) {
    metrics.costs[i].min_dcf = estimate(3 + 2 * i);
    metrics.costs[i].act_dcf = estimate(4 + 2 * i);
  }
  return metrics;
}

}  // namespace voiceprint
