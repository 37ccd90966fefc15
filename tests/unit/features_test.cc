#include "voiceprint/features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "test_signals.h"

namespace voiceprint {
namespace {

constexpr FeatureKind kSpectrogramKinds[] = {FeatureKind::kSpectrogram, FeatureKind::kMelSpectrogram,
                                             FeatureKind::kMfcc};

using Rows = std::vector<std::vector<double>>;

// Oracle: the definition in the header, step by step, in double: the utterance is really lengthened by its mirror
// images, and the Fourier transform is a plain sum.
Rows slow_spectrogram(const std::vector<float>& samples, std::size_t length, std::size_t shift) {
  std::vector<double> padded;
  for (std::size_t i = length / 2; i > 0; --i) padded.push_back(static_cast<double>(samples[i]));
  for (float sample : samples) padded.push_back(static_cast<double>(sample));
  for (std::size_t i = 2; i <= length / 2 + 1; ++i) padded.push_back(static_cast<double>(samples[samples.size() - i]));
  std::vector<std::complex<double>> turn(length);
  for (std::size_t i = 0; i < length; ++i)
    turn[i] = std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(length));
  Rows rows;
  for (std::size_t begin = 0; begin + length <= padded.size(); begin += shift) {
    rows.emplace_back();
    for (std::size_t k = 0; k <= length / 2; ++k) {
      std::complex<double> sum = 0;
      for (std::size_t n = 0; n < length; ++n) {
        const double hann =
            0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(length));
        sum += padded[begin + n] * hann * turn[k * n % length];
      }
      rows.back().push_back(std::norm(sum));
    }
  }
  return rows;
}

Rows slow_mel(const Rows& spectrogram, const SpectrogramOptions& o) {
  const auto mel = [](double hz) { return 2595 * std::log10(1 + hz / 700); };
  const auto hz = [](double m) { return 700 * (std::pow(10.0, m / 2595) - 1); };
  const double low = mel(static_cast<double>(o.low_frequency_hz)), high = mel(static_cast<double>(o.high_frequency_hz));
  Rows rows;
  for (const std::vector<double>& power : spectrogram) {
    rows.emplace_back();
    for (int m = 0; m < o.num_mel_bins; ++m) {
      const auto corner = [&](int i) { return hz(low + (high - low) * (m + i) / (o.num_mel_bins + 1)); };
      double sum = 0;
      for (std::size_t k = 0; k < power.size(); ++k) {
        const double at = o.sample_rate_hz * static_cast<double>(k) / static_cast<double>(2 * (power.size() - 1));
        const double rising = (at - corner(0)) / (corner(1) - corner(0));
        const double falling = (corner(2) - at) / (corner(2) - corner(1));
        sum += std::max(0.0, std::min(rising, falling)) * power[k];
      }
      rows.back().push_back(sum);
    }
  }
  return rows;
}

Rows slow_mfcc(Rows mel, int num_coefficients) {
  double highest = -1000;
  for (std::vector<double>& row : mel)
    for (double& value : row) highest = std::max(highest, value = 10 * std::log10(std::max(value, 1e-10)));
  Rows rows;
  for (const std::vector<double>& row : mel) {
    rows.emplace_back();
    const double n = static_cast<double>(row.size());
    for (int k = 0; k < num_coefficients; ++k) {
      double sum = 0;
      for (std::size_t m = 0; m < row.size(); ++m)
        sum += std::max(row[m], highest - 80) * std::cos(std::numbers::pi / n * (static_cast<double>(m) + 0.5) * k);
      rows.back().push_back(sum * std::sqrt((k == 0 ? 1 : 2) / n));
    }
  }
  return rows;
}

FeatureExtractor extractor_of(FeatureKind kind, const SpectrogramOptions& options = {}) {
  Result<FeatureExtractor> created = FeatureExtractor::create(kind, {}, options);
  EXPECT_TRUE(created) << created.error().message;
  return std::move(*created);
}

