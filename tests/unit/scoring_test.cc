#include "voiceprint/scoring.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "test_signals.h"

namespace voiceprint {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Scoring, NormalisesToUnitLength) {
  std::vector<float> embedding = {3, 0, -4};
  ASSERT_TRUE(l2_normalise(embedding));
  EXPECT_EQ(embedding, (std::vector<float>{0.6f, 0, -0.8f}));
  std::vector<float> tiny(4, 1e-30f), huge(4, 1e30f);
  ASSERT_TRUE(l2_normalise(tiny));
  ASSERT_TRUE(l2_normalise(huge));
  EXPECT_FLOAT_EQ(tiny[0], 0.5f);
  EXPECT_FLOAT_EQ(huge[0], 0.5f);
}

TEST(Scoring, CosineOfKnownVectors) {
  const std::vector<float> x = {1, 0}, y = {0, 2}, diagonal = {3, 3};
  EXPECT_FLOAT_EQ(*cosine_score(x, x), 1);
  EXPECT_FLOAT_EQ(*cosine_score(x, y), 0);
  EXPECT_FLOAT_EQ(*cosine_score(x, diagonal), std::sqrt(0.5f));
}

TEST(Scoring, CosineIsSymmetricAndIgnoresScale) {
  const std::vector<float> a = testing::noise(192, 1, 1), b = testing::noise(192, 1, 2);
  std::vector<float> scaled = b;
  for (float& value : scaled) value *= 1024;
  EXPECT_EQ(*cosine_score(a, b), *cosine_score(b, a));
  EXPECT_FLOAT_EQ(*cosine_score(a, b), *cosine_score(a, scaled));
  EXPECT_LE(*cosine_score(a, a), 1.0f);
}

TEST(Scoring, RefusesWhatHasNoScore) {
  const std::vector<float> one = {1, 0}, three = {1, 0, 0}, zero = {0, 0}, nan = {kNan, 1};
  EXPECT_EQ(cosine_score(one, three).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(cosine_score({}, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(cosine_score(one, zero).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(cosine_score(nan, one).error().code, ErrorCode::kUndefined);
  std::vector<float> copy = zero;
  EXPECT_EQ(l2_normalise(copy).error().code, ErrorCode::kUndefined);
}

TEST(Scoring, MeanEmbeddingWeighsRowsAlike) {
  const std::vector<float> mean = *mean_embedding(std::vector<float>{100, 0, 0, 1}, 2);
  EXPECT_FLOAT_EQ(mean[0], std::sqrt(0.5f));
  EXPECT_FLOAT_EQ(mean[1], std::sqrt(0.5f));
}

TEST(Scoring, MeanEmbeddingRefusesBadInput) {
  EXPECT_EQ(mean_embedding(std::vector<float>{1, 2, 3}, 2).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(mean_embedding({}, 2).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(mean_embedding(std::vector<float>{1}, 0).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(mean_embedding(std::vector<float>{1, 0, 0, 0}, 2).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(mean_embedding(std::vector<float>{1, 0, -1, 0}, 2).error().code, ErrorCode::kUndefined);
}

}  // namespace
}  // namespace voiceprint
