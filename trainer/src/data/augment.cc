#include "data/augment.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/codec.h"
#include "data/room_simulation.h"
#include "error.h"

namespace voiceprint::trainer {
namespace {

constexpr std::int32_t kSampleRateHz = 16000;
constexpr std::size_t kMaxResponse = kSampleRateHz;  // 1 s of a measured room is enough

double mean_power(std::span<const float> samples) {
  double sum = 0;
  for (const float x : samples) sum += static_cast<double>(x) * x;
  return samples.empty() ? 0.0 : sum / static_cast<double>(samples.size());
}

void scale_to_power(std::vector<float>& samples, double power) {
  const double changed = mean_power(samples);
  if (changed <= 0) return;
  const auto gain = static_cast<float>(std::sqrt(power / changed));
  for (float& x : samples) x *= gain;
}

// Linear convolution by FFT, cut to the input's length, at the input's power.
void convolve(std::vector<float>& samples, std::span<const float> response) {
  std::int64_t size = 1;
  while (size < static_cast<std::int64_t>(samples.size() + response.size())) size *= 2;
  const auto tensor = [](std::span<const float> values) {
    return torch::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())},
                            torch::kFloat32);
  };
  const double power = mean_power(samples);
  const torch::Tensor result =
      torch::fft::irfft(torch::fft::rfft(tensor(samples), size) * torch::fft::rfft(tensor(response), size), size);
  std::copy_n(result.const_data_ptr<float>(), samples.size(), samples.begin());
  scale_to_power(samples, power);
}

// The direct sound moved to the start, so that a room does not delay.
std::vector<float> from_direct_sound(std::span<const float> response) {
  const auto loudest =
      std::max_element(response.begin(), response.end(), [](float a, float b) { return std::abs(a) < std::abs(b); });
  const auto start = std::max(response.begin(), loudest - 16);
  return {start, std::min(response.end(), start + static_cast<std::ptrdiff_t>(kMaxResponse))};
}

std::vector<float> to_float(std::span<const std::int16_t> pcm) {
  std::vector<float> samples(pcm.size());
  std::transform(pcm.begin(), pcm.end(), samples.begin(),
                 [](std::int16_t x) { return static_cast<float>(x) / 32768.0f; });
  return samples;
}

// A second-order peak or shelf-like bell (R. Bristow-Johnson's cookbook, peaking EQ).
void peaking_filter(std::vector<float>& samples, const EqualiserBand& band) {
  const double a = std::pow(10.0, band.gain_db / 40.0), w = 2 * std::numbers::pi * band.frequency_hz / kSampleRateHz,
               alpha = std::sin(w) / (2 * band.q);
  const double a0 = 1 + alpha / a;
  const double b0 = (1 + alpha * a) / a0, b1 = -2 * std::cos(w) / a0, b2 = (1 - alpha * a) / a0, a1 = b1,
               a2 = (1 - alpha / a) / a0;
  double z1 = 0, z2 = 0;
  for (float& sample : samples) {
    const double x = sample, y = b0 * x + z1;
    z1 = b1 * x - a1 * y + z2;
    z2 = b2 * x - a2 * y;
    sample = static_cast<float>(y);
  }
}

// Noise whose spectrum falls by 0 to 6 dB per octave.
std::vector<float> coloured_noise(Random source, double pole, std::size_t length) {
  std::vector<float> noise(length);
  double state = 0;
  for (float& x : noise) x = static_cast<float>(state = pole * state + source.normal());
  return noise;
}

void mix_at_snr(std::vector<float>& samples, std::span<const float> noise, double snr_db) {
  const double noise_power = mean_power(noise);
  if (noise_power < 1e-12) return;
  const auto gain = static_cast<float>(std::sqrt(mean_power(samples) / noise_power * std::pow(10.0, -snr_db / 10)));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += gain * noise[i];
}

// The recording from `start` on, repeated when it is shorter.
void add_run(std::span<const std::int16_t> recording, std::size_t start, float gain, std::vector<float>& sum) {
  for (float& x : sum) {
    x += gain * static_cast<float>(recording[start]) / 32768.0f;
    if (++start == recording.size()) start = 0;
  }
}

// Moves by `shift` samples to the right; what leaves at one end enters at the other: digital silence is nothing that
// the network ever sees.
void rotate(std::vector<float>& samples, std::int64_t shift) {
  const auto size = static_cast<std::int64_t>(samples.size());
  if (size == 0) return;
  std::rotate(samples.begin(), samples.begin() + ((-shift % size) + size) % size, samples.end());
}

