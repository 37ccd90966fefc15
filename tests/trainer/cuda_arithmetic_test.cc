// The arithmetic of trainer/cuda, run in loops on the host where the GPU runs it in threads. In place of cuFFT: the
// core's FFT for Fbank, a plain sum for convolution.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "augment_arithmetic.h"
#include "cuda_oracle.h"
#include "expect_error.h"
#include "fbank_arithmetic.h"
#include "real_fft.h"
#include "test_signals.h"
#include "voiceprint/fbank.h"

namespace voiceprint::trainer {
namespace {

using ::voiceprint::testing::noise;

struct Turn {
  double cosine, sine;
};

std::vector<Turn> turns(std::size_t size) {
  std::vector<Turn> table(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(size);
    table[i] = {std::cos(angle), std::sin(angle)};
  }
  return table;
}

// What cuFFT gives of the samples padded to `size`, but for rounding: bins 0..size/2.
std::vector<Complex> spectrum_of(std::span<const float> samples, std::size_t size) {
  const std::vector<Turn> table = turns(size);
  std::vector<Complex> spectrum(size / 2 + 1);
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    double re = 0, im = 0;
    for (std::size_t n = 0; n < samples.size(); ++n) {
      const Turn& turn = table[k * n % size];
      re += static_cast<double>(samples[n]) * turn.cosine, im -= static_cast<double>(samples[n]) * turn.sine;
    }
    spectrum[k] = {static_cast<float>(re), static_cast<float>(im)};
  }
  return spectrum;
}

// Unscaled, as cuFFT's.
std::vector<float> samples_of(std::span<const Complex> spectrum, std::size_t count) {
  const std::size_t size = 2 * (spectrum.size() - 1);
  const std::vector<Turn> table = turns(size);
  std::vector<float> samples(count);
  for (std::size_t n = 0; n < count; ++n) {
    double sum = 0;
    for (std::size_t k = 0; k < spectrum.size(); ++k) {
      const Turn& turn = table[k * n % size];
      const double both = k == 0 || k == size / 2 ? 1 : 2;
      sum +=
          both * (static_cast<double>(spectrum[k].re) * turn.cosine - static_cast<double>(spectrum[k].im) * turn.sine);
    }
    samples[n] = static_cast<float>(sum);
  }
  return samples;
}

// FbankPlan::run for one row, with the core's FFT.
std::vector<float> emulated_fbank(const Fbank& core, std::span<const float> samples, std::int32_t valid_samples,
                                  bool of_level = false) {
  const FbankTables tables = core.tables();
  const auto length = static_cast<std::int32_t>(core.frame_length()),
             shift = static_cast<std::int32_t>(core.frame_shift());
  const std::int32_t frames = frames_in(static_cast<std::int32_t>(samples.size()), length, shift);
  const std::size_t bins = tables.triangles.size();
  RealFft fft(tables.fft_size);
  std::vector<float> features;
  for (std::int32_t t = 0; t < frames; ++t) {
    const float* const frame = samples.data() + t * shift;
    float lanes[8];
    for (std::int32_t lane = 0; lane < 8; ++lane) lanes[lane] = lane_sum(frame, length, lane);
    const float mean = frame_mean(lanes, frame, length);
    std::vector<float> windowed;
    for (std::int32_t n = 0; n < length; ++n)
      windowed.push_back(windowed_sample(frame, n, mean, core.options().preemphasis, tables.window.data()));
    windowed.resize(tables.fft_size, 0.0f);
    std::vector<float> power(tables.fft_size / 2 + 1);
    fft.power_spectrum(windowed, power);
    power.resize(power.size() + 8, 0.0f);
    for (const MelTriangle& triangle : tables.triangles)
      features.push_back(log_energy(
          mel_energy(power.data() + triangle.first, tables.weights.data() + triangle.weights, triangle.count)));
  }
  const std::int32_t valid = std::min(frames, frames_in(valid_samples, length, shift));
  std::vector<double> means;
  for (std::size_t m = 0; m < bins; ++m) {
    double sum = 0;
    for (std::int32_t t = 0; t < valid; ++t)
      sum += static_cast<double>(features[static_cast<std::size_t>(t) * bins + m]);
    means.push_back(sum / valid);
  }
  const double level = level_mean(means.data(), static_cast<std::int32_t>(bins));
  for (std::size_t i = 0; i < features.size(); ++i)
    features[i] = static_cast<std::int32_t>(i / bins) < valid
                      ? without_mean(features[i], of_level ? level : means[i % bins])
                      : 0.0f;
  return features;
}

// AugmentPlan::run for one row.
std::vector<float> emulated_augmentation(std::span<const std::int16_t> pcm, const CropParameters& crop,
                                         std::int32_t num_samples, const std::vector<std::vector<float>>& responses) {
  constexpr std::size_t kSize = 1024;
  const auto own = static_cast<std::size_t>(crop.speech_samples);
  const auto mean_power = [own](const auto& sample) {
    double sum = 0;
    for (std::size_t i = 0; i < own; ++i) sum += square(sample(static_cast<std::int32_t>(i)));
    return own > 0 ? sum / static_cast<double>(own) : 0.0;
  };
  std::vector<float> samples;
  for (std::int32_t i = 0; i < num_samples; ++i) samples.push_back(speech_sample(pcm.data(), crop, i));
  const auto speech = [&](std::int32_t i) { return samples[static_cast<std::size_t>(i)]; };
  if (has_response(crop)) {
    std::vector<Complex> bank;
    for (const auto& response : responses) {
      const std::vector<Complex> spectrum = spectrum_of(response, kSize);
      bank.insert(bank.end(), spectrum.begin(), spectrum.end());
    }
    const double power = mean_power(speech);
    std::vector<Complex> spectrum = spectrum_of(samples, kSize);
    for (std::size_t k = 0; k < spectrum.size(); ++k)
      spectrum[k] = heard(spectrum[k], crop, bank.data(), kSize / 2 + 1, static_cast<std::int64_t>(k));
    const std::vector<float> changed = samples_of(spectrum, own);
    for (std::size_t i = 0; i < own; ++i) samples[i] = changed[i] / static_cast<float>(kSize);
    const float gain = restoring_gain(power, mean_power(speech));
    for (float& x : samples) x *= gain;
  }
  float gain = 0;
  if (crop.noise_samples > 0)
    gain = noise_gain(mean_power(speech), mean_power([&](std::int32_t i) { return noise_sample(pcm.data(), crop, i); }),
                      crop.noise_ratio);
  for (std::size_t i = 0; i < own; ++i) {
    if (crop.noise_samples > 0) samples[i] += gain * noise_sample(pcm.data(), crop, static_cast<std::int32_t>(i));
    samples[i] = at_level(samples[i], crop.gain);
  }
  return samples;
}

// All that may differ: the logarithm, C's here and the core's own there. One unit in the last place of 16 is 1.9e-6.
constexpr float kLogarithm = 2e-6f;

TEST(CudaArithmetic, FbankEqualsTheCore) {
  FbankOptions narrow;  // a frame length that is no multiple of 8, so that the sum has a rest
  narrow.sample_rate_hz = 8000, narrow.num_mel_bins = 24, narrow.high_frequency_hz = 3700,
  narrow.frame_length_ms = 25.5f;
  for (const FbankOptions& options : {FbankOptions{}, narrow}) {
    Fbank core = take(Fbank::create(options));
    for (const float level : {1.0f, 0.01f, 0.0f}) {
      std::vector<float> samples = noise(2000, level);
      for (float& x : samples) x += 0.1f;  // an offset, which each frame loses
      for (const MeanNormalisation normalisation : {MeanNormalisation::kUtterance, MeanNormalisation::kLevel}) {
        std::vector<float> wanted = core.compute(samples).values;
        subtract_mean(wanted, core.tables().triangles.size(), normalisation);
        const std::vector<float> features =
            emulated_fbank(core, samples, 2000, normalisation == MeanNormalisation::kLevel);
        ASSERT_EQ(features.size(), wanted.size());
        for (std::size_t i = 0; i < features.size(); ++i)
          ASSERT_NEAR(features[i], wanted[i], kLogarithm) << level << " at " << i;
      }
    }
  }
}

TEST(CudaArithmetic, PaddingLeavesTheMeanAlone) {
  Fbank core = take(Fbank::create({}));
  std::vector<float> samples = noise(1500);
  std::vector<float> wanted = core.compute(samples).values;
  subtract_mean(wanted, 80);
  samples.resize(2000, 0.0f);
  const std::vector<float> features = emulated_fbank(core, samples, 1500);
  ASSERT_EQ(features.size(), core.num_frames(2000) * 80);
  for (std::size_t i = 0; i < features.size(); ++i)
    ASSERT_NEAR(features[i], i < wanted.size() ? wanted[i] : 0.0f, kLogarithm) << i;
}

TEST(CudaArithmetic, AugmentationEqualsItsDefinition) {
  constexpr std::int32_t kSamples = 600;
  const std::vector<std::vector<float>> responses = {small_room(2, 200), small_room(3, 120), small_room(4, 30)};
  const EveryKindOfCrop input(kSamples);
  const auto& [pcm, crops] = input;
  for (std::size_t row = 0; row < crops.size(); ++row) {
    const std::vector<float> samples = emulated_augmentation(pcm, crops[row], kSamples, responses);
    const std::vector<double> wanted = crop_by_definition(pcm, crops[row], kSamples, responses);
    ASSERT_EQ(samples.size(), wanted.size());
    for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_NEAR(samples[i], wanted[i], 1e-6) << row << " at " << i;
  }
}

TEST(CudaArithmetic, MasksCoverWhatTheySay) {
  const EveryKindOfCrop input(600);
  for (const CropParameters& crop : input.crops) {
    std::vector<float> wanted(8 * 80, 1.0f);
    mask_by_definition(input.pcm, crop, 80, wanted);
    for (std::int32_t t = 0; t < 8; ++t)
      for (std::int32_t m = 0; m < 80; ++m)
        EXPECT_EQ(is_masked(input.pcm.data(), crop, t, m), wanted[static_cast<std::size_t>(t * 80 + m)] == 0)
            << t << " " << m;
  }
  EXPECT_TRUE(is_masked(input.pcm.data(), input.crops[4], 4, 0));
  EXPECT_TRUE(is_masked(input.pcm.data(), input.crops[10], 7, 79));
  EXPECT_FALSE(is_masked(input.pcm.data(), input.crops[0], 1, 3));
}

TEST(CropParameters, OutOfRangeAreNamed) {
  const auto check = [](const CropParameters& crop) {
    const std::vector<CropParameters> rows = {{}, crop};
    check_crop_parameters(rows, 100, 1000, 2);
  };
  CropParameters good;
  good.speech_offset = 900, good.speech_samples = 100, good.room = 1;
  check(good);
  const auto with = [&](auto&& change) {
    CropParameters crop = good;
    change(crop);
    return crop;
  };
  EXPECT_ERROR(check(with([](auto& c) { c.speech_samples = 101; })),
               "crop 1: speech_samples is 101; it must be 0..100");
  EXPECT_ERROR(check(with([](auto& c) { c.speech_offset = 901; })), "crop 1: speech_offset is 901; it must be 0..900");
  EXPECT_ERROR(check(with([](auto& c) { c.speech_offset = -1; })), "speech_offset is -1");
  EXPECT_ERROR(check(with([](auto& c) { c.noise_samples = 1001; })), "noise_samples is 1001");
  EXPECT_ERROR(check(with([](auto& c) { c.noise_samples = 10, c.noise_offset = 991; })), "noise_offset is 991");
  EXPECT_ERROR(check(with([](auto& c) { c.speech_is_float = 1; })), "speech_offset is 900; it must be 0..800");
  EXPECT_ERROR(check(with([](auto& c) { c.speech_is_float = 1, c.speech_offset = 11; })), "need an even one");
  EXPECT_ERROR(check(with([](auto& c) { c.noise_samples = 501, c.noise_is_float = 1; })), "must be 0..500");
  EXPECT_ERROR(check(with([](auto& c) { c.frame_masks = 2, c.bin_masks = 249; })), "masks is 251; it must be 0..250");
  EXPECT_ERROR(check(with([](auto& c) { c.frame_masks = 1, c.mask_offset = 998; })), "mask_offset is 998");
  EXPECT_ERROR(check(with([](auto& c) { c.bin_masks = -1; })), "bin_masks is -1");
  EXPECT_ERROR(check(with([](auto& c) { c.room = 2; })), "room is 2; it must be -1..1");
  EXPECT_ERROR(check(with([](auto& c) { c.device = -2; })), "device is -2");
  EXPECT_ERROR(check(with([](auto& c) { c.noise_ratio = -1; })), "noise_ratio");
  EXPECT_ERROR(check(with([](auto& c) { c.gain = std::nanf(""); })), "gain");
}

}  // namespace
}  // namespace voiceprint::trainer
