// The arithmetic of augmentation, sample by sample: what `data/augment` computes on the host.
#pragma once

#include <cmath>
#include <cstdint>

#include "crop_parameters.h"
#include "host_device.h"

namespace voiceprint::trainer {

// 16-bit PCM to [-1, 1).
VOICEPRINT_HOST_DEVICE inline float from_pcm(std::int16_t sample) {
  return static_cast<float>(sample) / 32768.0f;
}

// Sample i of the crop, of any i.
VOICEPRINT_HOST_DEVICE inline float speech_sample(const std::int16_t* pcm, const CropParameters& crop, std::int32_t i) {
  return i < crop.speech_samples ? from_pcm(pcm[crop.speech_offset + i]) : 0.0f;
}

// Sample i of the noise, which repeats. REQUIRES: noise_samples > 0.
VOICEPRINT_HOST_DEVICE inline float noise_sample(const std::int16_t* pcm, const CropParameters& crop, std::int32_t i) {
  const std::int64_t at = static_cast<std::int64_t>(crop.noise_start) + i;
  return from_pcm(pcm[crop.noise_offset + at % crop.noise_samples]);
}

VOICEPRINT_HOST_DEVICE inline double square(float x) {
  return static_cast<double>(x) * static_cast<double>(x);
}

// What brings noise to `ratio` times the power of the speech; silence stays away.
VOICEPRINT_HOST_DEVICE inline float noise_gain(double speech_power, double noise_power, float ratio) {
  if (noise_power < 1e-12) return 0;
  return static_cast<float>(sqrt(speech_power / noise_power * static_cast<double>(ratio)));
}

// What brings a changed signal back to its power.
VOICEPRINT_HOST_DEVICE inline float restoring_gain(double power, double changed_power) {
  return changed_power > 0 ? static_cast<float>(sqrt(power / changed_power)) : 1.0f;
}

VOICEPRINT_HOST_DEVICE inline float at_level(float sample, float gain) {
  const float x = sample * gain;
  return x < -1.0f ? -1.0f : x > 1.0f ? 1.0f : x;
}

VOICEPRINT_HOST_DEVICE inline bool has_response(const CropParameters& crop) {
  return crop.room >= 0 || crop.device >= 0;
}

// Bin k of the crop's spectrum after its room and its device. `responses`: spectra [number][spectrum_bins].
VOICEPRINT_HOST_DEVICE inline Complex heard(Complex bin, const CropParameters& crop, const Complex* responses,
                                            std::int64_t spectrum_bins, std::int64_t k) {
  if (crop.room >= 0) bin = product(bin, responses[crop.room * spectrum_bins + k]);
  if (crop.device >= 0) bin = product(bin, responses[crop.device * spectrum_bins + k]);
  return bin;
}

VOICEPRINT_HOST_DEVICE inline bool is_masked(const CropParameters& crop, std::int32_t frame, std::int32_t bin) {
  return (frame >= crop.masked_frame && frame - crop.masked_frame < crop.masked_frames) ||
         (bin >= crop.masked_bin && bin - crop.masked_bin < crop.masked_bins);
}

}  // namespace voiceprint::trainer