// Cuts off what is louder than all but `share` of the samples.
void clip_loudest(std::vector<float>& samples, double share) {
  const auto clipped = static_cast<std::size_t>(share * static_cast<double>(samples.size()));
  if (clipped == 0) return;
  std::vector<float> loudness(samples.size());
  std::transform(samples.begin(), samples.end(), loudness.begin(), [](float x) { return std::abs(x); });
  const auto limit = loudness.end() - static_cast<std::ptrdiff_t>(clipped + 1);
  std::nth_element(loudness.begin(), limit, loudness.end());
  for (float& x : samples) x = std::clamp(x, -*limit, *limit);
}

}  // namespace

Augmenter::Augmenter(const AugmentConfig& config, const DataConfig& data, const Pack& speech, std::uint64_t seed)
    : speech_(speech) {
  if (!data.noise_pack.empty()) noise_ = std::make_unique<Pack>(data.noise_pack, "data.noise_pack");
  if (!data.rir_pack.empty()) {
    const Pack responses(data.rir_pack, "data.rir_pack");
    for (const PackRecord& record : responses.records()) {
      const bool device = responses.speakers()[record.speaker] == "devices";
      (device ? devices_ : rooms_).push_back(from_direct_sound(to_float(responses.samples(record))));
    }
  }
  if (config.room > 0) {
    for (std::int64_t i = 0; i < config.simulated_rooms; ++i) {
      Random random{seed, 0x700, static_cast<std::uint64_t>(i)};
      rooms_.push_back(simulate_room(random, kSampleRateHz, config.room_min_rt60_s, config.room_max_rt60_s));
    }
    if (rooms_.empty())
      throw TrainerError("augment.room is set, but there is no room: give data.rir_pack or augment.simulated_rooms");
  }
}

EffectChoices Augmenter::choices() const {
  return {rooms_.size(), devices_.size(), noise_ ? noise_->records() : std::span<const PackRecord>(),
          speech_.records()};
}

std::span<const std::int16_t> Augmenter::recording(const NoiseRun& run) const {
  return noise_->samples(noise_->records()[run.recording]);
}

std::vector<std::vector<float>> Augmenter::responses() const {
  std::vector<std::vector<float>> all = rooms_;
  all.insert(all.end(), devices_.begin(), devices_.end());
  return all;
}

std::vector<float> Augmenter::make_noise(const AddedNoise& noise, std::size_t length) const {
  if (noise.kind == AddedNoise::Kind::kColoured) return coloured_noise(noise.source, noise.pole, length);
  std::vector<float> sum(length, 0.0f);
  if (noise.kind == AddedNoise::Kind::kRecorded) {
    add_run(recording(noise.runs.front()), noise.runs.front().start, 1.0f, sum);
  } else {
    for (const NoiseRun& run : noise.runs) {  // voices are equally loud
      const auto recording = speech_.samples(speech_.records()[run.recording]);
      double power = 0;
      for (const std::int16_t x : recording) power += static_cast<double>(x) * x;
      power = std::sqrt(power / static_cast<double>(recording.size())) / 32768.0;
      if (power > 0) add_run(recording, run.start, static_cast<float>(0.1 / power), sum);
    }
  }
  return sum;
}

void Augmenter::mix(const AddedNoise& noise, std::vector<float>& samples) const {
  mix_at_snr(samples, make_noise(noise, samples.size()), noise.snr_db);
}

void Augmenter::apply_uncut(const CropEffects& effects, std::vector<float>& samples) const {
  if (effects.shift != 0) rotate(samples, effects.shift);
  if (effects.room) convolve(samples, rooms_[*effects.room]);
  if (effects.device) convolve(samples, devices_[*effects.device]);
  if (effects.equaliser) {
    const double power = mean_power(samples);
    for (const EqualiserBand& band : *effects.equaliser) peaking_filter(samples, band);
    scale_to_power(samples, power);
  }
  if (effects.noise) mix(*effects.noise, samples);
  if (effects.babble) mix(*effects.babble, samples);
  const auto gain = static_cast<float>(std::pow(10.0, effects.gain_db / 20));
  for (float& x : samples) x *= gain;
  if (effects.clipped_share > 0) clip_loudest(samples, effects.clipped_share);
  if (effects.codec) apply_codec(*effects.codec, samples);
}

void Augmenter::apply(const CropEffects& effects, std::vector<float>& samples) const {
  apply_uncut(effects, samples);
  for (float& x : samples) x = std::clamp(x, -1.0f, 1.0f);
}

void mask_features(const CropEffects& effects, std::span<float> features, std::size_t num_bins) {
  for (const Mask& mask : effects.masked_frames)
    std::fill_n(features.begin() + static_cast<std::ptrdiff_t>(mask.first * num_bins), mask.width * num_bins, 0.0f);
  for (const Mask& mask : effects.masked_bins) {
    for (std::size_t first = mask.first; first < features.size(); first += num_bins)
      std::fill_n(features.begin() + static_cast<std::ptrdiff_t>(first), mask.width, 0.0f);
  }
}

}  // namespace voiceprint::trainer
