#include "voiceprint/score_norm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "voiceprint/scoring.h"

namespace voiceprint {
namespace {

std::vector<float> unit_rows(std::size_t count, std::size_t dimension, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> rows(count * dimension);
  for (float& value : rows) value = normal(random);
  for (std::size_t i = 0; i < count; ++i) (void)l2_normalise(std::span(rows).subspan(i * dimension, dimension));
  return rows;
}

// Oracle: every cosine by cosine_score, all sorted, the moments by E[x^2] - E[x]^2.
CohortStatistics slow_statistics(std::span<const float> embedding, const std::vector<float>& cohort,
                                 std::size_t top_n) {
  const std::size_t dimension = embedding.size();
  std::vector<double> scores;
  for (std::size_t i = 0; i < cohort.size() / dimension; ++i)
    scores.push_back(static_cast<double>(
        *cosine_score(embedding, std::span<const float>(cohort).subspan(i * dimension, dimension))));
  std::sort(scores.begin(), scores.end(), std::greater<>());
  if (top_n > 0) scores.resize(top_n);
  double sum = 0, squares = 0;
  for (double score : scores) sum += score, squares += score * score;
  const double mean = sum / static_cast<double>(scores.size());
  return {mean, std::sqrt(squares / static_cast<double>(scores.size()) - mean * mean)};
}

TEST(ScoreNorm, AsNormIsItsFormula) {
  constexpr std::size_t kDimension = 24;
  const auto cohort = unit_rows(200, kDimension, 1), probes = unit_rows(10, kDimension, 2);
  const auto probe = [&](std::size_t i) { return std::span<const float>(probes).subspan(i * kDimension, kDimension); };
  for (std::size_t top_n : {std::size_t{0}, std::size_t{2}, std::size_t{50}, std::size_t{200}})
    for (std::size_t i = 0; i + 1 < 10; ++i) {
      const double score = static_cast<double>(*cosine_score(probe(i), probe(i + 1)));
      const CohortStatistics a = *cohort_statistics(probe(i), cohort, top_n),
                             b = *cohort_statistics(probe(i + 1), cohort, top_n);
      const CohortStatistics slow_a = slow_statistics(probe(i), cohort, top_n),
                             slow_b = slow_statistics(probe(i + 1), cohort, top_n);
      EXPECT_NEAR(a.mean, slow_a.mean, 1e-7);
      EXPECT_NEAR(a.deviation, slow_a.deviation, 1e-6);
      const double z = (score - slow_a.mean) / slow_a.deviation, t = (score - slow_b.mean) / slow_b.deviation;
      EXPECT_NEAR(s_norm(score, a, b), 0.5 * (z + t), 1e-3);  // deviations of top 2 are small
      EXPECT_EQ(s_norm(score, a, b), s_norm(score, b, a));
      EXPECT_EQ(normalise_score(ScoreNorm::kZ, score, a, b), (score - a.mean) / a.deviation);
      EXPECT_EQ(normalise_score(ScoreNorm::kT, score, a, b), (score - b.mean) / b.deviation);
      EXPECT_EQ(s_norm(score, a, b), normalise_score(ScoreNorm::kS, score, a, b));
    }
}

TEST(ScoreNorm, HandExample) {
  // Cosines 1, 0, -1 and 0.6 with the axis.
  const std::vector<float> cohort = {1, 0, 0, 1, -1, 0, 0.6f, 0.8f}, embedding = {2, 0};
  const CohortStatistics all = *cohort_statistics(embedding, cohort), top = *cohort_statistics(embedding, cohort, 2);
  EXPECT_NEAR(all.mean, 0.15, 1e-7);
  EXPECT_NEAR(all.deviation, std::sqrt((0.7225 + 0.0225 + 1.3225 + 0.2025) / 4), 1e-7);
  EXPECT_NEAR(top.mean, 0.8, 1e-7);
  EXPECT_NEAR(top.deviation, 0.2, 1e-7);
}

TEST(ScoreNorm, RefusesWhatNormalisesNothing) {
  const std::vector<float> cohort = {1, 0, 0, 1, -1, 0}, same = {1, 0, 1, 0, 1, 0}, embedding = {1, 1}, zero = {0, 0};
  const std::vector<float> nan = {1, std::numeric_limits<float>::quiet_NaN()}, three = {1, 2, 3, 4};
  const auto code = [](const auto& result) { return result ? ErrorCode::kOk : result.error().code; };
  EXPECT_EQ(code(cohort_statistics(embedding, cohort)), ErrorCode::kOk);
  EXPECT_EQ(code(cohort_statistics(embedding, cohort, 3)), ErrorCode::kOk);
  EXPECT_EQ(code(cohort_statistics(embedding, cohort, 4)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(cohort_statistics(three, cohort)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(cohort_statistics({}, cohort)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(cohort_statistics(embedding, {})), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(cohort_statistics(embedding, same)), ErrorCode::kUndefined);
  EXPECT_EQ(code(cohort_statistics(embedding, cohort, 1)), ErrorCode::kUndefined);
  EXPECT_EQ(code(cohort_statistics(zero, cohort)), ErrorCode::kUndefined);
  EXPECT_EQ(code(cohort_statistics(nan, cohort)), ErrorCode::kNonFiniteSample);
  EXPECT_EQ(code(cohort_statistics(embedding, nan)), ErrorCode::kNonFiniteSample);
  EXPECT_EQ(code(score_statistics(nan)), ErrorCode::kNonFiniteSample);
  EXPECT_EQ(code(score_statistics({})), ErrorCode::kUndefined);
}

}  // namespace
}  // namespace voiceprint
