#include "voiceprint/front_end.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <string>

#include "bandwidth.h"
#include "clipping.h"
#include "portable_math.h"
#include "voiceprint/resampler.h"

namespace voiceprint {
namespace {

constexpr float kLargestSample = 1e6f;  // beyond it, squares leave the range of float
constexpr float kSilenceDb = -120.0f;
constexpr double kMaxSnrDb = 60.0;

Error out_of_range(const char* option, const char* range) {
  return {ErrorCode::kInvalidArgument, std::string("front end option ") + option + " must be " + range};
}

constexpr double kDbPerNeper = 10 / std::numbers::ln10;

float decibel(double power) {
  return std::max(kSilenceDb, static_cast<float>(kDbPerNeper * portable_log(power + 1e-30)));
}
double power_of(float db) {
  return db <= kSilenceDb ? 0.0 : portable_exp(static_cast<double>(db) / kDbPerNeper);
}

}  // namespace

struct FrontEnd::State {
  State(const FrontEndOptions& o, std::int32_t rate, Resampler r, FeatureExtractor f)
      : options(o), input_rate_hz(rate), resampler(std::move(r)), extractor(std::move(f)) {}

  const FrontEndOptions options;
  const std::int32_t input_rate_hz;
  Resampler resampler;
  FeatureExtractor extractor;

  std::vector<float> waiting;  // at the model's rate, not yet analysed; less than one and a half windows
  std::uint64_t analysed = 0;  // samples before `waiting`
  bool finished = false;

  // Sums behind the quality figures.
  std::uint64_t num_input = 0;
  ClippingCounter clipping;
  double total_power = 0, speech_power = 0, noise_power = 0;  // summed over samples
  std::uint64_t speech_samples = 0, noise_samples = 0;

  Quality quality;
  std::vector<float> speech;
  std::vector<Interval> intervals;
  std::vector<FeatureMatrix> segments;

  std::size_t samples_of(float seconds) const {
    return static_cast<std::size_t>(seconds * static_cast<float>(options.vad.sample_rate_hz));
  }

  // Finds the speech among the first `count` waiting samples and takes them away.
  Result<void> analyse(std::size_t count) {
    const std::span<const float> window = std::span<const float>(waiting).first(count);
    const Result<SpeechActivity> activity = detect_speech(window, options.vad);
    if (!activity) return activity.error();
    speech_samples += activity->num_speech_samples;
    speech_power += power_of(activity->speech_level_dbfs) * static_cast<double>(activity->num_speech_samples);
    // A window that is all speech tells the noise less surely than one with pauses: it counts as one frame.
    const std::uint64_t pauses = std::max<std::uint64_t>(count - activity->num_speech_samples, 160);
    noise_samples += pauses;
    noise_power += power_of(activity->noise_level_dbfs) * static_cast<double>(pauses);

    const std::size_t most = samples_of(options.crop.max_speech_s);
    const float rate = static_cast<float>(options.vad.sample_rate_hz);
    for (const SpeechSegment& segment : activity->segments) {
      const std::size_t wanted = std::min(segment.end - segment.begin, most - speech.size());
      speech.insert(speech.end(), window.begin() + static_cast<std::ptrdiff_t>(segment.begin),
                    window.begin() + static_cast<std::ptrdiff_t>(segment.begin + wanted));
      intervals.push_back({static_cast<float>(analysed + segment.begin) / rate,
                           static_cast<float>(analysed + segment.end) / rate, speech.size()});
    }
    analysed += count;
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
    return {};
  }

  FeatureMatrix normalised_features(std::size_t begin, std::size_t end) {
    FeatureMatrix features = extractor.compute(std::span<const float>(speech).subspan(begin, end - begin));
    if (features.num_frames() > 0) subtract_mean(features.values, features.num_bins, options.mean_normalisation);
    return features;
  }

  // Equal segments, none longer than max_segment_s.
  void cut_speech() {
    if (options.crop.max_segment_s == 0) return;
    const std::size_t longest = samples_of(options.crop.max_segment_s);
    const std::size_t count = (speech.size() + longest - 1) / longest;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t begin = i * speech.size() / count, end = (i + 1) * speech.size() / count;
      FeatureMatrix features = normalised_features(begin, end);
      if (features.num_frames() > 0) segments.push_back(std::move(features));
    }
  }

  void measure_quality() {
    const double rate = static_cast<double>(options.vad.sample_rate_hz);
    quality.duration_s = static_cast<float>(static_cast<double>(num_input) / input_rate_hz);
    quality.net_speech_s = static_cast<float>(static_cast<double>(speech_samples) / rate);
    quality.peak_dbfs = decibel(static_cast<double>(clipping.peak()) * static_cast<double>(clipping.peak()));
    quality.clipped_fraction =
        static_cast<float>(static_cast<double>(clipping.clipped_samples()) / static_cast<double>(num_input));
    if (speech_samples == 0) {
      quality.level_dbfs = decibel(total_power / static_cast<double>(num_input));
      return;
    }
    const double loud = speech_power / static_cast<double>(speech_samples);
    const double noise = noise_power / static_cast<double>(noise_samples);
    quality.level_dbfs = decibel(loud);
    const double snr = kDbPerNeper * portable_log(std::max(loud - noise, 1e-30) / std::max(noise, 1e-30));
    quality.snr_db = static_cast<float>(std::clamp(snr, 0.0, kMaxSnrDb));
    quality.bandwidth_hz = estimate_bandwidth_hz(speech, options.vad.sample_rate_hz);
  }
};

