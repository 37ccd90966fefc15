#include "data/augment.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/codec.h"
#include "data/room_simulation.h"
#include "error.h"
#include "voiceprint/resampler.h"

namespace voiceprint::trainer {
namespace {

constexpr std::int32_t kSampleRateHz = 16000;
constexpr std::size_t kMaxResponse = kSampleRateHz;  // 1 s of a measured room is enough

double mean_power(std::span<const float> samples) {
  double sum = 0;
  for (const float x : samples) sum += static_cast<double>(x) * x;
  return samples.empty() ? 0.0 : sum / static_cast<double>(samples.size());
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
  const double changed = mean_power(samples);
  if (changed <= 0) return;
  const auto gain = static_cast<float>(std::sqrt(power / changed));
  for (float& x : samples) x *= gain;
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
void peaking_filter(std::vector<float>& samples, double frequency_hz, double gain_db, double q) {
  const double a = std::pow(10.0, gain_db / 40.0), w = 2 * std::numbers::pi * frequency_hz / kSampleRateHz,
               alpha = std::sin(w) / (2 * q);
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
std::vector<float> coloured_noise(Random& random, std::size_t length) {
  const double pole = random.uniform(0.0, 0.98);
  std::vector<float> noise(length);
  double state = 0;
  for (float& x : noise) x = static_cast<float>(state = pole * state + random.normal());
  return noise;
}

void mix_at_snr(std::vector<float>& samples, std::span<const float> noise, double snr_db) {
  const double noise_power = mean_power(noise);
  if (noise_power < 1e-12) return;
  const auto gain = static_cast<float>(std::sqrt(mean_power(samples) / noise_power * std::pow(10.0, -snr_db / 10)));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += gain * noise[i];
}

// A run of `length` samples from a random place of the recording, repeated when it is shorter.
void add_run(Random& random, std::span<const std::int16_t> recording, float gain, std::vector<float>& sum) {
  std::size_t position = random.below(recording.size());
  for (float& x : sum) {
    x += gain * static_cast<float>(recording[position]) / 32768.0f;
    if (++position == recording.size()) position = 0;
  }
}

std::pair<std::int32_t, std::int32_t> speed_rates(int speed) {
  return speed == 1 ? std::pair{14400, 16000} : std::pair{17600, 16000};
}

}  // namespace

Augmenter::Augmenter(const AugmentConfig& config, const DataConfig& data, const Pack& speech, std::uint64_t seed)
    : config_(config), speech_(speech) {
  if (!data.noise_pack.empty()) noise_ = std::make_unique<Pack>(data.noise_pack);
  if (!data.rir_pack.empty()) {
    const Pack responses(data.rir_pack);
    for (const PackRecord& record : responses.records()) {
      const bool device = responses.speakers()[record.speaker] == "devices";
      (device ? devices_ : rooms_).push_back(from_direct_sound(to_float(responses.samples(record))));
    }
  }
  if (config_.room > 0) {
    for (std::int64_t i = 0; i < config_.simulated_rooms; ++i) {
      Random random{seed, 0x700, static_cast<std::uint64_t>(i)};
      rooms_.push_back(simulate_room(random, kSampleRateHz));
    }
    if (rooms_.empty())
      throw TrainerError("augment.room is set, but there is no room: give data.rir_pack or augment.simulated_rooms");
  }
}

int Augmenter::draw_speed(Random& random) const {
  return random.chance(config_.speed) ? 1 + static_cast<int>(random.below(2)) : 0;
}

std::size_t Augmenter::samples_before_speed(std::size_t length, int speed) {
  if (speed == 0) return length;
  const auto [from, to] = speed_rates(speed);
  return length * static_cast<std::size_t>(from) / static_cast<std::size_t>(to) + 1;
}

std::vector<float> Augmenter::change_speed(std::vector<float> samples, int speed, std::size_t length) {
  if (speed != 0) {
    const auto [from, to] = speed_rates(speed);
    samples = take(resample(samples, from, to));
  }
  samples.resize(length, 0.0f);
  return samples;
}

void Augmenter::add_room(Random& random, std::vector<float>& samples) const {
  convolve(samples, rooms_[random.below(rooms_.size())]);
}

void Augmenter::add_device(Random& random, std::vector<float>& samples) const {
  if (!devices_.empty() && random.chance(0.4)) return convolve(samples, devices_[random.below(devices_.size())]);
  const double power = mean_power(samples);
  peaking_filter(samples, random.uniform(80, 400), random.uniform(-9, 9), random.uniform(0.3, 1.0));
  peaking_filter(samples, random.uniform(400, 2000), random.uniform(-6, 6), random.uniform(0.3, 1.0));
  peaking_filter(samples, random.uniform(2000, 7000), random.uniform(-12, 12), random.uniform(0.3, 1.0));
  const double changed = mean_power(samples);
  if (changed <= 0) return;
  const auto gain = static_cast<float>(std::sqrt(power / changed));
  for (float& x : samples) x *= gain;
}

void Augmenter::add_noise(Random& random, std::vector<float>& samples) const {
  const double snr_db = random.uniform(config_.min_snr_db, config_.max_snr_db);
  std::vector<float> noise(samples.size(), 0.0f);
  const double kind = random.uniform();
  if (kind < 0.5 && noise_ != nullptr) {
    add_run(random, noise_->samples(noise_->records()[random.below(noise_->records().size())]), 1.0f, noise);
  } else if (kind < 0.75) {
    noise = coloured_noise(random, samples.size());
  } else {  // babble: 3 to 7 voices, never louder than 5 dB below the speaker
    const std::uint64_t voices = 3 + random.below(5);
    for (std::uint64_t v = 0; v < voices; ++v) {
      const auto recording = speech_.samples(speech_.records()[random.below(speech_.records().size())]);
      double power = 0;
      for (const std::int16_t x : recording) power += static_cast<double>(x) * x;
      power = std::sqrt(power / static_cast<double>(recording.size())) / 32768.0;
      if (power > 0) add_run(random, recording, static_cast<float>(0.1 / power), noise);
    }
    return mix_at_snr(samples, noise, std::max(5.0, snr_db));
  }
  mix_at_snr(samples, noise, snr_db);
}

void Augmenter::apply(Random& random, std::vector<float>& samples) const {
  if (random.chance(config_.room)) add_room(random, samples);
  if (random.chance(config_.device)) add_device(random, samples);
  if (random.chance(config_.noise)) add_noise(random, samples);
  if (random.chance(config_.gain)) {
    const auto gain = static_cast<float>(std::pow(10.0, random.uniform(-config_.gain_db, config_.gain_db) / 20));
    for (float& x : samples) x *= gain;
  }
  if (random.chance(config_.codec)) apply_random_codec(random, samples);
  for (float& x : samples) x = std::clamp(x, -1.0f, 1.0f);
}

void Augmenter::mask(Random& random, std::span<float> features, std::size_t num_bins) const {
  if (!random.chance(config_.spec)) return;
  const std::size_t frames = features.size() / num_bins;
  const std::size_t width =
      random.below(std::min<std::uint64_t>(static_cast<std::uint64_t>(config_.spec_time_frames), frames / 4) + 1);
  const std::size_t first = random.below(frames - width + 1);
  std::fill_n(features.begin() + static_cast<std::ptrdiff_t>(first * num_bins), width * num_bins, 0.0f);
  const std::size_t bins =
      random.below(std::min<std::uint64_t>(static_cast<std::uint64_t>(config_.spec_bins), num_bins / 2) + 1);
  const std::size_t lowest = random.below(num_bins - bins + 1);
  for (std::size_t t = 0; t < frames; ++t)
    std::fill_n(features.begin() + static_cast<std::ptrdiff_t>(t * num_bins + lowest), bins, 0.0f);
}

}  // namespace voiceprint::trainer