// `tolerance` is relative to the row's largest value.
void expect_near(const FeatureMatrix& ours, const Rows& exact, double tolerance, const std::string& what) {
  ASSERT_EQ(ours.num_frames(), exact.size()) << what;
  for (std::size_t t = 0; t < exact.size(); ++t) {
    ASSERT_EQ(ours.num_bins, exact[t].size()) << what;
    double largest = 0;
    for (double value : exact[t]) largest = std::max(largest, std::abs(value));
    for (std::size_t k = 0; k < exact[t].size(); ++k)
      ASSERT_NEAR(ours.frame(t)[k], exact[t][k], tolerance * largest) << what << " frame " << t << " bin " << k;
  }
}

TEST(Features, EqualTheirDefinition) {
  SpectrogramOptions narrow;
  narrow.sample_rate_hz = 8000;
  narrow.num_mel_bins = 21;  // no multiple of 8
  narrow.low_frequency_hz = 60;
  narrow.high_frequency_hz = 3700;
  narrow.frame_length_ms = 20;  // 160 samples
  narrow.frame_shift_ms = 7.5f;
  narrow.num_coefficients = 13;
  SpectrogramOptions wide;
  wide.sample_rate_hz = 44100;
  wide.num_mel_bins = 64;
  wide.high_frequency_hz = 22050;
  wide.frame_length_ms = 10.07f;  // 444 samples = 4 * 3 * 37
  wide.frame_shift_ms = 10;
  for (const SpectrogramOptions& options : {SpectrogramOptions{}, narrow, wide}) {
    const auto samples_of = [&](float ms) {
      return static_cast<std::size_t>(std::lround(static_cast<double>(ms) * options.sample_rate_hz / 1000));
    };
    for (std::size_t count : {std::size_t{301}, std::size_t{2000}}) {
      std::vector<float> samples = testing::noise(count, 0.3f);
      // A quiet part, more than 80 dB below the rest.
      for (std::size_t i = count / 2; i < count; ++i) samples[i] *= 1e-5f;
      const Rows power =
          slow_spectrogram(samples, samples_of(options.frame_length_ms), samples_of(options.frame_shift_ms));
      const Rows mel = slow_mel(power, options);
      const std::string what = std::to_string(options.sample_rate_hz) + " Hz, " + std::to_string(count) + " samples,";
      expect_near(extractor_of(FeatureKind::kSpectrogram, options).compute(samples), power, 2e-6,
                  what + " spectrogram");
      expect_near(extractor_of(FeatureKind::kMelSpectrogram, options).compute(samples), mel, 2e-6, what + " mel");
      expect_near(extractor_of(FeatureKind::kMfcc, options).compute(samples), slow_mfcc(mel, options.num_coefficients),
                  2e-6, what + " MFCC");
    }
  }
}

TEST(Features, CountFramesAndBins) {
  EXPECT_EQ(extractor_of(FeatureKind::kFbank).num_bins(), 80u);
  EXPECT_EQ(extractor_of(FeatureKind::kSpectrogram).num_bins(), 201u);
  EXPECT_EQ(extractor_of(FeatureKind::kMelSpectrogram).num_bins(), 128u);
  EXPECT_EQ(extractor_of(FeatureKind::kMfcc).num_bins(), 40u);
  EXPECT_EQ(extractor_of(FeatureKind::kFbank).num_frames(16000), 98u);
  for (FeatureKind kind : kSpectrogramKinds) {
    FeatureExtractor extractor = extractor_of(kind);
    EXPECT_EQ(extractor.sample_rate_hz(), 16000);
    EXPECT_EQ(extractor.num_frames(0), 0u);
    EXPECT_EQ(extractor.num_frames(200), 0u);  // the mirror image needs more than half a frame
    EXPECT_EQ(extractor.num_frames(201), 2u);
    EXPECT_EQ(extractor.num_frames(16000), 81u);
    EXPECT_TRUE(extractor.compute(std::vector<float>(200)).values.empty());
    EXPECT_EQ(extractor.compute(std::vector<float>(201)).num_frames(), 2u);
  }
}

