#include "voiceprint/fbank.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <string>

#include "dot.h"
#include "log.h"
#include "portable_math.h"
#include "real_fft.h"

namespace voiceprint {
namespace {

constexpr float kEnergyFloor = 1.1920929e-07f;  // the float epsilon, as in Kaldi

double mel_from_hz(double hz) {
  return 1127.0 * portable_log(1.0 + hz / 700.0);
}

Error out_of_range(const char* option, const char* range) {
  return {ErrorCode::kInvalidArgument, std::string("Fbank option ") + option + " must be " + range};
}

}  // namespace

struct Fbank::Tables {
  FbankOptions options;
  std::size_t frame_length = 0, frame_shift = 0;
  std::vector<float> window;           // [frame_length], Povey
  std::vector<MelTriangle> triangles;  // [num_mel_bins]
  std::vector<float> weights;          // all triangles' weights, one after another
  RealFft fft;
  std::vector<float> frame;    // [fft size], zero beyond frame_length
  std::vector<float> power;    // [fft size / 2 + 1], then zeros for the triangles' padding
  std::vector<float> pending;  // streamed samples not yet out of reach

  Tables(const FbankOptions& o, std::size_t length, std::size_t shift)
      : options(o),
        frame_length(length),
        frame_shift(shift),
        window(length),
        fft(std::bit_ceil(length)),
        frame(fft.size(), 0.0f),
        power(fft.size() / 2 + 1 + 8, 0.0f) {
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
    for (std::int32_t m = 0; m < options.num_mel_bins; ++m) {
      const double left = low + m * step, centre = left + step, right = centre + step;
      MelTriangle triangle;
      triangle.weights = static_cast<std::uint32_t>(weights.size());
      for (std::uint32_t k = 0; k < fft.size() / 2; ++k) {
        const double mel = mel_from_hz(bin_hz * k);
        if (mel <= left || mel >= right) continue;
        if (weights.size() == triangle.weights) triangle.first = k;
        weights.push_back(static_cast<float>(mel <= centre ? (mel - left) / step : (right - mel) / step));
      }
      if (weights.size() == triangle.weights) return false;
      while ((weights.size() - triangle.weights) % 8 != 0) weights.push_back(0.0f);
      triangle.count = static_cast<std::uint32_t>(weights.size()) - triangle.weights;
      triangles.push_back(triangle);
    }
    return true;
  }
};

Fbank::Fbank() = default;
Fbank::Fbank(Fbank&&) noexcept = default;
Fbank& Fbank::operator=(Fbank&&) noexcept = default;
Fbank::~Fbank() = default;

// The conditions are written so that NaN fails them.
Result<Fbank> Fbank::create(const FbankOptions& o) {
  if (o.sample_rate_hz < 8000 || o.sample_rate_hz > 48000) return out_of_range("sample_rate_hz", "8000..48000");
  if (o.num_mel_bins < 4 || o.num_mel_bins > 256) return out_of_range("num_mel_bins", "4..256");
  if (!(o.low_frequency_hz >= 0)) return out_of_range("low_frequency_hz", "0 or more");
  if (!(o.high_frequency_hz > o.low_frequency_hz && o.high_frequency_hz <= 0.5f * static_cast<float>(o.sample_rate_hz)))
    return out_of_range("high_frequency_hz", "above low_frequency_hz and at most half the sample rate");
  if (!(o.frame_length_ms >= 5 && o.frame_length_ms <= 100)) return out_of_range("frame_length_ms", "5..100");
  if (!(o.frame_shift_ms >= 1 && o.frame_shift_ms <= o.frame_length_ms))
    return out_of_range("frame_shift_ms", "1..frame_length_ms");
  if (!(o.preemphasis >= 0 && o.preemphasis <= 1)) return out_of_range("preemphasis", "0..1");

  const auto samples = [&](float ms) {
    return static_cast<std::size_t>(static_cast<double>(o.sample_rate_hz) * static_cast<double>(ms) / 1000.0);
  };
  Fbank fbank;
  fbank.tables_ = std::make_unique<Tables>(o, samples(o.frame_length_ms), samples(o.frame_shift_ms));
  if (!fbank.tables_->make_triangles())
    return out_of_range("num_mel_bins",
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
  return {tables_->fft.size(), tables_->window, tables_->triangles, tables_->weights};
}

std::size_t Fbank::num_frames(std::size_t num_samples) const {
  if (num_samples < frame_length()) return 0;
  return 1 + (num_samples - frame_length()) / frame_shift();
}

void Fbank::compute_frame(std::span<const float> samples, std::span<float> bins) {
  Tables& t = *tables_;
  assert(samples.size() == t.frame_length && bins.size() == t.triangles.size());

  float lane[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= samples.size(); i += 8)
    for (std::size_t k = 0; k < 8; ++k) lane[k] += samples[i + k];
  float sum = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  for (; i < samples.size(); ++i) sum += samples[i];
  const float mean = sum / static_cast<float>(samples.size());

  const float* const x = samples.data();
  const float* const window = t.window.data();
  float* const frame = t.frame.data();
  const float preemphasis = t.options.preemphasis;
  frame[0] = ((x[0] - mean) - preemphasis * (x[0] - mean)) * window[0];
  for (std::size_t n = 1; n < t.frame_length; ++n)
    frame[n] = ((x[n] - mean) - preemphasis * (x[n - 1] - mean)) * window[n];

  t.fft.power_spectrum(t.frame, std::span(t.power).first(t.fft.size() / 2 + 1));
  for (std::size_t m = 0; m < bins.size(); ++m) {
    const MelTriangle& triangle = t.triangles[m];
    bins[m] = dot8(t.power.data() + triangle.first, t.weights.data() + triangle.weights, triangle.count);
  }
  for (float& bin : bins) bin = log_positive(bin > kEnergyFloor ? bin : kEnergyFloor);
}

void Fbank::compute(std::span<const float> samples, std::span<float> features) {
  const std::size_t bins = tables_->triangles.size();
  const std::size_t frames = num_frames(samples.size());
  assert(features.size() == frames * bins);
  for (std::size_t f = 0; f < frames; ++f)
    compute_frame(samples.subspan(f * frame_shift(), frame_length()), features.subspan(f * bins, bins));
}

FeatureMatrix Fbank::compute(std::span<const float> samples) {
  FeatureMatrix features;
  features.num_bins = tables_->triangles.size();
  features.values.resize(num_frames(samples.size()) * features.num_bins);
  compute(samples, features.values);
  return features;
}

void Fbank::push(std::span<const float> samples, FeatureMatrix& features) {
  std::vector<float>& pending = tables_->pending;
  pending.insert(pending.end(), samples.begin(), samples.end());
  features.num_bins = tables_->triangles.size();
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

void subtract_mean(std::span<float> features, std::size_t num_bins) {
  if (features.empty()) return;
  assert(num_bins > 0 && features.size() % num_bins == 0);
  std::vector<double> sum(num_bins, 0.0);
  for (std::size_t i = 0; i < features.size(); i += num_bins)
    for (std::size_t k = 0; k < num_bins; ++k) sum[k] += static_cast<double>(features[i + k]);
  const double frames = static_cast<double>(features.size() / num_bins);
  for (double& value : sum) value /= frames;
  for (std::size_t i = 0; i < features.size(); i += num_bins)
    for (std::size_t k = 0; k < num_bins; ++k)
      features[i + k] = static_cast<float>(static_cast<double>(features[i + k]) - sum[k]);
}

}  // namespace voiceprint
