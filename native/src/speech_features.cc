#include "speech_features.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dot.h"
#include "log.h"
#include "portable_math.h"
#include "real_fft.h"

namespace voiceprint {
namespace {

constexpr float kDbPerNeper = 4.3429448f;  // 10 / ln 10

// ---- Spectrum: level of each frame in bands of about a third of an octave, dB.

constexpr std::size_t kBands = 14;
constexpr std::size_t kWindow = 256;
constexpr std::array<std::size_t, kBands + 1> kBandEdges = {2,  4,  6,  8,  10, 13, 16, 20,
                                                            25, 31, 38, 46, 56, 67, 80};  // spectrum bins of 62.5 Hz
using Bands = std::array<float, kBands>;

std::vector<Bands> band_levels(std::span<const float> samples, std::size_t num_frames) {
  RealFft fft(kWindow);
  std::array<float, kWindow> window, frame;
  std::array<float, kWindow / 2 + 1> power;
  for (std::size_t i = 0; i < kWindow; ++i)
    window[i] = static_cast<float>(0.5 - 0.5 * cos_pi(2.0 * (static_cast<double>(i) + 0.5) / kWindow));
  std::vector<Bands> bands(num_frames);
  for (std::size_t t = 0; t < num_frames; ++t) {
    // The window is centred on the frame; beyond the ends there is silence.
    const std::ptrdiff_t begin =
        static_cast<std::ptrdiff_t>(t * kVadHop + kVadHop / 2) - static_cast<std::ptrdiff_t>(kWindow / 2);
    for (std::size_t i = 0; i < kWindow; ++i) {
      const std::ptrdiff_t at = begin + static_cast<std::ptrdiff_t>(i);
      const bool inside = at >= 0 && at < static_cast<std::ptrdiff_t>(samples.size());
      frame[i] = inside ? samples[static_cast<std::size_t>(at)] * window[i] : 0.0f;
    }
    fft.power_spectrum(frame, power);
    for (std::size_t b = 0; b < kBands; ++b) {
      float sum = 0;
      for (std::size_t k = kBandEdges[b]; k < kBandEdges[b + 1]; ++k) sum += power[k];
      bands[t][b] = kDbPerNeper * log_positive(std::max(sum / kWindow, 1e-12f));
    }
  }
  return bands;
}

// ---- Level: how far each frame stands above the noise floor.

constexpr double kFloorShare = 0.1;       // the floor is the level below which this share of the frames lies,
constexpr float kFloorBiasDb = 2.0f;      // plus this, as that is below the noise's mean,
constexpr float kLowestFloorDb = -80.0f;  // but at least this: digital silence is no yardstick
constexpr std::size_t kLoudestBands = 5;
constexpr std::size_t kSmoothFrames = 2;  // on each side

float percentile(std::vector<float>& values, double share) {
  const std::ptrdiff_t index = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + index, values.end());
  return values[static_cast<std::size_t>(index)];
}

// Turns levels into levels above the noise floor.
void subtract_floor(std::vector<Bands>& bands) {
  std::vector<float> values(bands.size());
  for (std::size_t b = 0; b < kBands; ++b) {
    for (std::size_t t = 0; t < bands.size(); ++t) values[t] = bands[t][b];
    const float floor = std::max(percentile(values, kFloorShare) + kFloorBiasDb, kLowestFloorDb);
    for (Bands& frame : bands) frame[b] -= floor;
  }
}

// Mean of each frame's loudest bands, smoothed.
std::vector<float> excess_over_noise(const std::vector<Bands>& bands) {
  std::vector<float> values(bands.size());
  for (std::size_t t = 0; t < bands.size(); ++t) {
    Bands rest = bands[t];
    float sum = 0;
    for (std::size_t n = 0; n < kLoudestBands; ++n) {
      float& loudest = *std::max_element(rest.begin(), rest.end());
      sum += loudest;
      loudest = -std::numeric_limits<float>::infinity();
    }
    values[t] = sum / kLoudestBands;
  }
  std::vector<float> smooth(bands.size());
  for (std::size_t t = 0; t < values.size(); ++t) {
    const std::size_t first = t < kSmoothFrames ? 0 : t - kSmoothFrames;
    const std::size_t last = std::min(values.size() - 1, t + kSmoothFrames);
    float sum = 0;
    for (std::size_t i = first; i <= last; ++i) sum += values[i];
    smooth[t] = sum / static_cast<float>(last - first + 1);
  }
  return smooth;
}

// ---- Periodicity: the largest normalised correlation of 30 ms with the same one period later, at 4 kHz.

constexpr std::size_t kDecimation = 4;
constexpr std::size_t kShortestPeriod = 3, kShortestVoicePeriod = 9, kLongestPeriod = 61;
constexpr std::size_t kCorrelated = 120;
constexpr float kVoiced = 0.6f;
constexpr float kLeastExcessDb = 3.0f;  // below, a frame is not worth the work

std::vector<float> decimate(std::span<const float> samples) {
  static constexpr std::array<float, 7> kTriangle = {1 / 16.f, 2 / 16.f, 3 / 16.f, 4 / 16.f,
                                                     3 / 16.f, 2 / 16.f, 1 / 16.f};
  constexpr std::size_t kCentre = 3;
  std::vector<float> low(samples.size() / kDecimation);
  for (std::size_t n = 0; n < low.size(); ++n) {
    float sum = 0;
    for (std::size_t k = 0; k < kTriangle.size(); ++k) {
      const std::size_t at = n * kDecimation + k;
      if (at >= kCentre && at - kCentre < samples.size()) sum += kTriangle[k] * samples[at - kCentre];
    }
    low[n] = sum;
  }
  // First-order high-pass at 100 Hz, against rumble and offset.
  float before_in = low.empty() ? 0.0f : low[0], before_out = 0;
  for (float& value : low) {
    const float in = value;
    value = 0.855f * (before_out + in - before_in);
    before_in = in;
    before_out = value;
  }
  return low;
}

struct Periodicity {
  float at_voice_pitch = 0;
  float above_it = 0;
  float period = 0;  // of at_voice_pitch, in samples at 4 kHz
};

Periodicity periodicity(std::span<const float> low, std::size_t frame) {
  constexpr std::size_t kSpan = kCorrelated + kLongestPeriod;
  const std::size_t centre = (frame * kVadHop + kVadHop / 2) / kDecimation;
  const std::size_t begin = centre < kSpan / 2 ? 0 : centre - kSpan / 2;
  Periodicity result;
  if (begin + kSpan > low.size()) return result;
  const float* const x = low.data() + begin;
  const double energy = static_cast<double>(dot8(x, x, kCorrelated));
  double later = static_cast<double>(dot8(x + kShortestPeriod, x + kShortestPeriod, kCorrelated));
  for (std::size_t period = kShortestPeriod; period <= kLongestPeriod; ++period) {
    const double product = static_cast<double>(dot8(x, x + period, kCorrelated));
    const float correlation = static_cast<float>(product / std::sqrt(energy * std::max(later, 0.0) + 1e-20));
    if (period < kShortestVoicePeriod) {
      result.above_it = std::max(result.above_it, correlation);
    } else if (correlation > result.at_voice_pitch) {
      result.at_voice_pitch = correlation;
      result.period = static_cast<float>(period);
    }
    if (period == kLongestPeriod) break;  // the next one lies outside
    const double in = static_cast<double>(x[period + kCorrelated]), out = static_cast<double>(x[period]);
    later += in * in - out * out;
  }
  return result;
}

// ---- Context: means over the frames within half a second that stand clearly above the noise.

constexpr std::size_t kContextFrames = 25;  // on each side
constexpr float kContextExcessDb = 6.0f;

enum Moment : std::size_t {
  kCount,
  kPitch,
  kAbovePitch,
  kVoicedShare,
  kPitchMargin,
  kPeriodChange,
  kExcess,
  kExcessSquare,
  kShape
};
constexpr std::size_t kShapeSquare = kShape + kBands;
constexpr std::size_t kNumMoments = kShapeSquare + kBands;
using Moments = std::array<float, kNumMoments>;

// Adds what is known of each frame's neighbourhood to its features.
void add_context(const std::vector<Moments>& moments, std::vector<SpeechFrame>& frames) {
  std::array<double, kNumMoments> sum{};
  std::size_t entered = 0, left = 0;
  for (std::size_t t = 0; t < frames.size(); ++t) {
    for (; entered < std::min(frames.size(), t + kContextFrames + 1); ++entered)
      for (std::size_t m = 0; m < kNumMoments; ++m) sum[m] += static_cast<double>(moments[entered][m]);
    for (; left + kContextFrames < t; ++left)
      for (std::size_t m = 0; m < kNumMoments; ++m) sum[m] -= static_cast<double>(moments[left][m]);
    // The small term keeps the means near 0 where no frame stands out.
    const double weight = 1.0 / (sum[kCount] + 1e-3 * static_cast<double>(entered - left));
    const auto mean = [&](std::size_t m) { return sum[m] * weight; };
    const auto deviation = [&](std::size_t m, std::size_t square) {
      return std::sqrt(std::max(0.0, mean(square) - mean(m) * mean(m)));
    };
    double variation = 0;
    for (std::size_t b = 0; b < kBands; ++b) variation += deviation(kShape + b, kShapeSquare + b) / kBands;

    std::array<float, kNumSpeechFeatures>& f = frames[t].features;
    for (std::size_t m = kPitch; m <= kExcess; ++m) f[2 + m] = static_cast<float>(mean(m));
    f[9] = static_cast<float>(deviation(kExcess, kExcessSquare));
    f[10] = static_cast<float>(variation);
    for (std::size_t b = 0; b < kBands; ++b) f[11 + b] = static_cast<float>(mean(kShape + b));
  }
}

}  // namespace