TEST(Features, FbankIsFbank) {
  const std::vector<float> samples = testing::noise(8000);
  EXPECT_EQ(extractor_of(FeatureKind::kFbank).compute(samples).values, Fbank::create({})->compute(samples).values);
}

// A long utterance leaves nothing behind: the next one's 80 dB floor is its own.
TEST(Features, UtterancesAreIndependent) {
  const std::vector<float> loud = testing::noise(9000, 0.9f), quiet = testing::noise(3000, 1e-4f);
  for (FeatureKind kind : kSpectrogramKinds) {
    FeatureExtractor used = extractor_of(kind);
    used.compute(loud);
    EXPECT_EQ(used.compute(quiet).values, extractor_of(kind).compute(quiet).values);
  }
}

TEST(Features, SilenceIsFinite) {
  for (FeatureKind kind : kSpectrogramKinds) {
    const FeatureMatrix features = extractor_of(kind).compute(std::vector<float>(4000));
    // Every mel bin of silence is -100 dB: of its cosines only the first is not 0.
    const double first = kind == FeatureKind::kMfcc ? -100 * std::sqrt(128.0) : 0;
    for (std::size_t t = 0; t < features.num_frames(); ++t)
      for (std::size_t k = 0; k < features.num_bins; ++k) EXPECT_NEAR(features.frame(t)[k], k == 0 ? first : 0, 1e-3);
  }
}

TEST(Features, RefuseOptionsOutOfRangeByName) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto expect = [](FeatureKind kind, SpectrogramOptions options, const std::string& name) {
    const Result<FeatureExtractor> extractor = FeatureExtractor::create(kind, {}, options);
    ASSERT_FALSE(extractor) << name;
    EXPECT_EQ(extractor.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(extractor.error().message.find(name), std::string::npos) << extractor.error().message;
  };
  for (FeatureKind kind : kSpectrogramKinds) {
    expect(kind, {.sample_rate_hz = 7999}, "sample_rate_hz");
    expect(kind, {.sample_rate_hz = 48001}, "sample_rate_hz");
    expect(kind, {.frame_length_ms = 4}, "frame_length_ms");
    expect(kind, {.frame_length_ms = 101}, "frame_length_ms");
    expect(kind, {.frame_length_ms = 25.1f}, "multiple of 4");
    expect(kind, {.frame_shift_ms = 26}, "frame_shift_ms");
    expect(kind, {.frame_shift_ms = nan}, "frame_shift_ms");
  }
  for (FeatureKind kind : {FeatureKind::kMelSpectrogram, FeatureKind::kMfcc}) {
    expect(kind, {.num_mel_bins = 3}, "num_mel_bins");
    expect(kind, {.num_mel_bins = 257}, "num_mel_bins");
    expect(kind, {.low_frequency_hz = nan}, "low_frequency_hz");
    expect(kind, {.high_frequency_hz = 8001}, "high_frequency_hz");
    expect(kind, {.low_frequency_hz = 8000}, "high_frequency_hz");
  }
  expect(FeatureKind::kMfcc, {.num_coefficients = 0}, "num_coefficients");
  expect(FeatureKind::kMfcc, {.num_mel_bins = 39}, "num_coefficients");
  // Options that a kind does not have may hold anything.
  EXPECT_TRUE(FeatureExtractor::create(FeatureKind::kSpectrogram, {.num_mel_bins = -1},
                                       {.num_mel_bins = -1, .high_frequency_hz = nan, .num_coefficients = 0}));
  EXPECT_TRUE(FeatureExtractor::create(FeatureKind::kMelSpectrogram, {}, {.num_coefficients = 0}));
  EXPECT_FALSE(FeatureExtractor::create(FeatureKind::kFbank, {.num_mel_bins = -1}, {}));
}

}  // namespace
}  // namespace voiceprint