FrontEnd::FrontEnd() = default;
FrontEnd::FrontEnd(FrontEnd&&) noexcept = default;
FrontEnd& FrontEnd::operator=(FrontEnd&&) noexcept = default;
FrontEnd::~FrontEnd() = default;

Result<FrontEnd> FrontEnd::create(const FrontEndOptions& options, std::int32_t input_rate_hz) {
  const CropPolicy& crop = options.crop;
  if (input_rate_hz < 8000 || input_rate_hz > 192000)
    return out_of_range("input_rate_hz", "8000..192000 Hz; record or convert at a rate in that range");
  if (!(crop.window_s >= 5 && crop.window_s <= 60)) return out_of_range("window_s", "5..60");
  if (!(crop.max_segment_s == 0 || (crop.max_segment_s >= 1 && crop.max_segment_s <= 60)))
    return out_of_range("max_segment_s", "1..60, or 0");
  if (!(crop.max_speech_s >= std::max(1.0f, crop.max_segment_s) && crop.max_speech_s <= 3600))
    return out_of_range("max_speech_s", "max_segment_s..3600");
  const Result<SpeechActivity> vad_options_are_legal = detect_speech({}, options.vad);
  if (!vad_options_are_legal) return vad_options_are_legal.error();
  Result<FeatureExtractor> extractor =
      FeatureExtractor::create(options.feature_kind, options.fbank, options.spectrogram);
  if (!extractor) return extractor.error();
  if (extractor->sample_rate_hz() != options.vad.sample_rate_hz)
    return out_of_range("sample_rate_hz of the features", "equal to vad.sample_rate_hz");
  Result<Resampler> resampler = Resampler::create(input_rate_hz, options.vad.sample_rate_hz);
  if (!resampler) return resampler.error();

  FrontEnd front_end;
  front_end.state_ = std::make_unique<State>(options, input_rate_hz, std::move(*resampler), std::move(*extractor));
  return front_end;
}

Result<void> FrontEnd::push(std::span<const float> mono) {
  State& s = *state_;
  if (s.finished) return Error{ErrorCode::kInvalidArgument, "the recording is finished; reset the front end first"};
  for (std::size_t i = 0; i < mono.size(); ++i) {
    if (std::abs(mono[i]) <= kLargestSample) continue;
    const std::string where = "sample " + std::to_string(s.num_input + i);
    if (!std::isfinite(mono[i]))
      return Error{ErrorCode::kNonFiniteSample, where + " is not a finite number; check the recording"};
    return Error{ErrorCode::kCorruptData, where + " is beyond a million times full scale; check the recording"};
  }
  s.num_input += mono.size();
  s.clipping.push(mono);
  for (float sample : mono) s.total_power += static_cast<double>(sample) * static_cast<double>(sample);

  const std::size_t window = s.samples_of(s.options.crop.window_s);
  const std::size_t enough = window + window / 2;
  // In pieces, so that one long push needs no more memory than many short ones.
  constexpr std::size_t kPiece = 16384;
  for (std::size_t at = 0; at < mono.size(); at += kPiece) {
    s.resampler.push(mono.subspan(at, std::min(kPiece, mono.size() - at)), s.waiting);
    while (s.waiting.size() >= enough) {
      const Result<void> analysed = s.analyse(window);
      if (!analysed) return analysed;
    }
  }
  return {};
}

Result<void> FrontEnd::finish() {
  State& s = *state_;
  if (s.finished)
    return Error{ErrorCode::kInvalidArgument, "the recording is finished already; reset the front end first"};
  if (s.num_input == 0) return Error{ErrorCode::kEmptyAudio, "the recording holds no samples; record again"};
  s.resampler.finish(s.waiting);
  // What is left is up to one and a half windows: two halves are better than a whole and a short rest.
  if (s.waiting.size() > s.samples_of(s.options.crop.window_s)) {
    const Result<void> analysed = s.analyse(s.waiting.size() / 2);
    if (!analysed) return analysed;
  }
  const Result<void> analysed = s.analyse(s.waiting.size());
  if (!analysed) return analysed;
  s.cut_speech();
  s.measure_quality();
  s.finished = true;
  return {};
}

void FrontEnd::reset() {
  State& s = *state_;
  s.resampler.reset();
  state_ = std::make_unique<State>(s.options, s.input_rate_hz, std::move(s.resampler), std::move(s.extractor));
}

const Quality& FrontEnd::quality() const {
  return state_->quality;
}
std::size_t FrontEnd::num_segments() const {
  return state_->segments.size();
}
const FeatureMatrix& FrontEnd::segment(std::size_t index) const {
  assert(index < state_->segments.size());
  return state_->segments[index];
}
std::span<const float> FrontEnd::speech() const {
  return state_->speech;
}
FeatureMatrix FrontEnd::features(std::size_t begin, std::size_t end) {
  assert(begin <= end && end <= state_->speech.size());
  return state_->normalised_features(begin, end);
}
std::span<const FrontEnd::Interval> FrontEnd::speech_intervals() const {
  return state_->intervals;
}

}  // namespace voiceprint
