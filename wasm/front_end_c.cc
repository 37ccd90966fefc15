// The C ABI over front end, quality and Fbank.
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "convert.h"
#include "status.h"
#include "voiceprint/diarization.h"
#include "voiceprint/fbank.h"
#include "voiceprint/features.h"
#include "voiceprint/front_end.h"
#include "voiceprint/quality.h"
#include "voiceprint_c.h"

using namespace voiceprint::abi;  // NOLINT: this file is their user
using voiceprint::Error;
using voiceprint::ErrorCode;
using voiceprint::Result;

struct vp_front_end {
  voiceprint::FrontEnd core;
  std::int32_t sample_rate_hz = 0;  // of its speech
  bool finished = false;
  std::vector<float> intervals;  // begin and end, interleaved
  std::vector<voiceprint::SpeechWindow> windows;
  std::vector<double> window_times;  // begin and end, interleaved
  voiceprint::FeatureMatrix window;  // the latest
};

struct vp_fbank {
  voiceprint::Fbank core;
};

namespace {

constexpr std::int32_t kOk = VP_OK;

Result<voiceprint::FbankOptions> to_fbank_options(const vp_front_end_options& in) {
  voiceprint::FbankOptions out;
  if (!to_integer(in.sample_rate_hz, out.sample_rate_hz)) {
    return Error{ErrorCode::kInvalidArgument, "sample_rate_hz is not a whole number."};
  }
  if (!to_integer(in.num_mel_bins, out.num_mel_bins)) {
    return Error{ErrorCode::kInvalidArgument, "num_mel_bins is not a whole number."};
  }
  out.low_frequency_hz = static_cast<float>(in.low_frequency_hz);
  out.high_frequency_hz = static_cast<float>(in.high_frequency_hz);
  out.frame_length_ms = static_cast<float>(in.frame_length_ms);
  out.frame_shift_ms = static_cast<float>(in.frame_shift_ms);
  out.preemphasis = static_cast<float>(in.preemphasis);
  return out;
}

Result<voiceprint::FrontEndOptions> to_front_end_options(const vp_front_end_options& in) {
  using voiceprint::FeatureKind;
  auto fbank = to_fbank_options(in);
  if (!fbank) return fbank.error();
  voiceprint::FrontEndOptions out;
  std::int32_t kind = 0;
  if (!to_integer(in.feature_kind, kind) || kind > static_cast<std::int32_t>(FeatureKind::kMfcc)) {
    return Error{ErrorCode::kInvalidArgument, "feature_kind is not a whole number from 0 to 3."};
  }
  out.feature_kind = static_cast<FeatureKind>(kind);
  if (!to_integer(in.num_coefficients, out.spectrogram.num_coefficients)) {
    return Error{ErrorCode::kInvalidArgument, "num_coefficients is not a whole number."};
  }
  if ((out.feature_kind != FeatureKind::kMfcc && in.num_coefficients != 0) ||
      (out.feature_kind != FeatureKind::kFbank && in.preemphasis != 0) ||
      (out.feature_kind == FeatureKind::kSpectrogram &&
       (in.num_mel_bins != 0 || in.low_frequency_hz != 0 || in.high_frequency_hz != 0))) {
    return Error{ErrorCode::kInvalidArgument,
                 "num_coefficients, preemphasis or a mel option is not 0, but this feature kind does not have it."};
  }
  std::int32_t normalisation = 0;
  if (!to_integer(in.mean_normalisation, normalisation) || normalisation < 0 ||
      normalisation > static_cast<std::int32_t>(voiceprint::MeanNormalisation::kLevel)) {
    return Error{ErrorCode::kInvalidArgument, "mean_normalisation is neither 0 nor 1."};
  }
  out.mean_normalisation = static_cast<voiceprint::MeanNormalisation>(normalisation);
  out.fbank = *fbank;
  out.spectrogram.sample_rate_hz = fbank->sample_rate_hz;
  out.spectrogram.num_mel_bins = fbank->num_mel_bins;
  out.spectrogram.low_frequency_hz = fbank->low_frequency_hz;
  out.spectrogram.high_frequency_hz = fbank->high_frequency_hz;
  out.spectrogram.frame_length_ms = fbank->frame_length_ms;
  out.spectrogram.frame_shift_ms = fbank->frame_shift_ms;
  out.vad.sample_rate_hz = fbank->sample_rate_hz;
  out.vad.min_level_dbfs = static_cast<float>(in.vad_min_level_dbfs);
  out.vad.margin_db = static_cast<float>(in.vad_margin_db);
  out.vad.pad_ms = static_cast<float>(in.vad_pad_ms);
  out.vad.min_speech_ms = static_cast<float>(in.vad_min_speech_ms);
  out.vad.max_gap_ms = static_cast<float>(in.vad_max_gap_ms);
  out.crop.window_s = static_cast<float>(in.window_s);
  out.crop.max_segment_s = static_cast<float>(in.max_segment_s);
  out.crop.max_speech_s = static_cast<float>(in.max_speech_s);
  return out;
}

std::int32_t not_finished() {
  return fail(ErrorCode::kInvalidArgument, "Call vp_front_end_finish first: there is no result yet.");
}

}  // namespace

