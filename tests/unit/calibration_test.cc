#include "voiceprint/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace voiceprint {
namespace {

// Scores whose true LLR is known: two Gaussians of equal variance.
std::vector<float> gaussian(std::size_t count, double mean, double deviation, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(mean, deviation);
  std::vector<float> scores(count);
  for (float& score : scores) score = static_cast<float>(normal(random));
  return scores;
}

// Prior-weighted cross-entropy by its definition.
double cross_entropy(const Calibration& c, const std::vector<float>& targets, const std::vector<float>& nontargets,
                     double p) {
  const double prior = std::log(p / (1 - p));
  double t = 0, n = 0;
  for (float score : targets) t += std::log1p(std::exp(-(to_llr(c, static_cast<double>(score)) + prior)));
  for (float score : nontargets) n += std::log1p(std::exp(to_llr(c, static_cast<double>(score)) + prior));
  return p * t / static_cast<double>(targets.size()) + (1 - p) * n / static_cast<double>(nontargets.size());
}

TEST(Calibration, FindsTheKnownLlr) {
  // N(0.6, 0.15) against N(0.1, 0.15): LLR = (s - 0.35) * 0.5 / 0.0225.
  const auto targets = gaussian(20000, 0.6, 0.15, 1), nontargets = gaussian(60000, 0.1, 0.15, 2);
  const Result<Calibration> fit = fit_calibration(targets, nontargets, 0.5);
  ASSERT_TRUE(fit) << fit.error().message;
  EXPECT_NEAR(fit->scale, 22.22, 0.7);
  EXPECT_NEAR(fit->offset, -7.78, 0.3);
}

TEST(Calibration, NoNeighbourIsBetter) {
  const auto targets = gaussian(300, 0.5, 0.2, 3), nontargets = gaussian(900, 0.2, 0.2, 4);
  for (double p : {0.01, 0.5, 0.9}) {
    const Calibration fit = *fit_calibration(targets, nontargets, p);
    const double best = cross_entropy(fit, targets, nontargets, p);
    for (double ds : {-1e-3, 0.0, 1e-3})
      for (double d : {-1e-3, 0.0, 1e-3})
        EXPECT_GE(cross_entropy({fit.scale + ds, fit.offset + d}, targets, nontargets, p), best - 1e-12) << p;
  }
}

TEST(Calibration, FollowsTheScoresUnit) {
  const auto targets = gaussian(500, 0.5, 0.2, 3), nontargets = gaussian(500, 0.2, 0.2, 4);
  std::vector<float> t = targets, n = nontargets;
  for (auto* scores : {&t, &n})
    for (float& score : *scores) score = 1000 * score + 50;
  const Calibration fit = *fit_calibration(targets, nontargets, 0.1), scaled = *fit_calibration(t, n, 0.1);
  EXPECT_NEAR(to_llr(scaled, 350), to_llr(fit, 0.3), 1e-3);
}

TEST(Calibration, WeightsActAsRepetition) {
  const std::vector<float> targets = {0.2f, 0.5f, 0.9f}, repeated = {0.2f, 0.5f, 0.5f, 0.5f, 0.9f},
                           nontargets = {0.0f, 0.3f, 0.6f};
  const Calibration a = *fit_calibration(repeated, nontargets, 0.3);
  const Calibration b =
      *fit_calibration(targets, nontargets, 0.3, std::vector<double>{1, 3, 1}, std::vector<double>{2, 2, 2});
  EXPECT_NEAR(a.scale, b.scale, 1e-6);
  EXPECT_NEAR(a.offset, b.offset, 1e-6);
}

TEST(Calibration, RefusesWhatCannotBeFitted) {
  const std::vector<float> low = {0.1f, 0.2f, 0.3f}, high = {0.6f, 0.7f}, same = {0.5f, 0.5f};
  const std::vector<float> nan = {0.5f, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_EQ(fit_calibration({}, low, 0.5).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(fit_calibration(high, {}, 0.5).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(fit_calibration(high, low, 0.5).error().code, ErrorCode::kUndefined);  // separable
  EXPECT_EQ(fit_calibration(low, high, 0.5).error().code, ErrorCode::kUndefined);  // the wrong way round
  EXPECT_EQ(fit_calibration(same, same, 0.5).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(fit_calibration(nan, low, 0.5).error().code, ErrorCode::kNonFiniteSample);
  for (double p : {0.0, 1.0, -1.0, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_EQ(fit_calibration(high, low, p).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(fit_calibration(high, low, 0.5, std::vector<double>{1}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(fit_calibration(high, low, 0.5, std::vector<double>{1, -1}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(fit_calibration(high, low, 0.5, std::vector<double>{0, 0}).error().code, ErrorCode::kUndefined);
}

TEST(Calibration, PosteriorAndThresholdAreBayesRule) {
  EXPECT_NEAR(posterior(0, 0.01), 0.01, 1e-15);
  // Odds of 1:99 times a likelihood ratio of 99 are even.
  EXPECT_NEAR(posterior(std::log(99.0), 0.01), 0.5, 1e-12);
  EXPECT_NEAR(posterior(1000, 0.01), 1, 1e-12);
  EXPECT_NEAR(posterior(-1000, 0.99), 0, 1e-12);
  EXPECT_NEAR(bayes_threshold(0.5, 1, 1), 0, 1e-15);
  EXPECT_NEAR(bayes_threshold(0.01, 1, 1), std::log(99.0), 1e-12);
  EXPECT_NEAR(bayes_threshold(0.01, 10, 1), std::log(9.9), 1e-12);
  const Calibration calibration{20, -7};
  EXPECT_NEAR(to_score(calibration, to_llr(calibration, 0.42)), 0.42, 1e-15);
}

}  // namespace
}  // namespace voiceprint
