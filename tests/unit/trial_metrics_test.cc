#include "voiceprint/trial_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "voiceprint/calibration.h"

namespace voiceprint {
namespace {

// LLRs of 12 speakers: each has a voice that is easier or harder to tell.
std::vector<ScoredTrial> made_up_trials(unsigned seed, std::uint32_t num_speakers = 12) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> ease(num_speakers);
  for (float& value : ease) value = normal(random);
  std::vector<ScoredTrial> trials;
  for (std::uint32_t a = 0; a < num_speakers; ++a)
    for (std::uint32_t b = 0; b < num_speakers; ++b)
      for (int i = 0; i < (a == b ? 20 : 5); ++i)
        trials.push_back({(a == b ? 2 + ease[a] : -2 - 0.3f * ease[a]) + 2 * normal(random), a == b, a, b});
  return trials;
}

void split(const std::vector<ScoredTrial>& trials, std::vector<float>& targets, std::vector<float>& nontargets) {
  for (const ScoredTrial& trial : trials) (trial.is_target ? targets : nontargets).push_back(trial.score);
}

TEST(TrialMetrics, ValuesAreThoseOfTheCurve) {
  const auto trials = made_up_trials(1);
  std::vector<float> targets, nontargets;
  split(trials, targets, nontargets);
  const DetectionCurve curve = *DetectionCurve::create(targets, nontargets);
  TrialMetricsOptions options;
  options.scores_are_llrs = true;
  options.resamplings = 200;
  const Result<TrialMetrics> metrics = measure_trials(trials, options);
  ASSERT_TRUE(metrics) << metrics.error().message;
  EXPECT_EQ(metrics->num_targets, 240u);
  EXPECT_EQ(metrics->num_nontargets, 660u);
  EXPECT_EQ(metrics->num_speakers, 12u);
  EXPECT_EQ(metrics->num_resamplings, 200u);
  EXPECT_EQ(metrics->eer.value, curve.eer().p_miss);
  EXPECT_EQ(metrics->eer_threshold, curve.eer().threshold);
  EXPECT_EQ(metrics->eer_nearest, curve.eer(EerConvention::kNearest).p_miss);
  EXPECT_EQ(metrics->min_cllr.value, curve.min_cllr());
  EXPECT_NEAR(metrics->cllr.value, *cllr(targets, nontargets), 1e-12);
  EXPECT_GE(metrics->cllr.value, metrics->min_cllr.value);
  ASSERT_EQ(metrics->costs.size(), 3u);
  for (const CostMetrics& cost : metrics->costs) {
    EXPECT_EQ(cost.min_dcf.value, curve.min_dcf(cost.cost));
    EXPECT_EQ(cost.act_dcf.value, curve.act_dcf(cost.cost, bayes_threshold(cost.cost.p_target, 1, 1)));
    EXPECT_GE(cost.act_dcf.value, cost.min_dcf.value);
    EXPECT_LE(cost.min_dcf.value, 1);
    for (const Estimate& estimate : {cost.min_dcf, cost.act_dcf, metrics->eer, metrics->cllr, metrics->min_cllr}) {
      EXPECT_LT(estimate.interval.low, estimate.interval.high);
      EXPECT_LE(estimate.interval.low, estimate.value);
      EXPECT_GE(estimate.interval.high, estimate.value);
    }
  }
}

// Oracle: the trials of each drawing are written out one by one.
TEST(TrialMetrics, IntervalsAreThoseOfRepeatedTrials) {
  const auto trials = made_up_trials(2);
  TrialMetricsOptions options;
  options.resamplings = 300;
  const TrialMetrics metrics = *measure_trials(trials, options);
  std::mt19937 random(99);
  std::vector<double> eers;
  for (int round = 0; round < 300; ++round) {
    std::vector<int> times(12, 0);
    for (int i = 0; i < 12; ++i) ++times[std::uniform_int_distribution<std::size_t>(0, 11)(random)];
    std::vector<float> targets, nontargets;
    for (const ScoredTrial& t : trials) {
      const int copies = t.is_target ? times[t.enroll_speaker] : times[t.enroll_speaker] * times[t.test_speaker];
      (t.is_target ? targets : nontargets)
          .insert((t.is_target ? targets : nontargets).end(), static_cast<std::size_t>(copies), t.score);
    }
    eers.push_back(DetectionCurve::create(targets, nontargets)->eer().p_miss);
  }
  std::sort(eers.begin(), eers.end());
  // Other drawings: equal up to the noise of 300 of them.
  EXPECT_NEAR(metrics.eer.interval.low, eers[7], 0.02);
  EXPECT_NEAR(metrics.eer.interval.high, eers[292], 0.02);
}

TEST(TrialMetrics, SpeakersWidenTheInterval) {
  // The same scores, but each trial its own pair of speakers: much more evidence, a much narrower interval.
  auto trials = made_up_trials(3);
  const TrialMetrics few = *measure_trials(trials);
  for (std::uint32_t i = 0; i < trials.size(); ++i)
    trials[i].enroll_speaker = 2 * i, trials[i].test_speaker = trials[i].is_target ? 2 * i : 2 * i + 1;
  const TrialMetrics many = *measure_trials(trials);
  EXPECT_EQ(few.eer.value, many.eer.value);
  EXPECT_LT(many.eer.interval.high - many.eer.interval.low, few.eer.interval.high - few.eer.interval.low);
}

TEST(TrialMetrics, SameSeedSameIntervals) {
  const auto trials = made_up_trials(4);
  TrialMetricsOptions options;
  options.resamplings = 50;
  const TrialMetrics a = *measure_trials(trials, options), b = *measure_trials(trials, options);
  options.seed = 2;
  const TrialMetrics c = *measure_trials(trials, options);
  EXPECT_EQ(a.eer.interval.low, b.eer.interval.low);
  EXPECT_NE(a.eer.interval.low, c.eer.interval.low);
}

TEST(TrialMetrics, WhatIsUndefinedIsNotGiven) {
  const auto trials = made_up_trials(5);
  TrialMetricsOptions options;
  options.resamplings = 0;
  const TrialMetrics metrics = *measure_trials(trials, options);
  EXPECT_TRUE(std::isnan(metrics.cllr.value));
  EXPECT_TRUE(std::isnan(metrics.costs[0].act_dcf.value));
  EXPECT_TRUE(std::isnan(metrics.eer.interval.low));
  EXPECT_EQ(metrics.num_resamplings, 0u);
}

TEST(TrialMetrics, RefusesWhatHasNoMetrics) {
  const ScoredTrial target{1, true, 0, 0}, nontarget{0, false, 0, 1};
  using Trials = std::vector<ScoredTrial>;
  const auto code = [](const Trials& trials, const TrialMetricsOptions& options = {}) {
    const auto metrics = measure_trials(trials, options);
    return metrics ? ErrorCode::kOk : metrics.error().code;
  };
  EXPECT_EQ(code({target, nontarget}), ErrorCode::kOk);
  EXPECT_EQ(code({}), ErrorCode::kUndefined);
  EXPECT_EQ(code({target}), ErrorCode::kUndefined);
  EXPECT_EQ(code({nontarget}), ErrorCode::kUndefined);
  EXPECT_EQ(code({target, {0, false, 0, 0}}), ErrorCode::kUndefined);  // one speaker
  EXPECT_EQ(code({target, {std::numeric_limits<float>::quiet_NaN(), false, 0, 1}}), ErrorCode::kNonFiniteSample);
  EXPECT_EQ(code({target, {0, false, 0, 4}}), ErrorCode::kInvalidArgument);
  for (const CostModel& cost : {CostModel{0, 1, 1}, CostModel{1, 1, 1}, CostModel{0.5, 0, 1}, CostModel{0.5, 1, -1},
                                CostModel{NAN, 1, 1}, CostModel{0.5, INFINITY, 1}}) {
    TrialMetricsOptions options;
    options.costs = {cost};
    EXPECT_EQ(code({target, nontarget}, options), ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace voiceprint