std::int32_t vp_front_end_create(const vp_front_end_options* options, std::uint32_t input_rate_hz, vp_front_end** out) {
  if (options == nullptr || out == nullptr) return null_argument();
  return guarded([&] {
    auto core_options = to_front_end_options(*options);
    if (!core_options) return fail(core_options.error());
    auto rate_hz = to_rate(input_rate_hz);
    if (!rate_hz) return fail(rate_hz.error());
    auto core = voiceprint::FrontEnd::create(*core_options, *rate_hz);
    if (!core) return fail(core.error());
    auto* handle =
        new (std::nothrow) vp_front_end{std::move(*core), core_options->vad.sample_rate_hz, false, {}, {}, {}, {}};
    if (handle == nullptr) return out_of_memory();
    *out = handle;
    return kOk;
  });
}

void vp_front_end_destroy(vp_front_end* front_end) {
  delete front_end;
}

std::int32_t vp_front_end_push(vp_front_end* front_end, const float* mono, std::uint32_t num_samples) {
  if (front_end == nullptr || !is_array(mono, num_samples)) return null_argument();
  if (front_end->finished) {
    return fail(ErrorCode::kInvalidArgument, "The recording is finished: call vp_front_end_reset before the next one.");
  }
  return guarded([&] {
    auto pushed = front_end->core.push({mono, num_samples});
    return pushed ? kOk : fail(pushed.error());
  });
}

std::int32_t vp_front_end_finish(vp_front_end* front_end) {
  if (front_end == nullptr) return null_argument();
  if (front_end->finished) {
    return fail(ErrorCode::kInvalidArgument, "The recording is finished: call vp_front_end_reset before the next one.");
  }
  return guarded([&] {
    auto finished = front_end->core.finish();
    if (!finished) return fail(finished.error());
    for (const auto& interval : front_end->core.speech_intervals()) {
      front_end->intervals.push_back(interval.begin_s);
      front_end->intervals.push_back(interval.end_s);
    }
    front_end->finished = true;
    return kOk;
  });
}

std::int32_t vp_front_end_reset(vp_front_end* front_end) {
  if (front_end == nullptr) return null_argument();
  return guarded([&] {
    front_end->core.reset();
    front_end->intervals.clear();
    front_end->windows.clear();
    front_end->finished = false;
    return kOk;
  });
}

std::int32_t vp_front_end_quality(const vp_front_end* front_end, vp_quality* out) {
  if (front_end == nullptr || out == nullptr) return null_argument();
  if (!front_end->finished) return not_finished();
  const voiceprint::Quality& quality = front_end->core.quality();
  *out = {quality.duration_s,       quality.net_speech_s, quality.level_dbfs,  quality.peak_dbfs,
          quality.clipped_fraction, quality.snr_db,       quality.bandwidth_hz};
  return kOk;
}

std::int32_t vp_front_end_num_segments(const vp_front_end* front_end, std::uint32_t* out) {
  if (front_end == nullptr || out == nullptr) return null_argument();
  if (!front_end->finished) return not_finished();
  *out = static_cast<std::uint32_t>(front_end->core.num_segments());
  return kOk;
}

std::int32_t vp_front_end_segment(const vp_front_end* front_end, std::uint32_t index, const float** values,
                                  std::uint32_t* num_frames) {
  if (front_end == nullptr || values == nullptr || num_frames == nullptr) return null_argument();
  if (!front_end->finished) return not_finished();
  if (index >= front_end->core.num_segments()) {
    return fail(ErrorCode::kInvalidArgument, "There is no segment of this index.");
  }
  const voiceprint::FeatureMatrix& segment = front_end->core.segment(index);
  *values = segment.values.data();
  *num_frames = static_cast<std::uint32_t>(segment.num_frames());
  return kOk;
}

std::int32_t vp_front_end_speech(const vp_front_end* front_end, const float** samples, std::uint32_t* num_samples) {
  if (front_end == nullptr || samples == nullptr || num_samples == nullptr) return null_argument();
  if (!front_end->finished) return not_finished();
  std::span<const float> speech = front_end->core.speech();
  *samples = speech.data();
  *num_samples = static_cast<std::uint32_t>(speech.size());
  return kOk;
}

std::int32_t vp_front_end_intervals(const vp_front_end* front_end, const float** begin_end_s,
                                    std::uint32_t* num_intervals) {
  if (front_end == nullptr || begin_end_s == nullptr || num_intervals == nullptr) return null_argument();
  if (!front_end->finished) return not_finished();
  *begin_end_s = front_end->intervals.data();
  *num_intervals = static_cast<std::uint32_t>(front_end->intervals.size() / 2);
  return kOk;
}

