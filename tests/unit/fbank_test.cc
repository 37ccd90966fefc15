#include "voiceprint/fbank.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "test_signals.h"

namespace voiceprint {
namespace {

// Oracle: the definition in the header, step by step, in double, with a plain Fourier sum.
std::vector<double> slow_frame(std::span<const float> samples, const FbankOptions& options) {
  const std::size_t length = samples.size();
  std::size_t padded = 1;
  while (padded < length) padded *= 2;
  double mean = 0;
  for (float sample : samples) mean += static_cast<double>(sample) / static_cast<double>(length);
  std::vector<double> frame(padded, 0.0);
  for (std::size_t n = 0; n < length; ++n) {
    const double here = static_cast<double>(samples[n]) - mean;
    const double before = static_cast<double>(samples[n == 0 ? 0 : n - 1]) - mean;
    const double hann =
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(length - 1));
    frame[n] = (here - static_cast<double>(options.preemphasis) * before) * std::pow(hann, 0.85);
  }
  std::vector<double> power(padded / 2);
  for (std::size_t k = 0; k < power.size(); ++k) {
    double re = 0, im = 0;
    for (std::size_t n = 0; n < length; ++n) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(k * n % padded) / static_cast<double>(padded);
      re += frame[n] * std::cos(angle);
      im -= frame[n] * std::sin(angle);
    }
    power[k] = re * re + im * im;
  }
  const auto mel = [](double hz) { return 1127 * std::log(1 + hz / 700); };
  const double low = mel(static_cast<double>(options.low_frequency_hz)),
               high = mel(static_cast<double>(options.high_frequency_hz));
  const double step = (high - low) / (options.num_mel_bins + 1);
  std::vector<double> bins;
  for (int m = 0; m < options.num_mel_bins; ++m) {
    double energy = 0;
    for (std::size_t k = 0; k < power.size(); ++k) {
      const double at = mel(options.sample_rate_hz * static_cast<double>(k) / static_cast<double>(padded));
      const double weight = 1 - std::abs(at - (low + (m + 1) * step)) / step;
      if (weight > 0) energy += weight * power[k];
    }
    bins.push_back(std::log(std::max(energy, 1.1920929e-07)));
  }
  return bins;
}

TEST(Fbank, EqualsItsDefinition) {
  FbankOptions narrow;
  narrow.sample_rate_hz = 8000;
  narrow.num_mel_bins = 40;
  narrow.high_frequency_hz = 3700;
  FbankOptions wide;
  wide.sample_rate_hz = 44100;
  wide.num_mel_bins = 24;
  wide.high_frequency_hz = 20000;
  wide.frame_length_ms = 20;
  wide.preemphasis = 0;
  for (const FbankOptions& options : {FbankOptions{}, narrow, wide}) {
    Result<Fbank> fbank = Fbank::create(options);
    ASSERT_TRUE(fbank) << fbank.error().message;
    for (float level : {1.0f, 0.1f, 1e-4f}) {
      const std::vector<float> samples = testing::noise(fbank->frame_length(), level);
      std::vector<float> bins(static_cast<std::size_t>(options.num_mel_bins));
      fbank->compute_frame(samples, bins);
      const std::vector<double> exact = slow_frame(samples, options);
      for (std::size_t k = 0; k < bins.size(); ++k) EXPECT_NEAR(bins[k], exact[k], 2e-4) << level << " bin " << k;
    }
  }
}

TEST(Fbank, TablesAreThoseOfTheDefinition) {
  const Result<Fbank> fbank = Fbank::create({});
  const FbankTables tables = fbank->tables();
  EXPECT_EQ(tables.fft_size, 512u);
  ASSERT_EQ(tables.window.size(), 400u);
  for (std::size_t i = 0; i < 400; ++i) {
    const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / 399);
    EXPECT_NEAR(tables.window[i], std::pow(hann, 0.85), 1e-7) << i;
  }
  ASSERT_EQ(tables.triangles.size(), 80u);
  const auto mel = [](double hz) { return 1127 * std::log(1 + hz / 700); };
  const double step = (mel(8000) - mel(20)) / 81;
  for (std::size_t m = 0; m < 80; ++m) {
    const MelTriangle& triangle = tables.triangles[m];
    EXPECT_EQ(triangle.count % 8, 0u);
    ASSERT_LE(triangle.weights + triangle.count, tables.weights.size());
    ASSERT_LE(triangle.first + triangle.count, 257u + 8u);
    for (std::uint32_t i = 0; i < triangle.count; ++i) {
      const double centre = mel(20) + static_cast<double>(m + 1) * step;
      const double weight = 1 - std::abs(mel(31.25 * (triangle.first + i)) - centre) / step;
      EXPECT_NEAR(tables.weights[triangle.weights + i], std::max(0.0, weight), 1e-6) << m << " " << i;
    }
  }
}

