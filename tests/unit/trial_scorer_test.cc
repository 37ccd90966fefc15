#include "voiceprint/trial_scorer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "voiceprint/scoring.h"

namespace voiceprint {
namespace {

constexpr std::size_t kDimension = 16;

std::vector<float> rows(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> values(count * kDimension);
  for (float& value : values) value = normal(random);
  return values;
}

TrialSide side(std::span<const float> embedding, float net_speech_s) {
  TrialSide made{embedding, {}, {}};
  made.quality.net_speech_s = net_speech_s;
  return made;
}

TEST(TrialScorer, LinearOnTheCosine) {
  const auto a = rows(1, 1), b = rows(1, 2);
  const TrialScorer scorer = *TrialScorer::create({kDimension, ScoreKind::kCosine, {12, -3, {}}, 0});
  EXPECT_FALSE(scorer.has_cohort());
  const TrialScore score = *scorer.score(side(a, 1), side(b, 2));
  EXPECT_EQ(score.score, static_cast<double>(*cosine_score(a, b)));
  EXPECT_TRUE(std::isnan(score.as_norm));
  EXPECT_DOUBLE_EQ(score.llr, 12 * score.score - 3);
}

TEST(TrialScorer, QualityAwareOnNormalisedScores) {
  const auto a = rows(1, 1), b = rows(1, 2);
  const Cohort cohort = *make_cohort(rows(40, 3), kDimension, {});
  const QualityCalibration calibration{
      0.9, -2, {{QualityMeasure::kLogNetSpeechShorter, 0.4, 0, 3}, {QualityMeasure::kCohortMean, -5, -1, 1}}};
  const TrialScorer scorer = *TrialScorer::create({kDimension, ScoreKind::kAsNorm, calibration, 10}, cohort);
  const TrialScore score = *scorer.score_once(side(a, 4), side(b, 9));
  const CohortStatistics sa = *cohort_statistics(a, cohort.embeddings, 10),
                         sb = *cohort_statistics(b, cohort.embeddings, 10);
  const double cosine = static_cast<double>(*cosine_score(a, b));
  const double as_norm = ((cosine - sa.mean) / sa.deviation + (cosine - sb.mean) / sb.deviation) / 2;
  EXPECT_NEAR(score.as_norm, as_norm, 1e-12);
  EXPECT_NEAR(score.llr, 0.9 * as_norm - 2 + 0.4 * std::log(4) - 5 * (sa.mean + sb.mean) / 2, 1e-9);
  const TrialScore other_way = *scorer.score_once(side(b, 9), side(a, 4));
  EXPECT_EQ(other_way.llr, score.llr);
  EXPECT_EQ(other_way.as_norm, score.as_norm);

  TrialSide kept_a = side(a, 4), kept_b = side(b, 9);
  kept_a.cohort = *scorer.statistics(a), kept_b.cohort = *scorer.statistics(b);
  EXPECT_EQ(scorer.score(kept_a, kept_b)->llr, score.llr);
}

TEST(TrialScorer, SquaresTheScoreThatItJudges) {
  const auto a = rows(1, 1);
  auto b = rows(1, 2);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] += a[i];  // alike, so that the score is positive
  const QualityTerm squared{QualityMeasure::kScoreSquared, 3, 0, 100};
  const Cohort cohort = *make_cohort(rows(40, 3), kDimension, {});
  const TrialScore plain =
      *TrialScorer::create({kDimension, ScoreKind::kCosine, {2, 1, {squared}}, 0})->score(side(a, 1), side(b, 1));
  EXPECT_DOUBLE_EQ(plain.llr, 2 * plain.score + 3 * plain.score * plain.score + 1);
  const TrialScore normalised = *TrialScorer::create({kDimension, ScoreKind::kAsNorm, {2, 1, {squared}}, 10}, cohort)
                                     ->score_once(side(a, 1), side(b, 1));
  EXPECT_DOUBLE_EQ(normalised.llr, 2 * normalised.as_norm + 3 * normalised.as_norm * normalised.as_norm + 1);
}

TEST(TrialScorer, RefusesWhatDoesNotBelongTogether) {
  const Cohort cohort = *make_cohort(rows(40, 3), kDimension, {});
  const Cohort other = *make_cohort(rows(40, 3), kDimension / 2, {});
  const QualityTerm duration{QualityMeasure::kLogNetSpeechShorter, 1, 0, 1}, mean{QualityMeasure::kCohortMean, 1, 0, 1};
  const auto code = [](const TrialScorerOptions& options, Cohort with = {}) {
    const auto scorer = TrialScorer::create(options, std::move(with));
    return scorer ? ErrorCode::kOk : scorer.error().code;
  };
  const auto linear = ScoreKind::kCosine, normalised = ScoreKind::kAsNorm;
  EXPECT_EQ(code({kDimension, linear, {1, 0, {duration}}, 0}), ErrorCode::kOk);
  EXPECT_EQ(code({kDimension, linear, {1, 0, {mean}}, 5}, cohort), ErrorCode::kOk);
  EXPECT_EQ(code({kDimension, normalised, {1, 0, {}}, 40}, cohort), ErrorCode::kOk);
  EXPECT_EQ(code({kDimension, normalised, {1, 0, {}}, 41}, cohort), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({kDimension, normalised, {1, 0, {}}, 5}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({kDimension, linear, {1, 0, {mean}}, 5}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({kDimension, linear, {1, 0, {}}, 5}, cohort), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({kDimension, normalised, {1, 0, {}}, 5}, other), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({0, linear, {1, 0, {}}, 0}), ErrorCode::kInvalidArgument);
  for (const QualityCalibration& bad :
       {QualityCalibration{0, 0, {}}, QualityCalibration{-1, 0, {}}, QualityCalibration{NAN, 0, {}},
        QualityCalibration{1, INFINITY, {}}, QualityCalibration{1, 0, {{QualityMeasure::kSnrLower, 1, 2, 1}}},
        QualityCalibration{1, 0, {{QualityMeasure::kSnrLower, NAN, 1, 2}}},
        QualityCalibration{1, 0, {{QualityMeasure::kScoreSquared, -1, 0, 1}}}})
    EXPECT_EQ(code({kDimension, linear, bad, 0}), ErrorCode::kInvalidArgument);

  const TrialScorer scorer = *TrialScorer::create({kDimension, normalised, {1, 0, {}}, 5}, cohort);
  const std::vector<float> short_one(kDimension - 1, 1), zero(kDimension, 0), good = rows(1, 4);
  EXPECT_EQ(scorer.statistics(short_one).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(scorer.score(side(good, 1), side(short_one, 1)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(scorer.score(side(good, 1), side(zero, 1)).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(scorer.score_once(side(good, 1), side(zero, 1)).error().code, ErrorCode::kUndefined);
}

}  // namespace
}  // namespace voiceprint
