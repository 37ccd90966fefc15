#include "voiceprint/detection_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <utility>
#include <vector>

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

// Both conventions by their published definitions (one score after another, no ties): mvector's line between the last
// point with fnr < fpr and the first with fnr >= fpr, and Groove's point with the least |far - frr|.
TEST(DetectionMetrics, BothEqualErrorRatesFollowTheirDefinitions) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0, 1);
    std::vector<float> targets(37 + seed), nontargets(91 + 3 * seed);
    for (float& score : targets) score = static_cast<float>(normal(random) + 1.2);
    for (float& score : nontargets) score = static_cast<float>(normal(random));
    std::vector<std::pair<float, bool>> all;
    for (float score : targets) all.push_back({score, true});
    for (float score : nontargets) all.push_back({score, false});
    std::sort(all.begin(), all.end());
    std::vector<double> fnr, fpr;
    double t = 0, n = 0;
    for (const auto& [score, is_target] : all) {
      (is_target ? t : n) += 1;
      fnr.push_back(t / static_cast<double>(targets.size()));
      fpr.push_back(1 - n / static_cast<double>(nontargets.size()));
    }
    std::size_t x1 = 0, x2 = 0;
    while (fnr[x1] < fpr[x1]) ++x1;
    for (std::size_t i = 0; i < fnr.size(); ++i)
      if (fnr[i] < fpr[i]) x2 = i;
    const double a = (fnr[x1] - fpr[x1]) / (fpr[x2] - fpr[x1] - fnr[x2] + fnr[x1]);
    const double interpolated = fnr[x1] + a * (fnr[x2] - fnr[x1]);

    double least = 2, nearest = 0, threshold = 0, accepted_targets = 0, false_alarms = 0;
    for (auto score = all.rbegin(); score != all.rend(); ++score) {
      (score->second ? accepted_targets : false_alarms) += 1;
      const double frr = 1 - accepted_targets / static_cast<double>(targets.size());
      const double far = false_alarms / static_cast<double>(nontargets.size());
      if (std::abs(far - frr) < least - 1e-12)
        least = std::abs(far - frr), nearest = (far + frr) / 2, threshold = static_cast<double>(score->first);
    }
    const DetectionCurve curve = *DetectionCurve::create(targets, nontargets);
    EXPECT_NEAR(curve.eer().p_miss, interpolated, 1e-12);
    EXPECT_NEAR(curve.eer(EerConvention::kNearest).p_miss, nearest, 1e-12);
    EXPECT_EQ(curve.eer(EerConvention::kNearest).threshold, threshold);
  }
}

// Pool adjacent violators by its definition: merge neighbours while the share of targets falls.
double min_cllr_by_pooling(const std::vector<float>& targets, const std::vector<float>& nontargets) {
  struct Block {
    double targets, nontargets;
    double share() const { return targets / (targets + nontargets); }
  };
  std::map<float, Block> by_score;
  for (float score : targets) by_score.try_emplace(score, Block{0, 0}).first->second.targets += 1;
  for (float score : nontargets) by_score.try_emplace(score, Block{0, 0}).first->second.nontargets += 1;
  std::vector<Block> blocks;
  for (const auto& [score, block] : by_score) {
    blocks.push_back(block);
    while (blocks.size() > 1 && blocks[blocks.size() - 2].share() >= blocks.back().share()) {
      blocks[blocks.size() - 2].targets += blocks.back().targets;
      blocks[blocks.size() - 2].nontargets += blocks.back().nontargets;
      blocks.pop_back();
    }
  }
  const double num_targets = static_cast<double>(targets.size()),
               num_nontargets = static_cast<double>(nontargets.size());
  double sum = 0;
  for (const Block& block : blocks) {
    const double ratio = block.targets / num_targets / (block.nontargets / num_nontargets);
    if (block.targets > 0) sum += block.targets / num_targets * std::log2(1 + 1 / ratio);
    if (block.nontargets > 0) sum += block.nontargets / num_nontargets * std::log2(1 + ratio);
  }
  return sum / 2;
}