std::int32_t vp_front_end_plan_windows(vp_front_end* front_end, double window_s, double hop_s,
                                       const double** begin_end_s, std::uint32_t* num_windows) {
  if (front_end == nullptr || begin_end_s == nullptr || num_windows == nullptr) return null_argument();
  if (!front_end->finished) return not_finished();
  return guarded([&] {
    const voiceprint::WindowPlan plan{static_cast<float>(window_s), static_cast<float>(hop_s)};
    auto windows = voiceprint::plan_windows(front_end->core.speech_intervals(), front_end->sample_rate_hz, plan);
    if (!windows) return fail(windows.error());
    front_end->windows = std::move(*windows);
    front_end->window_times.clear();
    for (const voiceprint::SpeechWindow& window : front_end->windows) {
      front_end->window_times.push_back(window.begin_s);
      front_end->window_times.push_back(window.end_s);
    }
    *begin_end_s = front_end->window_times.data();
    *num_windows = static_cast<std::uint32_t>(front_end->windows.size());
    return kOk;
  });
}

std::int32_t vp_front_end_window(vp_front_end* front_end, std::uint32_t index, const float** values,
                                 std::uint32_t* num_frames) {
  if (front_end == nullptr || values == nullptr || num_frames == nullptr) return null_argument();
  if (!front_end->finished) return not_finished();
  if (index >= front_end->windows.size()) {
    return fail(ErrorCode::kInvalidArgument, "There is no window of this index: plan them first.");
  }
  return guarded([&] {
    const voiceprint::SpeechWindow& window = front_end->windows[index];
    front_end->window = front_end->core.features(window.begin, window.end);
    *values = front_end->window.values.data();
    *num_frames = static_cast<std::uint32_t>(front_end->window.num_frames());
    return kOk;
  });
}

std::int32_t vp_quality_reasons(const vp_quality* quality, const vp_quality_limits* limits, std::uint32_t* reasons) {
  if (quality == nullptr || limits == nullptr || reasons == nullptr) return null_argument();
  for (double value : {limits->min_net_speech_s, limits->min_level_dbfs, limits->max_clipped_fraction,
                       limits->min_snr_db, limits->min_bandwidth_hz}) {
    if (std::isnan(value)) return fail(ErrorCode::kInvalidArgument, "A quality limit is not a number.");
  }
  auto core_quality = to_quality(*quality);
  if (!core_quality) return fail(core_quality.error());
  *reasons = voiceprint::quality_reasons(*core_quality,
                                         {.min_net_speech_s = static_cast<float>(limits->min_net_speech_s),
                                          .min_level_dbfs = static_cast<float>(limits->min_level_dbfs),
                                          .max_clipped_fraction = static_cast<float>(limits->max_clipped_fraction),
                                          .min_snr_db = static_cast<float>(limits->min_snr_db),
                                          .min_bandwidth_hz = static_cast<float>(limits->min_bandwidth_hz)});
  return kOk;
}

std::int32_t vp_is_inconclusive(std::uint32_t reasons) {
  return voiceprint::is_inconclusive(reasons) ? 1 : 0;
}

std::int32_t vp_fbank_create(const vp_front_end_options* options, vp_fbank** out) {
  if (options == nullptr || out == nullptr) return null_argument();
  return guarded([&] {
    auto core_options = to_fbank_options(*options);
    if (!core_options) return fail(core_options.error());
    auto core = voiceprint::Fbank::create(*core_options);
    if (!core) return fail(core.error());
    auto* handle = new (std::nothrow) vp_fbank{std::move(*core)};
    if (handle == nullptr) return out_of_memory();
    *out = handle;
    return kOk;
  });
}

void vp_fbank_destroy(vp_fbank* fbank) {
  delete fbank;
}

std::int32_t vp_fbank_num_frames(const vp_fbank* fbank, std::uint32_t num_samples, std::uint32_t* out) {
  if (fbank == nullptr || out == nullptr) return null_argument();
  *out = static_cast<std::uint32_t>(fbank->core.num_frames(num_samples));
  return kOk;
}

std::int32_t vp_fbank_compute(vp_fbank* fbank, const float* samples, std::uint32_t num_samples, float* features) {
  if (fbank == nullptr || !is_array(samples, num_samples) || features == nullptr) return null_argument();
  if (!all_finite(samples, num_samples)) return non_finite();
  const std::size_t num_frames = fbank->core.num_frames(num_samples);
  if (num_frames == 0) return fail(ErrorCode::kTooShort, "The samples are fewer than one analysis frame.");
  const auto num_bins = static_cast<std::size_t>(fbank->core.options().num_mel_bins);
  fbank->core.compute({samples, num_samples}, {features, num_frames * num_bins});
  return kOk;
}
