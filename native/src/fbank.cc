#include "voiceprint/fbank.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "feature_options.h"
#include "frame_loops.h"
#include "mel_bank.h"
#include "portable_math.h"
#include "real_fft.h"

namespace voiceprint {
namespace {

constexpr float kEnergyFloor = 1.1920929e-07f;  // the float epsilon, as in Kaldi

double mel_from_hz(double hz) {
  return 1127.0 * portable_log(1.0 + hz / 700.0);
}

}  // namespace

struct Fbank::Tables {
  FbankOptions options;
  std::size_t frame_length = 0, frame_shift = 0;
  std::vector<float> window;  // [frame_length], Povey
  MelBank bank;
  RealFft fft;
  std::vector<float> frame;    // [fft size], zero beyond frame_length
  std::vector<float> power;    // [fft size / 2 + 1], then zeros for the bank's padding
  std::vector<float> pending;  // streamed samples not yet out of reach

  Tables(const FbankOptions& o, std::size_t length, std::size_t shift)
      : options(o),
        frame_length(length),
        frame_shift(shift),
        window(length),
        bank(static_cast<std::size_t>(o.num_mel_bins)),
        fft(std::bit_ceil(length)),
        frame(fft.size(), 0.0f),
        power(fft.size() / 2 + 1 + MelBank::kPadding, 0.0f) {
    for (std::size_t i = 0; i < length; ++i) {
      // (1/2 - cos(2 pi i / (length - 1)) / 2)^0.85
      const double sine = sin_pi(static_cast<double>(i) / static_cast<double>(length - 1));
      window[i] = sine > 0 ? static_cast<float>(portable_exp(2 * 0.85 * portable_log(sine))) : 0.0f;
    }
  }

  // False if a triangle is so narrow that no spectrum bin falls into it.
  bool make_triangles() {
    const double low = mel_from_hz(static_cast<double>(options.low_frequency_hz));
    const double high = mel_from_hz(static_cast<double>(options.high_frequency_hz));
    const double step = (high - low) / (options.num_mel_bins + 1);
    const double bin_hz = static_cast<double>(options.sample_rate_hz) / static_cast<double>(fft.size());
    std::vector<double> mels(fft.size() / 2);  // the bin at half the sample rate has no weight, as in Kaldi
    for (std::size_t k = 0; k < mels.size(); ++k) mels[k] = mel_from_hz(bin_hz * static_cast<double>(k));
    for (std::int32_t m = 0; m < options.num_mel_bins; ++m)
      if (!bank.set(static_cast<std::size_t>(m), mels, low + m * step, step, step)) return false;
    return true;
  }
};

Fbank::Fbank() = default;
Fbank::Fbank(Fbank&&) noexcept = default;
Fbank& Fbank::operator=(Fbank&&) noexcept = default;
Fbank::~Fbank() = default;

Result<Fbank> Fbank::create(const FbankOptions& o) {
  const Result<void> shared = check_feature_options("Fbank", o, true);
  if (!shared) return shared.error();
  if (!(o.preemphasis >= 0 && o.preemphasis <= 1)) return option_out_of_range("Fbank", "preemphasis", "0..1");

  const auto samples = [&](float ms) {
    return static_cast<std::size_t>(static_cast<double>(o.sample_rate_hz) * static_cast<double>(ms) / 1000.0);
  };
  Fbank fbank;
  fbank.tables_ = std::make_unique<Tables>(o, samples(o.frame_length_ms), samples(o.frame_shift_ms));
  if (!fbank.tables_->make_triangles())
    return option_out_of_range("Fbank", "num_mel_bins",
                               "few enough that each bin covers a point of the spectrum; use fewer or longer frames");
  return fbank;
}

const FbankOptions& Fbank::options() const {
  return tables_->options;
}
std::size_t Fbank::frame_length() const {
  return tables_->frame_length;
}
std::size_t Fbank::frame_shift() const {
  return tables_->frame_shift;
}

FbankTables Fbank::tables() const {
  return {tables_->fft.size(), tables_->window, tables_->bank.triangles(), tables_->bank.weights()};
}

std::size_t Fbank::num_frames(std::size_t num_samples) const {
  if (num_samples < frame_length()) return 0;
  return 1 + (num_samples - frame_length()) / frame_shift();
}

void Fbank::compute_frame(std::span<const float> samples, std::span<float> bins) {
  Tables& t = *tables_;
  assert(samples.size() == t.frame_length && bins.size() == t.bank.num_bins());

  emphasise_and_window(samples, t.options.preemphasis, t.window, t.frame);
  t.fft.power_spectrum(t.frame, std::span(t.power).first(t.fft.size() / 2 + 1));
  t.bank.apply(t.power.data(), bins);
  log_with_floor(bins, kEnergyFloor);
}

void Fbank::compute(std::span<const float> samples, std::span<float> features) {
  const std::size_t bins = tables_->bank.num_bins();
  const std::size_t frames = num_frames(samples.size());
  assert(features.size() == frames * bins);
  for (std::size_t f = 0; f < frames; ++f)
    compute_frame(samples.subspan(f * frame_shift(), frame_length()), features.subspan(f * bins, bins));
}

FeatureMatrix Fbank::compute(std::span<const float> samples) {
  FeatureMatrix features;
  features.num_bins = tables_->bank.num_bins();
  features.values.resize(num_frames(samples.size()) * features.num_bins);
  compute(samples, features.values);
  return features;
}

void Fbank::push(std::span<const float> samples, FeatureMatrix& features) {
  std::vector<float>& pending = tables_->pending;
  pending.resize(pending.size() + samples.size());
  std::copy(samples.begin(), samples.end(), pending.end() - static_cast<std::ptrdiff_t>(samples.size()));
  features.num_bins = tables_->bank.num_bins();
  const std::size_t frames = num_frames(pending.size());
  const std::size_t before = features.values.size();
  features.values.resize(before + frames * features.num_bins);
  const std::size_t used = frames * frame_shift();
  // A frame's samples overlap the next frame's, so only whole shifts are dropped.
  compute(std::span<const float>(pending).first(frames == 0 ? 0 : used - frame_shift() + frame_length()),
          std::span(features.values).subspan(before));
  pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(used));
}

void Fbank::reset() {
  tables_->pending.clear();
}

void subtract_mean(std::span<float> features, std::size_t num_bins, MeanNormalisation normalisation) {
  if (features.empty()) return;
  assert(num_bins > 0 && features.size() % num_bins == 0);
  std::vector<double> mean(num_bins, 0.0);
  for (std::size_t i = 0; i < features.size(); i += num_bins)
    for (std::size_t k = 0; k < num_bins; ++k) mean[k] += static_cast<double>(features[i + k]);
  const double frames = static_cast<double>(features.size() / num_bins);
  for (double& value : mean) value /= frames;
  if (normalisation == MeanNormalisation::kLevel) {
    double sum = 0;
    for (const double value : mean) sum += value;
    std::fill(mean.begin(), mean.end(), sum / static_cast<double>(num_bins));
  }
  for (std::size_t i = 0; i < features.size(); i += num_bins)
    for (std::size_t k = 0; k < num_bins; ++k)
      features[i + k] = static_cast<float>(static_cast<double>(features[i + k]) - mean[k]);
}

}  // namespace voiceprint
