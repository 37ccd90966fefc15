#include "voiceprint/vad.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>
#include <string>

#include "dot.h"
#include "log.h"
#include "real_fft.h"

namespace voiceprint {
namespace {

constexpr std::size_t kHop = 160;  // samples per frame: 10 ms
constexpr float kDbPerNeper = 4.3429448f;  // 10 / ln 10

float decibel(float power) { return kDbPerNeper * log_positive(std::max(power, 1e-12f)); }

Error out_of_range(const char* option, const char* range) {
  return {ErrorCode::kInvalidArgument, std::string("speech detection option ") + option + " must be " + range};
}

// Mean power of each 10 ms frame; the last may be shorter.
std::vector<float> frame_powers(std::span<const float> samples) {
  std::vector<float> powers((samples.size() + kHop - 1) / kHop);
  for (std::size_t t = 0; t < powers.size(); ++t) {
    const std::span<const float> frame = samples.subspan(t * kHop, std::min(kHop, samples.size() - t * kHop));
    float sum = 0;
    for (float sample : frame) sum += sample * sample;
    powers[t] = sum / static_cast<float>(frame.size());
  }
  return powers;
}

// Level of each frame in kBands bands, in dB.
constexpr std::size_t kBands = 14;
constexpr std::size_t kWindow = 256;
// Spectrum bins of 62.5 Hz: 125 Hz to 5 kHz, about a third of an octave above 600 Hz.
constexpr std::array<std::size_t, kBands + 1> kBandEdges = {2, 4, 6, 8, 10, 13, 16, 20, 25, 31, 38, 46, 56, 67, 80};
using Bands = std::array<float, kBands>;

std::vector<Bands> band_levels(std::span<const float> samples, std::size_t num_frames) {
  RealFft fft(kWindow);
  std::array<float, kWindow> window, frame;
  std::array<float, kWindow / 2 + 1> power;
  for (std::size_t i = 0; i < kWindow; ++i)
    window[i] = static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) / kWindow));
  std::vector<Bands> bands(num_frames);
  for (std::size_t t = 0; t < num_frames; ++t) {
    // Centred on the frame, zero beyond the ends.
    const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(t * kHop + kHop / 2) - static_cast<std::ptrdiff_t>(kWindow / 2);
    for (std::size_t i = 0; i < kWindow; ++i) {
      const std::ptrdiff_t at = begin + static_cast<std::ptrdiff_t>(i);
      const bool inside = at >= 0 && at < static_cast<std::ptrdiff_t>(samples.size());
      frame[i] = inside ? samples[static_cast<std::size_t>(at)] * window[i] : 0.0f;
    }
    fft.power_spectrum(frame, power);
    for (std::size_t b = 0; b < kBands; ++b) {
      float sum = 0;
      for (std::size_t k = kBandEdges[b]; k < kBandEdges[b + 1]; ++k) sum += power[k];
      bands[t][b] = decibel(sum / kWindow);
    }
  }
  return bands;
}

// How periodic a stretch of 4 kHz audio is at the pitch of a voice (65..450 Hz): the largest normalised correlation of
// 30 ms with the same, one period later. In [-1, 1].
constexpr std::size_t kDecimation = 4;
constexpr std::size_t kShortestPeriod = 9, kLongestPeriod = 61, kCorrelated = 120;

std::vector<float> decimate(std::span<const float> samples) {
  static constexpr std::array<float, 7> kTriangle = {1 / 16.f, 2 / 16.f, 3 / 16.f, 4 / 16.f, 3 / 16.f, 2 / 16.f, 1 / 16.f};
  std::vector<float> low(samples.size() / kDecimation);
  for (std::size_t n = 0; n < low.size(); ++n) {
    float sum = 0;
    for (std::size_t k = 0; k < kTriangle.size(); ++k) {
      const std::size_t at = n * kDecimation + k;
      if (at >= 3 && at - 3 < samples.size()) sum += kTriangle[k] * samples[at - 3];
    }
    low[n] = sum;
  }
  // Without rumble and offset: first-order high-pass at 100 Hz.
  float previous_in = low.empty() ? 0 : low[0], previous_out = 0;
  for (float& value : low) {
    const float in = value;
    value = 0.855f * (previous_out + in - previous_in);
    previous_in = in;
    previous_out = value;
  }
  return low;
}

float periodicity(std::span<const float> low, std::size_t frame) {
  constexpr std::size_t kSpan = kCorrelated + kLongestPeriod;
  const std::size_t centre = frame * (kHop / kDecimation) + kHop / kDecimation / 2;
  const std::size_t begin = centre < kSpan / 2 ? 0 : centre - kSpan / 2;
  if (begin + kSpan > low.size()) return 0;
  const float* const x = low.data() + begin;
  const float energy = dot8(x, x, kCorrelated);
  float best = 0;
  float later = dot8(x + kShortestPeriod, x + kShortestPeriod, kCorrelated);
  for (std::size_t period = kShortestPeriod; period <= kLongestPeriod; ++period) {
    const float product = dot8(x, x + period, kCorrelated);
    if (product > 0 && later > 0) best = std::max(best, product * product / (energy * later + 1e-20f));
    later += x[period + kCorrelated] * x[period + kCorrelated] - x[period] * x[period];
  }
  return std::sqrt(best);
}

// The value below which `share` of the values lie.
float percentile(std::vector<float> values, double share) {
  const std::size_t index = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index), values.end());
  return values[index];
}

// How far each frame stands above the noise floor, in dB: mean of its kLoudestBands best bands, smoothed over 5 frames.
constexpr std::size_t kLoudestBands = 5;

