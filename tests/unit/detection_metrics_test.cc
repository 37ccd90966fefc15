#include "voiceprint/detection_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace voiceprint {
namespace {

// Oracle: counts every score for every threshold.
double miss_rate(const std::vector<float>& targets, double threshold) {
  const auto below = [&](float score) { return static_cast<double>(score) < threshold; };
  return static_cast<double>(std::count_if(targets.begin(), targets.end(), below)) /
         static_cast<double>(targets.size());
}
double false_alarm_rate(const std::vector<float>& nontargets, double threshold) {
  return 1 - miss_rate(nontargets, threshold);
}

std::vector<double> thresholds_of(const std::vector<float>& a, const std::vector<float>& b) {
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  std::sort(all.begin(), all.end());
  all.push_back(all.back() + 1);
  return all;
}

double cost_at(const std::vector<float>& t, const std::vector<float>& n, const CostModel& c, double threshold) {
  const double cost =
      c.c_miss * c.p_target * miss_rate(t, threshold) + c.c_fa * (1 - c.p_target) * false_alarm_rate(n, threshold);
  return cost / std::min(c.c_miss * c.p_target, c.c_fa * (1 - c.p_target));
}

// Random scores on a coarse grid, so that many are equal.
std::vector<float> scores(std::size_t count, double mean, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(mean, 1);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(std::round(normal(random) * 8) / 8);
  return values;
}

TEST(DetectionMetrics, EqualsBruteForce) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto targets = scores(20 + 13 * seed, 1.5, seed), nontargets = scores(150 + seed, 0, 100 + seed);
    const DetectionCurve curve = *DetectionCurve::create(targets, nontargets);
    for (const CostModel& cost :
         {CostModel{0.01, 1, 1}, CostModel{0.05, 1, 1}, CostModel{0.01, 10, 1}, CostModel{0.9, 1, 5}}) {
      double least = 1e9;
      for (double threshold : thresholds_of(targets, nontargets)) {
        const double cost_here = cost_at(targets, nontargets, cost, threshold);
        least = std::min(least, cost_here);
        EXPECT_NEAR(curve.act_dcf(cost, threshold), cost_here, 1e-12);
        EXPECT_NEAR(curve.act_dcf(cost, threshold - 0.01), cost_at(targets, nontargets, cost, threshold - 0.01), 1e-12);
      }
      EXPECT_NEAR(curve.min_dcf(cost), least, 1e-12);
      EXPECT_LE(least, 1 + 1e-12);
      EXPECT_NEAR(curve.act_dcf(cost, curve.min_dcf_point(cost).threshold), least, 1e-12);
    }
    // The curve crosses p_miss = p_fa between two neighbouring thresholds: the rate lies between theirs.
    const OperatingPoint eer = curve.eer();
    EXPECT_EQ(eer.p_miss, eer.p_fa);
    double upper = 1, lower = 0;
    for (double threshold : thresholds_of(targets, nontargets)) {
      const double miss = miss_rate(targets, threshold), fa = false_alarm_rate(nontargets, threshold);
      upper = std::min(upper, std::max(miss, fa));
      lower = std::max(lower, std::min(miss, fa));
    }
    EXPECT_LE(eer.p_miss, upper + 1e-12);
    EXPECT_GE(eer.p_miss, lower - 1e-12);

    for (double wanted : {0.0, 0.001, 0.01, 0.1, 0.5, 1.0}) {
      const OperatingPoint point = curve.at_false_alarm_rate(wanted);
      double lowest = 1e9;
      for (double threshold : thresholds_of(targets, nontargets))
        if (false_alarm_rate(nontargets, threshold) <= wanted) lowest = std::min(lowest, miss_rate(targets, threshold));
      EXPECT_LE(point.p_fa, wanted);
      EXPECT_NEAR(point.p_miss, lowest, 1e-12);
      EXPECT_NEAR(miss_rate(targets, point.threshold), point.p_miss, 1e-12);
    }
  }
}

TEST(DetectionMetrics, HandExamples) {
  const std::vector<float> t = {1, 2, 3, 4}, n = {0, 1, 2, 3};
  const DetectionCurve curve = *DetectionCurve::create(t, n);
  // Threshold 2: 1 of 4 missed, 2 of 4 accepted; threshold 3: the other way round.
  EXPECT_DOUBLE_EQ(curve.eer().p_miss, 0.375);
  EXPECT_DOUBLE_EQ(curve.eer().threshold, 2.5);
  EXPECT_EQ(curve.points().size(), 6u);
  EXPECT_EQ(curve.points().front().p_fa, 1);
  EXPECT_EQ(curve.points().back().p_miss, 1);
  EXPECT_EQ(curve.points().back().p_fa, 0);

  const DetectionCurve perfect = *DetectionCurve::create(std::vector<float>{2, 3}, std::vector<float>{0, 1});
  EXPECT_EQ(perfect.eer().p_miss, 0);
  EXPECT_EQ(perfect.min_dcf({}), 0);
  const DetectionCurve wrong = *DetectionCurve::create(std::vector<float>{0, 1}, std::vector<float>{2, 3});
  EXPECT_EQ(wrong.eer().p_miss, 1);
  EXPECT_EQ(wrong.min_dcf({}), 1);
  const DetectionCurve blind = *DetectionCurve::create(std::vector<float>{5}, std::vector<float>{5});
  EXPECT_DOUBLE_EQ(blind.eer().p_miss, 0.5);
}

TEST(DetectionMetrics, IsSymmetric) {
  const auto targets = scores(100, 1, 1), nontargets = scores(100, 0, 2);
  std::vector<float> t = nontargets, n = targets;
  for (auto* values : {&t, &n})
    for (float& value : *values) value = -value;
  EXPECT_NEAR(DetectionCurve::create(targets, nontargets)->eer().p_miss, DetectionCurve::create(t, n)->eer().p_miss,
              1e-12);
}

TEST(DetectionMetrics, SurvivesInfiniteScores) {
  const float infinity = std::numeric_limits<float>::infinity();
  const DetectionCurve curve =
      *DetectionCurve::create(std::vector<float>{infinity, 1}, std::vector<float>{-infinity, 0});
  EXPECT_EQ(curve.eer().p_miss, 0);
  EXPECT_EQ(curve.at_threshold(0.5).p_miss, 0);
  EXPECT_EQ(curve.at_threshold(0.5).p_fa, 0);
}

TEST(DetectionMetrics, RefusesWhatHasNoRates) {
  const std::vector<float> some = {1}, nan = {std::numeric_limits<float>::quiet_NaN()};
  EXPECT_EQ(DetectionCurve::create({}, some).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(DetectionCurve::create(some, {}).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(DetectionCurve::create(nan, some).error().code, ErrorCode::kNonFiniteSample);
  EXPECT_EQ(DetectionCurve::create(some, nan).error().code, ErrorCode::kNonFiniteSample);
}

}  // namespace
}  // namespace voiceprint