std::vector<SpeechFrame> speech_frames(std::span<const float> samples) {
  std::vector<SpeechFrame> frames((samples.size() + kVadHop - 1) / kVadHop);
  if (frames.empty()) return frames;
  std::vector<Bands> bands = band_levels(samples, frames.size());
  subtract_floor(bands);
  const std::vector<float> excess = excess_over_noise(bands);
  const std::vector<float> low = decimate(samples);

  std::vector<Moments> moments(frames.size(), Moments{});
  float period_before = 0;
  for (std::size_t t = 0; t < frames.size(); ++t) {
    const std::span<const float> own = samples.subspan(t * kVadHop, std::min(kVadHop, samples.size() - t * kVadHop));
    float power = 0;
    for (float sample : own) power += sample * sample;
    frames[t].power = power / static_cast<float>(own.size());
    frames[t].excess = excess[t];

    const Periodicity p = excess[t] > kLeastExcessDb ? periodicity(low, t) : Periodicity{};
    const bool voiced = p.at_voice_pitch > kVoiced;
    const float change =
        voiced && t > 0 ? std::abs(p.period - period_before) / std::max(p.period, period_before) : 0.0f;
    period_before = p.period;
    frames[t].features[0] = excess[t] / 10;
    frames[t].features[1] = p.at_voice_pitch;
    frames[t].features[2] = p.above_it;
    if (excess[t] < kContextExcessDb) continue;

    Moments& m = moments[t];
    m[kCount] = 1;
    m[kPitch] = p.at_voice_pitch;
    m[kAbovePitch] = p.above_it;
    m[kVoicedShare] = voiced ? 1.0f : 0.0f;
    m[kPitchMargin] = std::max(0.0f, p.at_voice_pitch - p.above_it);
    m[kPeriodChange] = change;
    m[kExcess] = excess[t] / 10;
    m[kExcessSquare] = m[kExcess] * m[kExcess];
    float mean = 0;
    for (float level : bands[t]) mean += std::max(level, 0.0f) / kBands;
    for (std::size_t b = 0; b < kBands; ++b) {
      m[kShape + b] = (std::max(bands[t][b], 0.0f) - mean) / 10;
      m[kShapeSquare + b] = m[kShape + b] * m[kShape + b];
    }
  }
  add_context(moments, frames);
  return frames;
}

}  // namespace voiceprint