std::vector<float> excess_over_noise(const std::vector<Bands>& bands) {
  Bands floor;
  std::vector<float> values(bands.size());
  for (std::size_t b = 0; b < kBands; ++b) {
    for (std::size_t t = 0; t < bands.size(); ++t) values[t] = bands[t][b];
    floor[b] = percentile(values, 0.1) + 2.0f;
  }
  std::vector<float> excess(bands.size()), smooth(bands.size());
  for (std::size_t t = 0; t < bands.size(); ++t) {
    Bands above;
    for (std::size_t b = 0; b < kBands; ++b) above[b] = bands[t][b] - std::max(floor[b], -80.0f);
    std::partial_sort(above.begin(), above.begin() + kLoudestBands, above.end(), std::greater<float>());
    float sum = 0;
    for (std::size_t b = 0; b < kLoudestBands; ++b) sum += above[b];
    excess[t] = sum / kLoudestBands;
  }
  for (std::size_t t = 0; t < excess.size(); ++t) {
    const std::size_t first = t < 2 ? 0 : t - 2, last = std::min(excess.size() - 1, t + 2);
    float sum = 0;
    for (std::size_t i = first; i <= last; ++i) sum += excess[i];
    smooth[t] = sum / static_cast<float>(last - first + 1);
  }
  return smooth;
}

std::size_t frames_of(float ms) { return static_cast<std::size_t>(ms / 10.0f + 0.5f); }

struct Run {
  std::size_t begin, end;  // frames
};

// Runs of true, joined over gaps of at most `max_gap`.
std::vector<Run> runs_of(const std::vector<bool>& active, std::size_t max_gap) {
  std::vector<Run> runs;
  for (std::size_t t = 0; t < active.size(); ++t) {
    if (!active[t]) continue;
    if (!runs.empty() && t - runs.back().end <= max_gap) runs.back().end = t + 1;
    else runs.push_back({t, t + 1});
  }
  return runs;
}

constexpr float kVoiced = 0.6f;               // periodicity of a voiced frame
constexpr std::size_t kFewestVoicedFrames = 6;  // in a run of speech

}  // namespace

Result<SpeechActivity> detect_speech(std::span<const float> samples, const VadOptions& options) {
  if (options.sample_rate_hz != 16000) return out_of_range("sample_rate_hz", "16000");
  if (!(options.min_level_dbfs >= -120 && options.min_level_dbfs <= 0)) return out_of_range("min_level_dbfs", "-120..0");
  if (!(options.margin_db >= 0 && options.margin_db <= 60)) return out_of_range("margin_db", "0..60");
  if (!(options.pad_ms >= 0 && options.pad_ms <= 1000)) return out_of_range("pad_ms", "0..1000");
  if (!(options.min_speech_ms >= 0 && options.min_speech_ms <= 1000)) return out_of_range("min_speech_ms", "0..1000");
  if (!(options.max_gap_ms >= 0 && options.max_gap_ms <= 1000)) return out_of_range("max_gap_ms", "0..1000");

  SpeechActivity activity;
  const std::vector<float> powers = frame_powers(samples);
  if (powers.empty()) return activity;
  for (float power : powers)
    if (!std::isfinite(power))
      return Error{ErrorCode::kNonFiniteSample, "a sample is not a finite number; check the recording"};
  const std::vector<float> excess = excess_over_noise(band_levels(samples, powers.size()));
  const std::vector<float> low = decimate(samples);

  std::vector<bool> active(powers.size());
  for (std::size_t t = 0; t < powers.size(); ++t)
    active[t] = decibel(powers[t]) >= options.min_level_dbfs && excess[t] >= options.margin_db;

  std::vector<bool> speech(powers.size(), false);
  for (const Run& run : runs_of(active, frames_of(options.max_gap_ms))) {
    if (run.end - run.begin < frames_of(options.min_speech_ms)) continue;
    std::size_t voiced = 0;
    for (std::size_t t = run.begin; t < run.end; ++t) voiced += active[t] && periodicity(low, t) >= kVoiced;
    if (voiced < kFewestVoicedFrames) continue;
    for (std::size_t t = run.begin; t < run.end; ++t) speech[t] = true;
  }

  double speech_power = 0, noise_power = 0;
  std::size_t speech_frames = 0;
  for (std::size_t t = 0; t < powers.size(); ++t) {
    if (speech[t]) {
      ++speech_frames;
      speech_power += static_cast<double>(powers[t]);
      activity.num_speech_samples += std::min(kHop, samples.size() - t * kHop);
    } else {
      noise_power += static_cast<double>(powers[t]);
    }
  }
  if (speech_frames > 0)
    activity.speech_level_dbfs = decibel(static_cast<float>(speech_power / static_cast<double>(speech_frames)));
  activity.noise_level_dbfs =
      speech_frames < powers.size()
          ? decibel(static_cast<float>(noise_power / static_cast<double>(powers.size() - speech_frames)))
          : decibel(percentile(powers, 0.05));

  const std::size_t pad = static_cast<std::size_t>(options.pad_ms * 16.0f);
  for (const Run& run : runs_of(speech, 0)) {
    const std::size_t begin = run.begin * kHop < pad ? 0 : run.begin * kHop - pad;
    const std::size_t end = std::min(samples.size(), run.end * kHop + pad);
    if (!activity.segments.empty() && begin <= activity.segments.back().end) activity.segments.back().end = end;
    else activity.segments.push_back({begin, end});
  }
  return activity;
}

}  // namespace voiceprint
