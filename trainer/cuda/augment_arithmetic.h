// The arithmetic of augmentation, sample by sample: what `data/augment` computes on the host.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "crop_parameters.h"
#include "host_device.h"

namespace voiceprint::trainer {

// 16-bit PCM to [-1, 1).
VOICEPRINT_HOST_DEVICE inline float from_pcm(std::int16_t sample) {
  return static_cast<float>(sample) / 32768.0f;
}

// Value i of a run of the batch's PCM: 16-bit samples, or floats.
VOICEPRINT_HOST_DEVICE inline float run_value(const std::int16_t* pcm, std::int64_t offset, bool is_float,
                                              std::int64_t i) {
  if (!is_float) return from_pcm(pcm[offset + i]);
  float value;
  memcpy(&value, pcm + offset + 2 * i, sizeof value);
  return value;
}

// Sample i of the crop, of any i.
VOICEPRINT_HOST_DEVICE inline float speech_sample(const std::int16_t* pcm, const CropParameters& crop, std::int32_t i) {
  return i < crop.speech_samples ? run_value(pcm, crop.speech_offset, crop.speech_is_float != 0, i) : 0.0f;
}

// Sample i of the noise, which repeats. REQUIRES: noise_samples > 0.
VOICEPRINT_HOST_DEVICE inline float noise_sample(const std::int16_t* pcm, const CropParameters& crop, std::int32_t i) {
  return run_value(pcm, crop.noise_offset, crop.noise_is_float != 0,
                   i < crop.noise_samples ? i : i % crop.noise_samples);
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

VOICEPRINT_HOST_DEVICE inline bool is_masked(const std::int16_t* pcm, const CropParameters& crop, std::int32_t frame,
                                             std::int32_t bin) {
  for (std::int32_t i = 0; i < crop.frame_masks + crop.bin_masks; ++i) {
    CropMask mask;
    memcpy(&mask, pcm + crop.mask_offset + i * kSamplesPerMask, sizeof mask);
    const std::int32_t at = i < crop.frame_masks ? frame : bin;
    if (at >= mask.first && at - mask.first < mask.width) return true;
  }
  return false;
}

}  // namespace voiceprint::trainer