TEST(Fbank, CountsFrames) {
  const Result<Fbank> fbank = Fbank::create({});
  EXPECT_EQ(fbank->frame_length(), 400u);
  EXPECT_EQ(fbank->frame_shift(), 160u);
  EXPECT_EQ(fbank->num_frames(0), 0u);
  EXPECT_EQ(fbank->num_frames(399), 0u);
  EXPECT_EQ(fbank->num_frames(400), 1u);
  EXPECT_EQ(fbank->num_frames(559), 1u);
  EXPECT_EQ(fbank->num_frames(560), 2u);
  EXPECT_EQ(fbank->num_frames(16000), 98u);
}

TEST(Fbank, StreamingEqualsBatch) {
  Result<Fbank> fbank = Fbank::create({});
  const std::vector<float> samples = testing::noise(16000);
  const FeatureMatrix batch = fbank->compute(samples);
  for (std::size_t block : {1u, 7u, 160u, 399u, 400u, 401u, 5000u}) {
    FeatureMatrix streamed;
    for (std::size_t at = 0; at < samples.size(); at += block)
      fbank->push(std::span(samples).subspan(at, std::min(block, samples.size() - at)), streamed);
    EXPECT_EQ(streamed.num_bins, 80u);
    EXPECT_EQ(streamed.values, batch.values) << block;
    fbank->reset();
  }
}

TEST(Fbank, SilenceAndOffsetGiveTheFloor) {
  Result<Fbank> fbank = Fbank::create({});
  for (float offset : {0.0f, 0.5f}) {
    const FeatureMatrix features = fbank->compute(std::vector<float>(400, offset));
    for (float value : features.values) EXPECT_NEAR(value, std::log(1.1920929e-07), 1e-5);
  }
}

TEST(Fbank, LevelOnlyShiftsEveryBin) {
  Result<Fbank> fbank = Fbank::create({});
  const std::vector<float> loud = testing::noise(8000, 0.9f);
  std::vector<float> quiet = loud;
  for (float& sample : quiet) sample *= 0.125f;
  const FeatureMatrix a = fbank->compute(loud), b = fbank->compute(quiet);
  for (std::size_t i = 0; i < a.values.size(); ++i) ASSERT_NEAR(a.values[i] - b.values[i], std::log(64.0), 1e-4);
}

TEST(Fbank, MeanIsZeroAfterSubtraction) {
  Result<Fbank> fbank = Fbank::create({});
  FeatureMatrix features = fbank->compute(testing::noise(16000));
  subtract_mean(features.values, features.num_bins);
  for (std::size_t k = 0; k < 80; ++k) {
    double sum = 0;
    for (std::size_t t = 0; t < features.num_frames(); ++t) sum += static_cast<double>(features.frame(t)[k]);
    EXPECT_NEAR(sum / 98, 0, 1e-6);
  }
  std::vector<float> nothing;
  subtract_mean(nothing, 80);
  EXPECT_TRUE(nothing.empty());
}

TEST(Fbank, LevelIsTheOneMeanOfAllBins) {
  std::vector<float> features = {1, 2, 6, 3, 4, 8};  // two frames of three bins, mean 4
  subtract_mean(features, 3, MeanNormalisation::kLevel);
  EXPECT_EQ(features, (std::vector<float>{-3, -2, 2, -1, 0, 4}));
  std::vector<float> nothing;
  subtract_mean(nothing, 3, MeanNormalisation::kLevel);
  EXPECT_TRUE(nothing.empty());

  // A gain is gone.
  Result<Fbank> fbank = Fbank::create({});
  std::vector<float> samples = testing::noise(16000);
  FeatureMatrix loud = fbank->compute(samples);
  for (float& sample : samples) sample *= 0.125f;
  FeatureMatrix quiet = fbank->compute(samples);
  subtract_mean(loud.values, 80, MeanNormalisation::kLevel);
  subtract_mean(quiet.values, 80, MeanNormalisation::kLevel);
  for (std::size_t i = 0; i < loud.values.size(); ++i) ASSERT_NEAR(loud.values[i], quiet.values[i], 1e-4);
}

TEST(Fbank, RefusesOptionsOutOfRangeByName) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto expect = [](FbankOptions options, const std::string& name) {
    const Result<Fbank> fbank = Fbank::create(options);
    ASSERT_FALSE(fbank) << name;
    EXPECT_EQ(fbank.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(fbank.error().message.find(name), std::string::npos) << fbank.error().message;
  };
  expect({.sample_rate_hz = 7999}, "sample_rate_hz");
  expect({.sample_rate_hz = 48001}, "sample_rate_hz");
  expect({.num_mel_bins = 3}, "num_mel_bins");
  expect({.num_mel_bins = 257}, "num_mel_bins");
  expect({.num_mel_bins = 256}, "num_mel_bins");  // triangles narrower than the spectrum's bins
  expect({.low_frequency_hz = -1}, "low_frequency_hz");
  expect({.low_frequency_hz = nan}, "low_frequency_hz");
  expect({.high_frequency_hz = 8001}, "high_frequency_hz");
  expect({.high_frequency_hz = 20}, "high_frequency_hz");
  expect({.frame_length_ms = 4}, "frame_length_ms");
  expect({.frame_shift_ms = 26}, "frame_shift_ms");
  expect({.frame_shift_ms = nan}, "frame_shift_ms");
  expect({.preemphasis = 1.1f}, "preemphasis");
}

}  // namespace
}  // namespace voiceprint
