// What a crop becomes, by definition: direct sums in double, none of the kernels' arithmetic.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
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

inline std::vector<double> crop_by_definition(std::span<const std::int16_t> pcm, const CropParameters& crop,
                                              std::int32_t num_samples,
                                              const std::vector<std::vector<float>>& responses) {
  std::vector<double> samples;
  for (std::int32_t i = 0; i < crop.speech_samples; ++i)
    samples.push_back(pcm[static_cast<std::size_t>(crop.speech_offset + i)] / 32768.0);
  if (crop.room >= 0) samples = convolved(samples, responses[static_cast<std::size_t>(crop.room)]);
  if (crop.device >= 0) samples = convolved(samples, responses[static_cast<std::size_t>(crop.device)]);
  if (crop.noise_samples > 0) {
    std::vector<double> noise;
    std::int64_t at = crop.noise_start;
    while (noise.size() < samples.size()) {
      noise.push_back(pcm[static_cast<std::size_t>(crop.noise_offset + at)] / 32768.0);
      if (++at == crop.noise_samples) at = 0;
    }
    const double power = power_of_samples(noise);
    const double gain =
        power < 1e-12 ? 0 : std::sqrt(power_of_samples(samples) / power * static_cast<double>(crop.noise_ratio));
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += gain * noise[i];
  }
  for (double& x : samples) x = std::clamp(x * static_cast<double>(crop.gain), -1.0, 1.0);
  samples.resize(static_cast<std::size_t>(num_samples), 0.0);
  return samples;
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

// Every kind of crop: plain, room, device, both, noise (long, short and repeated, silent), level with clipping, short,
// empty, everything. REQUIRES: PCM of at least 2 * num_samples + 1500 with 1000 samples of silence at its end; three
// responses.
inline std::vector<CropParameters> every_kind_of_crop(std::int32_t num_samples, std::int64_t pcm_samples) {
  std::vector<CropParameters> crops(11);
  for (std::size_t row = 0; row < crops.size(); ++row) {
    crops[row].speech_offset = static_cast<std::int64_t>(row * 7);
    crops[row].speech_samples = num_samples;
  }
  const auto add_noise = [&](CropParameters& crop, std::int64_t offset, std::int32_t length, std::int32_t start) {
    crop.noise_offset = offset, crop.noise_samples = length, crop.noise_start = start, crop.noise_ratio = 0.25f;
  };
  crops[1].room = 0;
  crops[2].device = 2;
  crops[3].room = 1, crops[3].device = 2;
  add_noise(crops[4], num_samples, num_samples, 0);
  add_noise(crops[5], num_samples + 11, 100, 37);
  add_noise(crops[6], pcm_samples - 1000, 1000, 0);
  crops[7].gain = 9;
  crops[8].speech_samples = num_samples / 3, crops[8].room = 1;
  add_noise(crops[8], num_samples, num_samples, 0);
  crops[9].speech_samples = 0;
  crops[10].room = 0, crops[10].device = 2, crops[10].gain = 0.5f;
  add_noise(crops[10], 5, 333, 332);
  crops[4].masked_frame = 1, crops[4].masked_frames = 1;
  crops[10].masked_bin = 3, crops[10].masked_bins = 7, crops[10].masked_frames = 1;
  return crops;
}

}  // namespace voiceprint::trainer
