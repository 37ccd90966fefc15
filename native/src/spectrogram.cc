#include "spectrogram.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "dot.h"
#include "feature_options.h"
#include "frame_loops.h"
#include "portable_math.h"

namespace voiceprint {
namespace {

constexpr float kPowerFloor = 1e-10f;
constexpr float kTopDb = 80.0f;
constexpr double kDbPerNeper = 10 / std::numbers::ln10;

}  // namespace

Spectrogram::Spectrogram(FeatureKind kind, const SpectrogramOptions& o, std::size_t length, std::size_t shift)
    : kind_(kind),
      sample_rate_hz_(o.sample_rate_hz),
      shift_(shift),
      fft_(length),
      bank_(kind == FeatureKind::kSpectrogram ? 0 : static_cast<std::size_t>(o.num_mel_bins)),
      window_(length),
      row_size_((bank_.num_bins() + 7) / 8 * 8),
      frame_(length),
      power_(length / 2 + 1 + MelBank::kPadding, 0.0f) {
  for (std::size_t i = 0; i < length; ++i) {
    const double sine = sin_pi(static_cast<double>(i) / static_cast<double>(length));
    window_[i] = static_cast<float>(sine * sine);
  }
  if (kind == FeatureKind::kSpectrogram) return;

  std::vector<double> hz(length / 2 + 1);
  for (std::size_t k = 0; k < hz.size(); ++k)
    hz[k] = static_cast<double>(o.sample_rate_hz) * static_cast<double>(k) / static_cast<double>(length);
  // Equal steps in mel are equal steps in the logarithm.
  const double low = portable_log(1 + static_cast<double>(o.low_frequency_hz) / 700);
  const double step = (portable_log(1 + static_cast<double>(o.high_frequency_hz) / 700) - low) / (o.num_mel_bins + 1);
  const auto corner = [&](std::size_t i) { return 700 * (portable_exp(low + step * static_cast<double>(i)) - 1); };
  for (std::size_t m = 0; m < bank_.num_bins(); ++m) {
    const double left = corner(m), centre = corner(m + 1), right = corner(m + 2);
    bank_.set(m, hz, left, centre - left, right - centre);
  }
  if (kind == FeatureKind::kMelSpectrogram) return;

  cosines_.resize(static_cast<std::size_t>(o.num_coefficients) * row_size_);
  for (std::int32_t k = 0; k < o.num_coefficients; ++k)
    for (std::int32_t m = 0; m < o.num_mel_bins; ++m)
      cosines_[static_cast<std::size_t>(k) * row_size_ + static_cast<std::size_t>(m)] = static_cast<float>(
          kDbPerNeper * std::sqrt((k == 0 ? 1.0 : 2.0) / o.num_mel_bins) * cos_pi((m + 0.5) * k / o.num_mel_bins));
}

Result<std::unique_ptr<Spectrogram>> Spectrogram::create(FeatureKind kind, const SpectrogramOptions& o) {
  const char* const family = kFeatureKindNames[static_cast<std::size_t>(kind)];
  const Result<void> shared = check_feature_options(family,
                                                    {.sample_rate_hz = o.sample_rate_hz,
                                                     .num_mel_bins = o.num_mel_bins,
                                                     .low_frequency_hz = o.low_frequency_hz,
                                                     .high_frequency_hz = o.high_frequency_hz,
                                                     .frame_length_ms = o.frame_length_ms,
                                                     .frame_shift_ms = o.frame_shift_ms},
                                                    kind != FeatureKind::kSpectrogram);
  if (!shared) return shared.error();
  if (kind == FeatureKind::kMfcc && !(o.num_coefficients >= 1 && o.num_coefficients <= o.num_mel_bins))
    return option_out_of_range(family, "num_coefficients", "1..num_mel_bins");

  const auto samples = [&](float ms) {
    return static_cast<std::size_t>(static_cast<double>(o.sample_rate_hz) * static_cast<double>(ms) / 1000.0 + 0.5);
  };
  const std::size_t length = samples(o.frame_length_ms);
  if (length % 4 != 0) return option_out_of_range(family, "frame_length_ms", "a multiple of 4 samples long");
  return std::unique_ptr<Spectrogram>(new Spectrogram(kind, o, length, samples(o.frame_shift_ms)));
}

std::size_t Spectrogram::num_bins() const {
  if (kind_ == FeatureKind::kSpectrogram) return window_.size() / 2 + 1;
  return kind_ == FeatureKind::kMfcc ? cosines_.size() / row_size_ : bank_.num_bins();
}

std::size_t Spectrogram::num_frames(std::size_t num_samples) const {
  return num_samples <= window_.size() / 2 ? 0 : 1 + num_samples / shift_;
}

void Spectrogram::power_of_frame(std::span<const float> samples, std::size_t frame) {
  const auto half = static_cast<std::ptrdiff_t>(window_.size() / 2),
             count = static_cast<std::ptrdiff_t>(samples.size());
  std::ptrdiff_t at = static_cast<std::ptrdiff_t>(frame * shift_) - half;
  for (std::size_t i = 0; i < window_.size(); ++i, ++at) {
    const std::ptrdiff_t mirrored = at < 0 ? -at : at < count ? at : 2 * (count - 1) - at;
    frame_[i] = samples[static_cast<std::size_t>(mirrored)] * window_[i];
  }
  fft_.power_spectrum(frame_, std::span(power_).first(window_.size() / 2 + 1));
}

void Spectrogram::compute(std::span<const float> samples, std::span<float> features) {
  const std::size_t frames = num_frames(samples.size()), bins = num_bins();
  assert(features.size() == frames * bins);
  const bool mfcc = kind_ == FeatureKind::kMfcc;
  if (mfcc && log_mel_.size() < frames * row_size_) log_mel_.resize(frames * row_size_);
  float highest = kPowerFloor;
  for (std::size_t t = 0; t < frames; ++t) {
    power_of_frame(samples, t);
    if (kind_ == FeatureKind::kSpectrogram) {
      std::copy_n(power_.begin(), bins, features.begin() + static_cast<std::ptrdiff_t>(t * bins));
    } else if (!mfcc) {
      bank_.apply(power_.data(), features.subspan(t * bins, bins));
    } else {
      const std::span<float> mel = std::span(log_mel_).subspan(t * row_size_, bank_.num_bins());
      bank_.apply(power_.data(), mel);
      for (const float power : mel) highest = std::max(highest, power);
    }
  }
  if (!mfcc) return;

  // Logarithms are natural here; the cosines turn them into decibels.
  log_with_floor({&highest, 1}, kPowerFloor);
  const float floor = highest - kTopDb / static_cast<float>(kDbPerNeper);
  for (std::size_t t = 0; t < frames; ++t) {
    float* const row = log_mel_.data() + t * row_size_;
    log_with_floor({row, bank_.num_bins()}, kPowerFloor);
    for (std::size_t m = 0; m < bank_.num_bins(); ++m) row[m] = std::max(floor, row[m]);
    for (std::size_t k = 0; k < bins; ++k)
      features[t * bins + k] = dot8(row, cosines_.data() + k * row_size_, row_size_);
  }
}

}  // namespace voiceprint
