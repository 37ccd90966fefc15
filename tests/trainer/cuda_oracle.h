// What a crop becomes, by definition: direct sums in double, none of the kernels' arithmetic.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "crop_parameters.h"
#include "random.h"

namespace voiceprint::trainer {

inline double power_of_samples(const std::vector<double>& samples) {
  double sum = 0;
  for (const double x : samples) sum += x * x;
  return samples.empty() ? 0.0 : sum / static_cast<double>(samples.size());
}

// The first samples of x convolved with h, as many as x has, at the power of x.
inline std::vector<double> convolved(const std::vector<double>& x, const std::vector<float>& h) {
  std::vector<double> y(x.size(), 0.0);
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j <= i && j < h.size(); ++j) y[i] += x[i - j] * static_cast<double>(h[j]);
  const double changed = power_of_samples(y), gain = changed > 0 ? std::sqrt(power_of_samples(x) / changed) : 1;
  for (double& value : y) value *= gain;
  return y;
}

// Values of a run, 16-bit samples or floats.
inline std::vector<double> run_of(std::span<const std::int16_t> pcm, std::int64_t offset, std::int32_t count,
                                  bool is_float) {
  const std::int16_t* const first = pcm.data() + offset;
  std::vector<double> values;
  for (std::int32_t i = 0; i < count; ++i) {
    float value = 0;
    if (is_float) std::memcpy(&value, first + 2 * i, sizeof value);
    values.push_back(is_float ? static_cast<double>(value) : first[i] / 32768.0);
  }
  return values;
}

inline std::vector<double> crop_by_definition(std::span<const std::int16_t> pcm, const CropParameters& crop,
                                              std::int32_t num_samples,
                                              const std::vector<std::vector<float>>& responses) {
  std::vector<double> samples = run_of(pcm, crop.speech_offset, crop.speech_samples, crop.speech_is_float != 0);
  if (crop.room >= 0) samples = convolved(samples, responses[static_cast<std::size_t>(crop.room)]);
  if (crop.device >= 0) samples = convolved(samples, responses[static_cast<std::size_t>(crop.device)]);
  if (crop.noise_samples > 0) {
    const std::vector<double> run = run_of(pcm, crop.noise_offset, crop.noise_samples, crop.noise_is_float != 0);
    std::vector<double> noise;
    while (noise.size() < samples.size()) noise.push_back(run[noise.size() % run.size()]);
    const double power = power_of_samples(noise);
    const double gain =
        power < 1e-12 ? 0 : std::sqrt(power_of_samples(samples) / power * static_cast<double>(crop.noise_ratio));
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += gain * noise[i];
  }
  for (double& x : samples) x = std::clamp(x * static_cast<double>(crop.gain), -1.0, 1.0);
  samples.resize(static_cast<std::size_t>(num_samples), 0.0);
  return samples;
}

// SpecAugment on features [frames][num_bins].
inline void mask_by_definition(std::span<const std::int16_t> pcm, const CropParameters& crop, std::size_t num_bins,
                               std::span<float> features) {
  for (std::int32_t i = 0; i < crop.frame_masks + crop.bin_masks; ++i) {
    std::int32_t first = 0, width = 0;
    std::memcpy(&first, pcm.data() + crop.mask_offset + 4 * i, 4);
    std::memcpy(&width, pcm.data() + crop.mask_offset + 4 * i + 2, 4);
    for (std::size_t k = 0; k < features.size(); ++k) {
      const auto at = static_cast<std::int32_t>(i < crop.frame_masks ? k / num_bins : k % num_bins);
      if (at >= first && at < first + width) features[k] = 0;
    }
  }
}

// Decaying noise behind a direct sound, as a room answers.
inline std::vector<float> small_room(std::uint64_t seed, std::size_t length) {
  Random random{seed};
  std::vector<float> response(length);
  for (std::size_t i = 0; i < length; ++i)
    response[i] = static_cast<float>(0.3 * random.normal() *
                                     std::exp(-6.0 * static_cast<double>(i) / static_cast<double>(length)));
  response[0] = 1;
  return response;
}

inline std::vector<std::int16_t> pcm_noise(std::uint64_t seed, std::size_t length) {
  Random random{seed};
  std::vector<std::int16_t> pcm(length);
  for (std::int16_t& x : pcm) x = static_cast<std::int16_t>(std::clamp(3000 * random.normal(), -32768.0, 32767.0));
  return pcm;
}

// PCM and crops of every kind: plain, room, device, both, noise (long, short and repeated, silent), level with
// clipping, short, empty, everything, floats; with masks, several and none.
struct EveryKindOfCrop {
  std::vector<std::int16_t> pcm;
  std::vector<CropParameters> crops;

  // REQUIRES: three responses.
  explicit EveryKindOfCrop(std::int32_t num_samples) : pcm(pcm_noise(1, 2 * static_cast<std::size_t>(num_samples))) {
    const auto append = [this](const void* data, std::size_t bytes) {
      pcm.resize(pcm.size() + pcm.size() % 2);
      const std::size_t offset = pcm.size();
      pcm.resize(offset + bytes / sizeof(std::int16_t));
      std::memcpy(pcm.data() + offset, data, bytes);
      return static_cast<std::int64_t>(offset);
    };
    const std::vector<std::int16_t> silence(1000, 0);
    const std::int64_t silence_at = append(silence.data(), 2000);
    std::vector<float> floats;
    for (const std::int16_t x : pcm_noise(2, static_cast<std::size_t>(num_samples)))
      floats.push_back(static_cast<float>(x) / 7000.0f);
    const std::int64_t floats_at = append(floats.data(), floats.size() * sizeof(float));
    const CropMask masks[] = {{1, 1}, {3, 2}, {3, 7}, {79, 1}, {0, 0}};
    const std::int64_t masks_at = append(masks, sizeof masks);

    crops.resize(12);
    for (std::size_t row = 0; row < crops.size(); ++row) {
      crops[row].speech_offset = static_cast<std::int64_t>(row * 7);
      crops[row].speech_samples = num_samples;
    }
    const auto add_noise = [&](CropParameters& crop, std::int64_t offset, std::int32_t length) {
      crop.noise_offset = offset, crop.noise_samples = length, crop.noise_ratio = 0.25f;
    };
    crops[1].room = 0;
    crops[2].device = 2;
    crops[3].room = 1, crops[3].device = 2;
    add_noise(crops[4], num_samples, num_samples);
    add_noise(crops[5], num_samples + 11, 100);
    add_noise(crops[6], silence_at, 1000);
    crops[7].gain = 9;
    crops[8].speech_samples = num_samples / 3, crops[8].room = 1;
    add_noise(crops[8], num_samples, num_samples);
    crops[9].speech_samples = 0;
    crops[10].room = 0, crops[10].device = 2, crops[10].gain = 0.5f;
    add_noise(crops[10], 5, 333);
    crops[11].speech_offset = floats_at, crops[11].speech_is_float = 1, crops[11].room = 1;
    add_noise(crops[11], floats_at, num_samples / 2);
    crops[11].noise_is_float = 1;
    crops[4].mask_offset = masks_at, crops[4].frame_masks = 2;
    crops[10].mask_offset = masks_at, crops[10].frame_masks = 1, crops[10].bin_masks = 3;
    crops[11].mask_offset = masks_at + 2 * 4, crops[11].bin_masks = 3;
  }
};

}  // namespace voiceprint::trainer
