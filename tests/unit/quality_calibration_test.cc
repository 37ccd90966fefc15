#include "voiceprint/quality_calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "voiceprint/calibration.h"
#include "voiceprint/detection_metrics.h"

namespace voiceprint {
namespace {

// Scores whose LLR is known to be 10 score + 1.5 duration - 4: at a duration d, targets are N(m + 0.25 - 0.15 d,
// 0.2236) and non-targets N(m - 0.25 - 0.15 d, ...), with variance 0.05 and m chosen so that the middle is at LLR 0.
struct MadeUpTrials {
  std::vector<float> targets, nontargets;
  std::vector<double> target_measures, nontarget_measures;
};
MadeUpTrials made_up_trials(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, std::sqrt(0.05));
  std::uniform_real_distribution<double> duration(-1, 2);
  MadeUpTrials trials;
  for (std::size_t i = 0; i < 2 * count; ++i) {
    const double d = duration(random), middle = 0.4 - 0.15 * d;
    const bool is_target = i % 2 == 0;
    const auto score = static_cast<float>(middle + (is_target ? 0.25 : -0.25) + normal(random));
    (is_target ? trials.targets : trials.nontargets).push_back(score);
    (is_target ? trials.target_measures : trials.nontarget_measures).push_back(d);
  }
  return trials;
}

const QualityMeasure kDuration[] = {QualityMeasure::kLogNetSpeechShorter};

TEST(QualityCalibration, FindsTheKnownLlr) {
  const MadeUpTrials trials = made_up_trials(20000, 1);
  const auto fit = fit_quality_calibration(kDuration, {trials.targets, trials.target_measures, {}},
                                           {trials.nontargets, trials.nontarget_measures, {}}, 0.5);
  ASSERT_TRUE(fit) << fit.error().message;
  EXPECT_NEAR(fit->scale, 10, 0.3);
  EXPECT_NEAR(fit->offset, -4, 0.15);
  ASSERT_EQ(fit->terms.size(), 1u);
  EXPECT_NEAR(fit->terms[0].weight, 1.5, 0.1);
  EXPECT_NEAR(fit->terms[0].low, -1, 0.01);
  EXPECT_NEAR(fit->terms[0].high, 2, 0.01);
}

TEST(QualityCalibration, IsBetterThanOneThatIgnoresQuality) {
  const MadeUpTrials trials = made_up_trials(2000, 2), fresh = made_up_trials(2000, 3);
  const auto fit = *fit_quality_calibration(kDuration, {trials.targets, trials.target_measures, {}},
                                            {trials.nontargets, trials.nontarget_measures, {}}, 0.5);
  const Calibration linear = *fit_calibration(trials.targets, trials.nontargets, 0.5);
  std::vector<float> aware[2], ignorant[2];
  for (std::size_t i = 0; i < fresh.targets.size(); ++i) {
    aware[0].push_back(static_cast<float>(
        to_llr(fit, static_cast<double>(fresh.targets[i]), std::span(&fresh.target_measures[i], 1))));
    aware[1].push_back(static_cast<float>(
        to_llr(fit, static_cast<double>(fresh.nontargets[i]), std::span(&fresh.nontarget_measures[i], 1))));
    ignorant[0].push_back(static_cast<float>(to_llr(linear, static_cast<double>(fresh.targets[i]))));
    ignorant[1].push_back(static_cast<float>(to_llr(linear, static_cast<double>(fresh.nontargets[i]))));
  }
  EXPECT_LT(*cllr(aware[0], aware[1]), 0.95 * *cllr(ignorant[0], ignorant[1]));
}

TEST(QualityCalibration, WithoutMeasuresIsTheLinearOne) {
  const MadeUpTrials trials = made_up_trials(500, 4);
  const auto fit = *fit_quality_calibration({}, {trials.targets, {}, {}}, {trials.nontargets, {}, {}}, 0.1);
  const Calibration linear = *fit_calibration(trials.targets, trials.nontargets, 0.1);
  EXPECT_EQ(fit.scale, linear.scale);
  EXPECT_EQ(fit.offset, linear.offset);
  EXPECT_TRUE(fit.terms.empty());
}

TEST(QualityCalibration, TwoMeasuresThatSayTheSameShareTheWeight) {
  const MadeUpTrials trials = made_up_trials(500, 5);
  const auto twice = [](const std::vector<double>& measures) {
    std::vector<double> both;
    for (double value : measures) both.insert(both.end(), {value, value});
    return both;
  };
  const QualityMeasure same[] = {QualityMeasure::kLogNetSpeechShorter, QualityMeasure::kLogNetSpeechLonger};
  const auto a = twice(trials.target_measures), b = twice(trials.nontarget_measures);
  const auto one = *fit_quality_calibration(kDuration, {trials.targets, trials.target_measures, {}},
                                            {trials.nontargets, trials.nontarget_measures, {}}, 0.5);
  const auto two = *fit_quality_calibration(same, {trials.targets, a, {}}, {trials.nontargets, b, {}}, 0.5);
  EXPECT_NEAR(two.terms[0].weight, two.terms[1].weight, 1e-6);
  EXPECT_NEAR(two.terms[0].weight + two.terms[1].weight, one.terms[0].weight, 1e-2);
}

TEST(QualityCalibration, WeightsActAsRepetition) {
  const std::vector<float> targets = {0.2f, 0.5f, 0.9f}, repeated = {0.2f, 0.5f, 0.5f, 0.9f},
                           nontargets = {0.0f, 0.3f, 0.6f};
  const std::vector<double> m = {1, 2, 0}, repeated_m = {1, 2, 2, 0}, n = {0, 1, 3}, weights = {1, 2, 1};
  const auto a = *fit_quality_calibration(kDuration, {repeated, repeated_m, {}}, {nontargets, n, {}}, 0.3);
  const auto b = *fit_quality_calibration(kDuration, {targets, m, weights}, {nontargets, n, {}}, 0.3);
  EXPECT_NEAR(a.scale, b.scale, 1e-6);
  EXPECT_NEAR(a.terms[0].weight, b.terms[0].weight, 1e-6);
}

TEST(QualityCalibration, MeasuresAreClampedToTheirRange) {
  const QualityCalibration calibration{2, 1, {{QualityMeasure::kSnrLower, 0.5, 10, 20}}};
  const double low[] = {-50}, inside[] = {12}, high[] = {99};
  EXPECT_DOUBLE_EQ(to_llr(calibration, 3, low), 7 + 5);
  EXPECT_DOUBLE_EQ(to_llr(calibration, 3, inside), 7 + 6);
  EXPECT_DOUBLE_EQ(to_llr(calibration, 3, high), 7 + 10);
}

TEST(QualityCalibration, MeasuresTakeTheWorseRecording) {
  Quality a, b;
  a.net_speech_s = 2, a.snr_db = 30, a.bandwidth_hz = 8000;
  b.net_speech_s = 8, b.snr_db = 12, b.bandwidth_hz = 3400;
  for (bool swapped : {false, true}) {
    if (swapped) std::swap(a, b);
    EXPECT_NEAR(quality_measure(QualityMeasure::kLogNetSpeechShorter, 0.3, a, b, 0.1), std::log(2), 1e-12);
    EXPECT_NEAR(quality_measure(QualityMeasure::kLogNetSpeechLonger, 0.3, a, b, 0.1), std::log(8), 1e-12);
    EXPECT_EQ(quality_measure(QualityMeasure::kSnrLower, 0.3, a, b, 0.1), 12);
    EXPECT_NEAR(quality_measure(QualityMeasure::kBandwidthLower, 0.3, a, b, 0.1), 3.4, 1e-12);
    EXPECT_EQ(quality_measure(QualityMeasure::kCohortMean, 0.3, a, b, 0.1), 0.1);
    EXPECT_DOUBLE_EQ(quality_measure(QualityMeasure::kScoreSquared, 0.3, a, b, 0.1), 0.09);
    EXPECT_EQ(quality_measure(QualityMeasure::kScoreSquared, -0.3, a, b, 0.1), 0);
  }
  a.net_speech_s = 0;
  EXPECT_NEAR(quality_measure(QualityMeasure::kLogNetSpeechShorter, 0.3, a, b, 0), std::log(0.01), 1e-6);
}

// Gaussian scores of two spreads, the negative ones left out: their LLR is a parabola.
TEST(QualityCalibration, TheSquaredScoreFollowsScoresOfUnequalSpread) {
  constexpr double kMean = 0.5, kSpread = 0.2, kOtherMean = 0.2, kOtherSpread = 0.15;
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  std::vector<float> targets, nontargets;
  std::vector<double> of_targets, of_nontargets;
  const auto squared = [](double score) { return quality_measure(QualityMeasure::kScoreSquared, score, {}, {}, 0); };
  for (int i = 0; i < 20000; ++i) {
    const double target = kMean + kSpread * normal(random), other = kOtherMean + kOtherSpread * normal(random);
    if (target > 0) targets.push_back(static_cast<float>(target)), of_targets.push_back(squared(target));
    if (other > 0) nontargets.push_back(static_cast<float>(other)), of_nontargets.push_back(squared(other));
  }
  const QualityMeasure kSquared[] = {QualityMeasure::kScoreSquared};
  const auto fit = fit_quality_calibration(kSquared, {targets, of_targets, {}}, {nontargets, of_nontargets, {}}, 0.5);
  ASSERT_TRUE(fit) << fit.error().message;
  EXPECT_TRUE(rises_with_score(*fit));
  const auto positive = [](double mean, double spread) { return std::erfc(-mean / spread / std::sqrt(2)) / 2; };
  const double constant =
      std::log(kOtherSpread / kSpread * positive(kOtherMean, kOtherSpread) / positive(kMean, kSpread));
  for (const double s : {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}) {
    const double far = (s - kOtherMean) / kOtherSpread, near = (s - kMean) / kSpread, measure[] = {squared(s)};
    EXPECT_NEAR(to_llr(*fit, s, measure), constant + (far * far - near * near) / 2, 0.1) << s;
  }
}

TEST(QualityCalibration, RefusesASquaredScoreThatBendsItDown) {
  const QualityTerm bent{QualityMeasure::kScoreSquared, -1, 0, 0.25},
      straight{QualityMeasure::kScoreSquared, -1, 0, 0.2};
  EXPECT_FALSE(rises_with_score({1, 0, {bent}}));  // 1 - 2 * sqrt(0.25) = 0
  EXPECT_TRUE(rises_with_score({1, 0, {straight}}));
  EXPECT_FALSE(rises_with_score({0, 0, {}}));
  // Targets that crowd where others lie on both sides: a hill, not a slope.
  const std::vector<float> targets = {0.4f, 0.45f, 0.5f, 0.55f, 0.6f}, nontargets = {0.0f, 0.1f, 0.2f, 0.48f, 0.9f};
  std::vector<double> t, n;
  for (const float s : targets) t.push_back(static_cast<double>(s) * static_cast<double>(s));
  for (const float s : nontargets) n.push_back(static_cast<double>(s) * static_cast<double>(s));
  const QualityMeasure kSquared[] = {QualityMeasure::kScoreSquared};
  const auto fit = fit_quality_calibration(kSquared, {targets, t, {}}, {nontargets, n, {}}, 0.5);
  ASSERT_FALSE(fit);
  EXPECT_EQ(fit.error().code, ErrorCode::kUndefined);
}

TEST(QualityCalibration, RefusesWhatCannotBeFitted) {
  const std::vector<float> targets = {0.2f, 0.5f, 0.9f}, nontargets = {0.0f, 0.3f, 0.6f}, low = {-1, -2, -3};
  const std::vector<double> m = {1, 2, 0}, n = {0, 1, 3}, same = {1, 1, 1}, nan = {1, NAN, 1}, short_m = {1, 2};
  const auto code = [&](CalibrationTrials t, CalibrationTrials u, double p = 0.5) {
    const auto fit = fit_quality_calibration(kDuration, t, u, p);
    return fit ? ErrorCode::kOk : fit.error().code;
  };
  EXPECT_EQ(code({targets, m, {}}, {nontargets, n, {}}), ErrorCode::kOk);
  EXPECT_EQ(code({{}, {}, {}}, {nontargets, n, {}}), ErrorCode::kUndefined);
  EXPECT_EQ(code({targets, m, {}}, {{}, {}, {}}), ErrorCode::kUndefined);
  EXPECT_EQ(code({targets, same, {}}, {nontargets, same, {}}), ErrorCode::kUndefined);
  EXPECT_EQ(code({targets, m, {}}, {low, n, {}}), ErrorCode::kUndefined);  // separable
  EXPECT_EQ(code({low, m, {}}, {targets, n, {}}), ErrorCode::kUndefined);  // the wrong way round
  // Separable by score and measure together.
  EXPECT_EQ(code({targets, std::vector<double>{9, 9, 8}, {}}, {nontargets, n, {}}), ErrorCode::kUndefined);
  EXPECT_EQ(code({targets, nan, {}}, {nontargets, n, {}}), ErrorCode::kNonFiniteSample);
  EXPECT_EQ(code({targets, short_m, {}}, {nontargets, n, {}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({targets, m, {}}, {nontargets, n, {}}, 1), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace voiceprint