TEST(DetectionMetrics, MinCllrEqualsPooling) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto targets = scores(30 + 17 * seed, 1.2, seed), nontargets = scores(200 + seed, 0, 100 + seed);
    const DetectionCurve curve = *DetectionCurve::create(targets, nontargets);
    EXPECT_NEAR(curve.min_cllr(), min_cllr_by_pooling(targets, nontargets), 1e-12);
    EXPECT_LE(curve.min_cllr(), *cllr(targets, nontargets));
    EXPECT_LE(curve.min_cllr(), 1);
    const auto hull = curve.convex_hull();
    EXPECT_EQ(hull.front().p_fa, 1);
    EXPECT_EQ(hull.back().p_miss, 1);
  }
  EXPECT_EQ(DetectionCurve::create(std::vector<float>{2, 3}, std::vector<float>{0, 1})->min_cllr(), 0);
  EXPECT_EQ(DetectionCurve::create(std::vector<float>{0, 1}, std::vector<float>{2, 3})->min_cllr(), 1);
}

TEST(DetectionMetrics, CllrIsItsDefinition) {
  const auto targets = scores(200, 2, 1), nontargets = scores(300, -2, 2);
  double t = 0, n = 0;
  for (float llr : targets) t += std::log2(1 + std::exp(-static_cast<double>(llr)));
  for (float llr : nontargets) n += std::log2(1 + std::exp(static_cast<double>(llr)));
  EXPECT_NEAR(*cllr(targets, nontargets), (t / 200 + n / 300) / 2, 1e-12);
  EXPECT_NEAR(*cllr(std::vector<float>{0, 0}, std::vector<float>{0}), 1, 1e-15);
  EXPECT_NEAR(*cllr(std::vector<float>{1e30f}, std::vector<float>{-1e30f}), 0, 1e-15);
  EXPECT_GT(*cllr(std::vector<float>{-100}, std::vector<float>{100}), 100);
  EXPECT_EQ(cllr({}, nontargets).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(cllr(targets, {}).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(cllr(std::vector<float>{NAN}, nontargets).error().code, ErrorCode::kNonFiniteSample);
}

// Calibrated LLRs that are normal have means of half their variance, and EER = Phi(-deviation / 2) (D. van Leeuwen and
// N. Brummer, "The distribution of calibrated likelihood-ratios in speaker recognition", Interspeech 2013).
TEST(DetectionMetrics, CalibratedNormalLlrsHaveTheirPublishedRates) {
  for (double deviation : {1.0, 2.0, 3.5}) {
    std::mt19937 random(12);
    std::normal_distribution<double> normal(deviation * deviation / 2, deviation);
    std::vector<float> targets(60000), nontargets(60000);
    for (float& llr : targets) llr = static_cast<float>(normal(random));
    for (float& llr : nontargets) llr = static_cast<float>(-normal(random));
    const DetectionCurve curve = *DetectionCurve::create(targets, nontargets);
    EXPECT_NEAR(curve.eer().p_miss, 0.5 * std::erfc(deviation / 2 / std::sqrt(2.0)), 0.004);
    EXPECT_NEAR(curve.eer().threshold, 0, 0.06);
    // Cllr by the trapezoidal rule over the normal density.
    double expected = 0;
    for (double z = -8; z <= 8; z += 1e-3)
      expected += 1e-3 * std::exp(-z * z / 2) / std::sqrt(2 * 3.14159265358979) *
                  std::log2(1 + std::exp(-(deviation * deviation / 2 + deviation * z)));
    EXPECT_NEAR(*cllr(targets, nontargets), expected, 0.01 * expected + 0.001);
    EXPECT_NEAR(curve.min_cllr(), *cllr(targets, nontargets), 0.005);
    EXPECT_NEAR(curve.act_dcf({0.5, 1, 1}, 0), curve.min_dcf({0.5, 1, 1}), 0.01);
  }
}

TEST(DetectionMetrics, RanksAloneDecide) {
  const auto targets = scores(500, 1, 5), nontargets = scores(900, 0, 6);
  std::vector<float> t = targets, n = nontargets;
  for (auto* values : {&t, &n})
    for (float& value : *values) value = std::exp(0.5f * value) - 3;  // rising, not straight
  const DetectionCurve a = *DetectionCurve::create(targets, nontargets), b = *DetectionCurve::create(t, n);
  EXPECT_EQ(a.eer().p_miss, b.eer().p_miss);
  EXPECT_EQ(a.eer(EerConvention::kNearest).p_miss, b.eer(EerConvention::kNearest).p_miss);
  EXPECT_EQ(a.min_dcf({}), b.min_dcf({}));
  EXPECT_EQ(a.min_cllr(), b.min_cllr());
}

TEST(DetectionMetrics, RandomScoresKnowNothing) {
  const DetectionCurve curve = *DetectionCurve::create(scores(20000, 0, 7), scores(20000, 0, 8));
  EXPECT_NEAR(curve.eer().p_miss, 0.5, 0.01);
  EXPECT_GT(curve.min_dcf({}), 0.95);
  EXPECT_LE(curve.min_dcf({}), 1);
  EXPECT_GT(curve.min_cllr(), 0.99);
}

TEST(DetectionMetrics, WeightsActAsRepetition) {
  std::vector<float> targets = scores(60, 1, 9), nontargets = scores(80, 0, 10), t, n;
  std::vector<double> target_weights, nontarget_weights;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    target_weights.push_back(static_cast<double>(i % 4));
    t.insert(t.end(), i % 4, targets[i]);
  }
  for (std::size_t i = 0; i < nontargets.size(); ++i) {
    nontarget_weights.push_back(static_cast<double>(i % 3));
    n.insert(n.end(), i % 3, nontargets[i]);
  }
  const DetectionCurve weighted = *DetectionCurve::create(targets, nontargets, target_weights, nontarget_weights);
  const DetectionCurve repeated = *DetectionCurve::create(t, n);
  EXPECT_NEAR(weighted.eer().p_miss, repeated.eer().p_miss, 1e-12);
  EXPECT_NEAR(weighted.min_dcf({}), repeated.min_dcf({}), 1e-12);
  EXPECT_NEAR(weighted.min_cllr(), repeated.min_cllr(), 1e-12);

  const std::vector<double> none(60, 0.0), negative(60, -1.0), few(3, 1.0);
  EXPECT_EQ(DetectionCurve::create(targets, nontargets, none).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(DetectionCurve::create(targets, nontargets, negative).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(DetectionCurve::create(targets, nontargets, few).error().code, ErrorCode::kInvalidArgument);
}

TEST(DetectionMetrics, DrawnPointsFollowTheCurve) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal(0, 1);
  std::vector<float> targets(3000), nontargets(9000);
  for (float& score : targets) score = static_cast<float>(normal(random) + 2);
  for (float& score : nontargets) score = static_cast<float>(normal(random));
  const DetectionCurve curve = *DetectionCurve::create(targets, nontargets);
  const auto drawn = curve.det_points(200);
  EXPECT_LE(drawn.size(), 200u);
  EXPECT_GT(drawn.size(), 100u);
  EXPECT_EQ(drawn.front().p_fa, 1);
  EXPECT_EQ(drawn.back().p_miss, 1);
  for (std::size_t i = 1; i < drawn.size(); ++i) {
    EXPECT_GE(drawn[i].p_miss, drawn[i - 1].p_miss);
    EXPECT_LE(drawn[i].p_fa, drawn[i - 1].p_fa);
    EXPECT_EQ(curve.at_threshold(drawn[i].threshold).p_miss, drawn[i].p_miss);
  }
}

TEST(DetectionMetrics, ProbitInvertsTheNormalDistribution) {
  for (double p = 1e-7; p < 1; p += 0.00137) EXPECT_NEAR(0.5 * std::erfc(-probit(p) / std::sqrt(2.0)), p, 2e-9) << p;
  EXPECT_EQ(probit(0.5), 0);
  EXPECT_NEAR(probit(0.975), 1.959963985, 1e-8);
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
