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
#include "run/config.h"
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
std::vector<float> emulated_fbank(const Fbank& core, std::span<const float> samples, std::int32_t valid_samples) {
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
  for (std::size_t m = 0; m < bins; ++m) {
    double sum = 0;
    for (std::int32_t t = 0; t < valid; ++t)
      sum += static_cast<double>(features[static_cast<std::size_t>(t) * bins + m]);
    for (std::int32_t t = 0; t < frames; ++t) {
      float& value = features[static_cast<std::size_t>(t) * bins + m];
      value = t < valid ? without_mean(value, sum / valid) : 0.0f;
    }
  }
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
      std::vector<float> wanted = core.compute(samples).values;
      subtract_mean(wanted, core.tables().triangles.size());
      const std::vector<float> features = emulated_fbank(core, samples, 2000);
      ASSERT_EQ(features.size(), wanted.size());
      for (std::size_t i = 0; i < features.size(); ++i)
        ASSERT_NEAR(features[i], wanted[i], kLogarithm) << level << " at " << i;
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
  std::vector<std::int16_t> pcm = pcm_noise(1, 2 * kSamples + 1500);
  std::fill(pcm.end() - 1000, pcm.end(), std::int16_t{0});
  const std::vector<std::vector<float>> responses = {small_room(2, 200), small_room(3, 120), small_room(4, 30)};
  const std::vector<CropParameters> crops = every_kind_of_crop(kSamples, static_cast<std::int64_t>(pcm.size()));
  for (std::size_t row = 0; row < crops.size(); ++row) {
    const std::vector<float> samples = emulated_augmentation(pcm, crops[row], kSamples, responses);
    const std::vector<double> wanted = crop_by_definition(pcm, crops[row], kSamples, responses);
    ASSERT_EQ(samples.size(), wanted.size());
    for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_NEAR(samples[i], wanted[i], 1e-6) << row << " at " << i;
  }
}

TEST(CudaArithmetic, MasksCoverWhatTheySay) {
  CropParameters crop;
  crop.masked_frame = 2, crop.masked_frames = 3, crop.masked_bin = 70, crop.masked_bins = 10;
  for (std::int32_t t = 0; t < 8; ++t)
    for (std::int32_t m = 0; m < 80; ++m)
      EXPECT_EQ(is_masked(crop, t, m), (t == 2 || t == 3 || t == 4) || m >= 70) << t << " " << m;
  EXPECT_FALSE(is_masked({}, 0, 0));
}

TEST(CropParameters, AreDrawnFromTheSeedWithinTheConfiguration) {
  AugmentConfig config;
  config.room = config.device = config.noise = config.gain = config.spec = 0.5;
  config.min_snr_db = 0, config.max_snr_db = 20, config.gain_db = 6;
  const CropChoices choices{3, 2, 198, 80};
  int rooms = 0, devices = 0, noises = 0, gains = 0, masks = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Random random{seed}, same{seed};
    CropParameters crop = draw_crop_parameters(random, config, choices);
    const CropParameters again = draw_crop_parameters(same, config, choices);
    EXPECT_EQ(crop.gain, again.gain);
    EXPECT_EQ(crop.masked_bin, again.masked_bin);
    EXPECT_EQ(random.bits(), same.bits());
    EXPECT_TRUE(crop.room >= -1 && crop.room < 3);
    EXPECT_TRUE(crop.device == -1 || crop.device == 3 || crop.device == 4);
    EXPECT_TRUE(crop.noise_ratio == 0 || (crop.noise_ratio > 0.0099f && crop.noise_ratio <= 1.0f));
    EXPECT_TRUE(crop.gain > 0.5f && crop.gain < 2.0f);
    EXPECT_TRUE(crop.masked_frame >= 0 && crop.masked_frames <= 20 && crop.masked_frame + crop.masked_frames <= 198);
    EXPECT_TRUE(crop.masked_bin >= 0 && crop.masked_bins <= 10 && crop.masked_bin + crop.masked_bins <= 80);
    rooms += crop.room >= 0, devices += crop.device >= 0, noises += crop.noise_ratio > 0, gains += crop.gain != 1;
    masks += crop.masked_frames > 0;
  }
  for (const int count : {rooms, devices, noises, gains, masks}) EXPECT_NEAR(count, 500, 60);
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
  EXPECT_ERROR(check(with([](auto& c) { c.noise_samples = 10, c.noise_start = 10; })), "noise_start is 10");
  EXPECT_ERROR(check(with([](auto& c) { c.room = 2; })), "room is 2; it must be -1..1");
  EXPECT_ERROR(check(with([](auto& c) { c.device = -2; })), "device is -2");
  EXPECT_ERROR(check(with([](auto& c) { c.noise_ratio = -1; })), "noise_ratio");
  EXPECT_ERROR(check(with([](auto& c) { c.gain = std::nanf(""); })), "gain");
}

}  // namespace
}  // namespace voiceprint::trainer
