// The arithmetic of one Fbank frame around its FFT, in the order of additions of the core's Fbank::compute_frame.
#pragma once

#include <cmath>
#include <cstdint>

#include "host_device.h"

namespace voiceprint::trainer {

// 0 below one frame.
VOICEPRINT_HOST_DEVICE inline std::int32_t frames_in(std::int32_t samples, std::int32_t length, std::int32_t shift) {
  return samples < length ? 0 : 1 + (samples - length) / shift;
}

VOICEPRINT_HOST_DEVICE inline float join_lanes(const float* lane) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

// Every eighth sample from `lane` (0..7) on, as far as there are whole groups of eight.
VOICEPRINT_HOST_DEVICE inline float lane_sum(const float* samples, std::int32_t length, std::int32_t lane) {
  float sum = 0;
  for (std::int32_t i = lane; i < length - length % 8; i += 8) sum += samples[i];
  return sum;
}

// `lanes`: the eight lane sums.
VOICEPRINT_HOST_DEVICE inline float frame_mean(const float* lanes, const float* samples, std::int32_t length) {
  float sum = join_lanes(lanes);
  for (std::int32_t i = length - length % 8; i < length; ++i) sum += samples[i];
  return sum / static_cast<float>(length);
}

// Sample n of the frame without its mean, pre-emphasised and windowed.
VOICEPRINT_HOST_DEVICE inline float windowed_sample(const float* samples, std::int32_t n, float mean, float preemphasis,
                                                    const float* window) {
  return ((samples[n] - mean) - preemphasis * (samples[n == 0 ? 0 : n - 1] - mean)) * window[n];
}

VOICEPRINT_HOST_DEVICE inline float power_of(Complex x) {
  return x.re * x.re + x.im * x.im;
}

// `count` is a multiple of 8.
VOICEPRINT_HOST_DEVICE inline float mel_energy(const float* power, const float* weights, std::uint32_t count) {
  float lane[8] = {};
  for (std::uint32_t i = 0; i < count; i += 8)
    for (std::uint32_t k = 0; k < 8; ++k) lane[k] += power[i + k] * weights[i + k];
  return join_lanes(lane);
}

VOICEPRINT_HOST_DEVICE inline float log_energy(float energy) {
  constexpr float kFloor = 1.1920929e-07f;
  return logf(energy > kFloor ? energy : kFloor);
}

// Of MeanNormalisation::kLevel: the mean of the bins' means, summed bin after bin.
VOICEPRINT_HOST_DEVICE inline double level_mean(const double* means, std::int32_t num_bins) {
  double sum = 0;
  for (std::int32_t m = 0; m < num_bins; ++m) sum += means[m];
  return sum / num_bins;
}

// As subtract_mean() of the core; a bin's mean is summed in double, frame after frame.
VOICEPRINT_HOST_DEVICE inline float without_mean(float value, double mean) {
  return static_cast<float>(static_cast<double>(value) - mean);
}

}  // namespace voiceprint::trainer
