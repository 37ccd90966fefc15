#include "voiceprint/vad.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "log.h"
#include "speech_features.h"
#include "speech_likeness.h"

namespace voiceprint {
namespace {

constexpr float kDbPerNeper = 4.3429448f;  // 10 / ln 10
constexpr float kLeastLikeness = -0.8f;    // of a speech frame, smoothed
constexpr std::size_t kSmoothFrames = 25;  // on each side

float decibel(float power) {
  return kDbPerNeper * log_positive(std::max(power, 1e-12f));
}

Error out_of_range(const char* option, const char* range) {
  return {ErrorCode::kInvalidArgument, std::string("speech detection option ") + option + " must be " + range};
}

Result<void> check(const VadOptions& options) {
  if (options.sample_rate_hz != 16000) return out_of_range("sample_rate_hz", "16000");
  if (!(options.min_level_dbfs >= -120 && options.min_level_dbfs <= 0))
    return out_of_range("min_level_dbfs", "-120..0");
  if (!(options.margin_db >= 0 && options.margin_db <= 60)) return out_of_range("margin_db", "0..60");
  if (!(options.pad_ms >= 0 && options.pad_ms <= 1000)) return out_of_range("pad_ms", "0..1000");
  if (!(options.min_speech_ms >= 0 && options.min_speech_ms <= 1000)) return out_of_range("min_speech_ms", "0..1000");
  if (!(options.max_gap_ms >= 0 && options.max_gap_ms <= 1000)) return out_of_range("max_gap_ms", "0..1000");
  return {};
}

std::size_t frames_of(float ms) {
  return static_cast<std::size_t>(ms / 10.0f + 0.5f);
}

// Frames loud enough to be speech whose surroundings, as far as they are loud enough, sound like it.
std::vector<std::uint8_t> find_speech(const std::vector<SpeechFrame>& frames, const VadOptions& options) {
  std::vector<std::uint8_t> loud(frames.size()), speech(frames.size());
  std::vector<float> likeness(frames.size(), 0.0f);
  for (std::size_t t = 0; t < frames.size(); ++t) {
    loud[t] = decibel(frames[t].power) >= options.min_level_dbfs && frames[t].excess >= options.margin_db;
    if (loud[t]) likeness[t] = speech_likeness(frames[t].features);
  }
  double sum = 0, count = 0;
  std::size_t entered = 0, left = 0;
  for (std::size_t t = 0; t < frames.size(); ++t) {
    for (; entered < std::min(frames.size(), t + kSmoothFrames + 1); ++entered)
      if (loud[entered]) sum += static_cast<double>(likeness[entered]), ++count;
    for (; left + kSmoothFrames < t; ++left)
      if (loud[left]) sum -= static_cast<double>(likeness[left]), --count;
    speech[t] = loud[t] && sum > static_cast<double>(kLeastLikeness) * count;
  }
  return speech;
}

struct Run {
  std::size_t begin, end;  // frames
};

// Runs of speech, joined over short gaps, without those that are too short.
std::vector<Run> runs_of(const std::vector<std::uint8_t>& speech, std::size_t max_gap, std::size_t min_length) {
  std::vector<Run> runs;
  for (std::size_t t = 0; t < speech.size(); ++t) {
    if (!speech[t]) continue;
    if (!runs.empty() && t - runs.back().end <= max_gap)
      runs.back().end = t + 1;
    else
      runs.push_back({t, t + 1});
  }
  std::erase_if(runs, [&](const Run& run) { return run.end - run.begin < min_length; });
  return runs;
}

// Level of the quietest twentieth of the frames: the noise's, where there is nothing but speech.
float floor_level(const std::vector<SpeechFrame>& frames) {
  std::vector<float> powers(frames.size());
  std::transform(frames.begin(), frames.end(), powers.begin(), [](const SpeechFrame& frame) { return frame.power; });
  const std::size_t index = powers.size() / 20;
  std::nth_element(powers.begin(), powers.begin() + static_cast<std::ptrdiff_t>(index), powers.end());
  return decibel(powers[index]);
}

}  // namespace

Result<SpeechActivity> detect_speech(std::span<const float> samples, const VadOptions& options) {
  const Result<void> legal = check(options);
  if (!legal) return legal.error();
  SpeechActivity activity;
  if (samples.empty()) return activity;
  for (float sample : samples)
    if (!std::isfinite(sample))
      return Error{ErrorCode::kNonFiniteSample, "a sample is not a finite number; check the recording"};

  const std::vector<SpeechFrame> frames = speech_frames(samples);
  const std::vector<Run> runs =
      runs_of(find_speech(frames, options), frames_of(options.max_gap_ms), frames_of(options.min_speech_ms));

  const std::size_t pad = static_cast<std::size_t>(options.pad_ms * 16.0f);
  double speech_power = 0, noise_power = 0;
  std::size_t speech_frames = 0, t = 0;
  for (const Run& run : runs) {
    for (; t < run.begin; ++t) noise_power += static_cast<double>(frames[t].power);
    for (; t < run.end; ++t) speech_power += static_cast<double>(frames[t].power);
    speech_frames += run.end - run.begin;
    const std::size_t first = run.begin * kVadHop, last = std::min(samples.size(), run.end * kVadHop);
    activity.num_speech_samples += last - first;
    const SpeechSegment padded{first < pad ? 0 : first - pad, std::min(samples.size(), last + pad)};
    if (!activity.segments.empty() && padded.begin <= activity.segments.back().end)
      activity.segments.back().end = padded.end;
    else
      activity.segments.push_back(padded);
  }
  for (; t < frames.size(); ++t) noise_power += static_cast<double>(frames[t].power);

  const std::size_t noise_frames = frames.size() - speech_frames;
  if (speech_frames > 0)
    activity.speech_level_dbfs = decibel(static_cast<float>(speech_power / static_cast<double>(speech_frames)));
  activity.noise_level_dbfs = noise_frames > 0
                                  ? decibel(static_cast<float>(noise_power / static_cast<double>(noise_frames)))
                                  : floor_level(frames);
  return activity;
}

}  // namespace voiceprint
