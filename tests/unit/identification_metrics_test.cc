#include "voiceprint/identification_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "voiceprint/scoring.h"

namespace voiceprint {
namespace {

TEST(Recall, EqualsSortingAllScores) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 1);
  constexpr std::size_t kDimension = 6;
  std::vector<float> embeddings;
  std::vector<std::uint32_t> speakers;
  for (std::uint32_t speaker = 0; speaker < 10; ++speaker) {
    float voice[kDimension];
    for (float& value : voice) value = normal(random);
    for (std::uint32_t i = 0; i < 1 + speaker % 4; ++i) {
      for (float value : voice) embeddings.push_back(value + 0.9f * normal(random));
      speakers.push_back(speaker);
    }
  }
  const std::vector<std::size_t> ks = {1, 5, 10};
  const Result<Recall> recall = recall_at_k(embeddings, kDimension, speakers, ks);
  ASSERT_TRUE(recall) << recall.error().message;

  const auto row = [&](std::size_t i) {
    return std::span<const float>(embeddings).subspan(i * kDimension, kDimension);
  };
  std::vector<double> hits(ks.size(), 0);
  std::size_t probes = 0;
  for (std::size_t probe = 0; probe < speakers.size(); ++probe) {
    if (std::count(speakers.begin(), speakers.end(), speakers[probe]) < 2) continue;
    ++probes;
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < speakers.size(); ++i)
      if (i != probe) others.push_back(i);
    std::sort(others.begin(), others.end(), [&](std::size_t a, std::size_t b) {
      return *cosine_score(row(probe), row(a)) > *cosine_score(row(probe), row(b));
    });
    for (std::size_t k = 0; k < ks.size(); ++k)
      for (std::size_t i = 0; i < ks[k]; ++i)
        if (speakers[others[i]] == speakers[probe]) {
          ++hits[k];
          break;
        }
  }
  EXPECT_EQ(recall->num_probes, probes);
  for (std::size_t k = 0; k < ks.size(); ++k)
    EXPECT_DOUBLE_EQ(recall->at[k], hits[k] / static_cast<double>(probes)) << ks[k];
  EXPECT_LE(recall->at[0], recall->at[1]);
  EXPECT_LT(recall->at[0], 1);
}

TEST(Recall, RefusesWhatCannotBeSearched) {
  const std::vector<float> two = {1, 0, 0, 1}, zero = {1, 0, 0, 0};
  const std::vector<std::uint32_t> same = {3, 3}, differ = {3, 4};
  const std::vector<std::size_t> one = {1}, none = {0};
  EXPECT_EQ(recall_at_k(two, 2, same, one)->at[0], 1);
  EXPECT_EQ(recall_at_k(two, 2, differ, one).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(recall_at_k(zero, 2, same, one).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(recall_at_k({}, 2, {}, one).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(recall_at_k(two, 3, same, one).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(recall_at_k(two, 0, same, one).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(recall_at_k(two, 2, same, none).error().code, ErrorCode::kInvalidArgument);
}

TEST(Identification, EqualsCounting) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal(0, 1);
  std::vector<MatedSearch> mated;
  std::vector<float> strangers;
  for (std::size_t probe = 0; probe < 150; ++probe) {
    std::vector<float> gallery(8);
    for (float& score : gallery) score = std::round(4 * normal(random)) / 4;  // with ties
    gallery[probe % 8] += 1.5f;
    mated.push_back(mated_search(gallery, probe % 8));
    const auto rank = std::count_if(gallery.begin(), gallery.end(), [&](float s) { return s >= gallery[probe % 8]; });
    EXPECT_EQ(mated.back().mate_rank, static_cast<std::uint32_t>(rank));
    gallery[probe % 8] -= 1.5f;
    strangers.push_back(*std::max_element(gallery.begin(), gallery.end()));
  }
  for (std::uint32_t max_rank : {1u, 3u}) {
    const IdentificationCurve curve = *IdentificationCurve::create(mated, strangers, max_rank);
    for (double threshold : {-5.0, 0.25, 1.0, 1.1, 2.0, 9.0}) {
      double found = 0, named = 0;
      for (const MatedSearch& search : mated)
        found += static_cast<double>(search.mate_score) >= threshold && search.mate_rank <= max_rank;
      for (float score : strangers) named += static_cast<double>(score) >= threshold;
      const IdentificationRates rates = curve.at_threshold(threshold);
      EXPECT_NEAR(rates.dir, found / 150, 1e-12) << threshold;
      EXPECT_NEAR(rates.fnir, 1 - found / 150, 1e-12) << threshold;
      EXPECT_NEAR(rates.fpir, named / 150, 1e-12) << threshold;
    }
    for (double far : {0.0, 0.01, 0.1, 1.0}) {
      const IdentificationRates rates = curve.at_false_alarm_rate(far);
      EXPECT_LE(rates.fpir, far);
      EXPECT_EQ(rates.dir, curve.at_threshold(rates.threshold).dir);
    }
  }
}

TEST(Identification, RefusesWhatHasNoRates) {
  const std::vector<MatedSearch> mated = {{1, 1}}, nan = {{NAN, 1}};
  const std::vector<float> strangers = {0};
  EXPECT_TRUE(IdentificationCurve::create(mated, strangers));
  EXPECT_EQ(IdentificationCurve::create({}, strangers).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(IdentificationCurve::create(mated, {}).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(IdentificationCurve::create(nan, strangers).error().code, ErrorCode::kNonFiniteSample);
  EXPECT_EQ(IdentificationCurve::create(mated, strangers, 0).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace voiceprint
