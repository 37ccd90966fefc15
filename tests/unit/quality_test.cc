#include "voiceprint/quality.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "bandwidth.h"
#include "clipping.h"
#include "test_signals.h"
#include "voiceprint/audio_file.h"
#include "voiceprint/resampler.h"

namespace voiceprint {
namespace {

Quality good() {
  return {.duration_s = 5,
          .net_speech_s = 4,
          .level_dbfs = -20,
          .peak_dbfs = -3,
          .clipped_fraction = 0,
          .snr_db = 30,
          .bandwidth_hz = 7500};
}

TEST(Quality, EveryLimitHasItsReason) {
  const QualityLimits limits;
  EXPECT_EQ(quality_reasons(good(), limits), kQualityOk);
  const auto expect = [&](auto change, std::uint32_t reasons) {
    Quality quality = good();
    change(quality);
    EXPECT_EQ(quality_reasons(quality, limits), reasons);
    EXPECT_TRUE(is_inconclusive(reasons));
  };
  expect([](Quality& q) { q.net_speech_s = 0.4f; }, kTooShort);
  expect([](Quality& q) { q.level_dbfs = -46; }, kTooQuiet);
  expect([](Quality& q) { q.clipped_fraction = 0.02f; }, kClipped);
  expect([](Quality& q) { q.snr_db = 2; }, kNoisy);
  expect([](Quality& q) { q.bandwidth_hz = 2000; }, kBandLimited);
  expect(
      [](Quality& q) {
        q.net_speech_s = 0;
        q.snr_db = 0;
        q.bandwidth_hz = 0;
      },
      kNoSpeech);
  expect(
      [](Quality& q) {
        q.level_dbfs = -50;
        q.snr_db = 1;
      },
      kTooQuiet | kNoisy);
  EXPECT_FALSE(is_inconclusive(kQualityOk));
  EXPECT_TRUE(is_inconclusive(kDifferentSpeaker));
}

TEST(Quality, TelephoneSpeechIsWithinTheDefaultLimits) {
  Quality telephone = good();
  telephone.bandwidth_hz = 3400;
  EXPECT_EQ(quality_reasons(telephone, {}), kQualityOk);
}

std::uint64_t clipped(const std::vector<float>& samples) {
  ClippingCounter counter;
  counter.push(samples);
  return counter.clipped_samples();
}

TEST(Clipping, CountsFlatTops) {
  std::vector<float> samples = testing::tone(16000, 200, 16000, 2.0);
  std::uint64_t expected = 0;
  for (float& sample : samples) {
    if (std::abs(sample) >= 1) ++expected;
    sample = std::clamp(sample, -1.0f, 1.0f);
  }
  EXPECT_EQ(clipped(samples), expected);
  EXPECT_GT(expected, 8000u);
}

TEST(Clipping, IgnoresWhatIsNotClipped) {
  EXPECT_EQ(clipped(testing::tone(16000, 440, 16000, 0.99)), 0u);
  EXPECT_EQ(clipped(testing::noise(16000, 1.0f)), 0u);
  std::vector<float> quiet = testing::tone(16000, 200, 16000, 2.0);
  for (float& sample : quiet) sample = 0.1f * std::clamp(sample, -1.0f, 1.0f);
  EXPECT_EQ(clipped(quiet), 0u);  // a square-ish wave far below full scale
  std::vector<float> peaks(16000, 0.0f);
  for (std::size_t i = 0; i < peaks.size(); i += 100) peaks[i] = 1.0f;
  EXPECT_EQ(clipped(peaks), 0u);  // single samples
}

TEST(Clipping, StartsAnewWhenTheCeilingRises) {
  EXPECT_EQ(clipped({0.9f, 0.9f, 0.9f, 0.9f, 1.0f, 1.0f, 1.0f, 0.f}), 3u);
}

TEST(Clipping, DoesNotDependOnHowAudioIsCut) {
  std::vector<float> samples = testing::noise(5000, 1.5f);
  for (float& sample : samples) sample = std::clamp(sample, -1.0f, 1.0f);
  ClippingCounter pieces;
  for (std::size_t at = 0; at < samples.size(); at += 7)
    pieces.push(std::span(samples).subspan(at, std::min<std::size_t>(7, samples.size() - at)));
  EXPECT_EQ(pieces.clipped_samples(), clipped(samples));
  EXPECT_EQ(pieces.peak(), 1.0f);
}

TEST(Bandwidth, TellsTelephoneFromWideBand) {
  const std::vector<float> wide = read_audio_file(testing::data_file("speech_espeak.wav"))->samples;
  EXPECT_GT(estimate_bandwidth_hz(wide, 16000), 5500);
  const std::vector<float> narrow = *resample(*resample(wide, 16000, 8000), 8000, 16000);
  EXPECT_NEAR(estimate_bandwidth_hz(narrow, 16000), 4000, 250);
  const AudioBuffer telephone = *read_audio_file(testing::data_file("speech_telephone.wav"));
  const float hz = estimate_bandwidth_hz(*resample(telephone.samples, telephone.sample_rate_hz, 16000), 16000);
  EXPECT_GT(hz, 3300);
  EXPECT_LT(hz, 4300);
}

TEST(Bandwidth, OfNoiseIsTheWholeBandAndOfSilenceZero) {
  EXPECT_NEAR(estimate_bandwidth_hz(testing::noise(16000), 16000), 8000, 1);
  EXPECT_EQ(estimate_bandwidth_hz(std::vector<float>(16000, 0.0f), 16000), 0);
  EXPECT_EQ(estimate_bandwidth_hz(testing::noise(1000), 16000), 0);
}

}  // namespace
}  // namespace voiceprint
