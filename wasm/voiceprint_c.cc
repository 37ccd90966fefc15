// The C ABI over the C++ core: checks what a foreign caller may get wrong, converts, and passes on.
#include "voiceprint_c.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "status.h"
#include "voiceprint/calibration.h"
#include "voiceprint/fbank.h"
#include "voiceprint/features.h"
#include "voiceprint/front_end.h"
#include "voiceprint/quality.h"
#include "voiceprint/resampler.h"
#include "voiceprint/result.h"
#include "voiceprint/scoring.h"
#include "voiceprint/trial_metrics.h"
#include "voiceprint/trial_scorer.h"
#include "voiceprint/wav.h"

using namespace voiceprint::abi;  // NOLINT: this file is their user
using voiceprint::Error;
using voiceprint::ErrorCode;
using voiceprint::Result;

struct vp_front_end {
  voiceprint::FrontEnd core;
  bool finished = false;
  std::vector<float> intervals;  // begin and end, interleaved
};

struct vp_fbank {
  voiceprint::Fbank core;
};

struct vp_trial_scorer {
  voiceprint::TrialScorer core;
  std::size_t dimension;
};

struct vp_resampler {
  voiceprint::Resampler core;
  std::vector<float> output;  // what the latest call gave
};

static_assert(VP_OK == static_cast<int>(ErrorCode::kOk));
static_assert(VP_INVALID_ARGUMENT == static_cast<int>(ErrorCode::kInvalidArgument));
static_assert(VP_UNSUPPORTED_FORMAT == static_cast<int>(ErrorCode::kUnsupportedFormat));
static_assert(VP_CORRUPT_DATA == static_cast<int>(ErrorCode::kCorruptData));
static_assert(VP_TRUNCATED == static_cast<int>(ErrorCode::kTruncated));
static_assert(VP_EMPTY_AUDIO == static_cast<int>(ErrorCode::kEmptyAudio));
static_assert(VP_NON_FINITE_SAMPLE == static_cast<int>(ErrorCode::kNonFiniteSample));
static_assert(VP_TOO_SHORT == static_cast<int>(ErrorCode::kTooShort));
static_assert(VP_IO == static_cast<int>(ErrorCode::kIo));
static_assert(VP_OUT_OF_MEMORY == static_cast<int>(ErrorCode::kOutOfMemory));
static_assert(VP_UNDEFINED == static_cast<int>(ErrorCode::kUndefined));

namespace {

constexpr std::int32_t kOk = VP_OK;

// A plain array: reporting that memory is gone must not need memory.
thread_local char last_error[512] = "";

bool all_finite(const float* samples, std::uint32_t num_samples) {
  return std::all_of(samples, samples + num_samples, [](float sample) { return std::isfinite(sample); });
}

std::int32_t non_finite() {
  return fail(ErrorCode::kNonFiniteSample, "A sample is NaN or infinite.");
}

Result<std::int32_t> to_rate(std::uint32_t rate_hz) {
  if (rate_hz > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
    return Error{ErrorCode::kInvalidArgument, "The sample rate is above 2^31 - 1 Hz."};
  }
  return static_cast<std::int32_t>(rate_hz);
}

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

Result<voiceprint::WavFormat> to_wav_format(const vp_wav_format& in) {
  voiceprint::WavFormat out;
  std::int32_t encoding = 0;
  std::int32_t bytes_per_frame = 0;
  if (!to_integer(in.encoding, encoding) || !to_integer(in.bits_per_sample, out.bits_per_sample) ||
      !to_integer(in.num_channels, out.num_channels) || !to_integer(in.sample_rate_hz, out.sample_rate_hz) ||
      !to_integer(in.data_offset, out.data_offset) || !to_integer(in.num_frames, out.num_frames) ||
      !to_integer(in.bytes_per_frame, bytes_per_frame) || out.bits_per_sample > 64 || out.num_channels < 1 ||
      out.num_channels > 64 || bytes_per_frame != out.bytes_per_frame()) {
    return Error{ErrorCode::kInvalidArgument, "The WAV format is not one that vp_wav_parse gave."};
  }
  out.encoding = static_cast<voiceprint::WavEncoding>(encoding);
  const bool known =
      (out.encoding == voiceprint::WavEncoding::kPcm && (out.bits_per_sample == 8 || out.bits_per_sample == 16 ||
                                                         out.bits_per_sample == 24 || out.bits_per_sample == 32)) ||
      (out.encoding == voiceprint::WavEncoding::kFloat && (out.bits_per_sample == 32 || out.bits_per_sample == 64)) ||
      ((out.encoding == voiceprint::WavEncoding::kALaw || out.encoding == voiceprint::WavEncoding::kMuLaw) &&
       out.bits_per_sample == 8);
  if (!known) return Error{ErrorCode::kInvalidArgument, "The WAV format is not one that vp_wav_parse gave."};
  return out;
}

std::int32_t give_view(const std::vector<float>& values, const float** out, std::uint32_t* num_out) {
  *out = values.data();
  *num_out = static_cast<std::uint32_t>(values.size());
  return kOk;
}

// Figures of a recording; kInvalidArgument where one is NaN, with which every comparison is false.
Result<voiceprint::Quality> to_quality(const vp_quality& in) {
  for (double value :
       {in.duration_s, in.net_speech_s, in.level_dbfs, in.peak_dbfs, in.clipped_fraction, in.snr_db, in.bandwidth_hz}) {
    if (std::isnan(value)) return Error{ErrorCode::kInvalidArgument, "A quality figure is not a number."};
  }
  return voiceprint::Quality{.duration_s = static_cast<float>(in.duration_s),
                             .net_speech_s = static_cast<float>(in.net_speech_s),
                             .level_dbfs = static_cast<float>(in.level_dbfs),
                             .peak_dbfs = static_cast<float>(in.peak_dbfs),
                             .clipped_fraction = static_cast<float>(in.clipped_fraction),
                             .snr_db = static_cast<float>(in.snr_db),
                             .bandwidth_hz = static_cast<float>(in.bandwidth_hz)};
}

Result<voiceprint::TrialScorerOptions> to_trial_scorer_options(const vp_trial_scorer_options& in,
                                                               std::span<const vp_quality_term> terms) {
  voiceprint::TrialScorerOptions out;
  std::uint32_t kind = 0;
  if (!to_integer(in.dimension, out.dimension) || !to_integer(in.top_n, out.top_n)) {
    return Error{ErrorCode::kInvalidArgument, "dimension or top_n is not a whole number."};
  }
  if (!to_integer(in.score, kind) || kind > static_cast<std::uint32_t>(voiceprint::ScoreKind::kAsNorm)) {
    return Error{ErrorCode::kInvalidArgument, "score is neither 0 nor 1."};
  }
  out.score = static_cast<voiceprint::ScoreKind>(kind);
  out.calibration = {in.scale, in.offset, {}};
  for (const vp_quality_term& term : terms) {
    std::uint32_t measure = 0;
    if (!to_integer(term.measure, measure) ||
        measure > static_cast<std::uint32_t>(voiceprint::QualityMeasure::kCohortMean)) {
      return Error{ErrorCode::kInvalidArgument, "A quality term has an unknown measure."};
    }
    out.calibration.terms.push_back(
        {static_cast<voiceprint::QualityMeasure>(measure), term.weight, term.low, term.high});
  }
  return out;
}

vp_estimate to_estimate(const voiceprint::Estimate& in) {
  return {in.value, in.interval.low, in.interval.high};
}

std::int32_t not_finished() {
  return fail(ErrorCode::kInvalidArgument, "Call vp_front_end_finish first: there is no result yet.");
}

}  // namespace

std::int32_t voiceprint::abi::fail(ErrorCode code, std::string_view message) {
  std::size_t length = message.copy(last_error, sizeof(last_error) - 1);
  last_error[length] = '\0';
  return static_cast<std::int32_t>(code);
}

std::int32_t vp_abi_version() {
  return VP_ABI_VERSION;
}

const char* vp_last_error() {
  return last_error;
}

void* vp_alloc(std::uint32_t num_bytes) {
  // Near the end of the address space emmalloc rounds up to almost nothing.
  const std::uint64_t wanted = num_bytes;
  if (wanted > static_cast<std::uint64_t>(std::numeric_limits<std::ptrdiff_t>::max())) return nullptr;
  return std::malloc(num_bytes == 0 ? 1 : num_bytes);
}

void vp_free(void* memory) {
  std::free(memory);
}

std::int32_t vp_wav_parse(const std::uint8_t* head, std::uint32_t head_bytes, double file_bytes,
                          vp_wav_format* format) {
  if (!is_array(head, head_bytes) || format == nullptr) return null_argument();
  std::uint64_t whole_file_bytes = 0;
  if (!to_integer(file_bytes, whole_file_bytes) || whole_file_bytes < head_bytes) {
    return fail(ErrorCode::kInvalidArgument, "file_bytes is not a whole number of at least head_bytes.");
  }
  return guarded([&] {
    auto parsed = voiceprint::parse_wav_header({head, head_bytes}, whole_file_bytes);
    if (!parsed) return fail(parsed.error());
    *format = {static_cast<double>(parsed->encoding),         static_cast<double>(parsed->bits_per_sample),
               static_cast<double>(parsed->num_channels),     static_cast<double>(parsed->sample_rate_hz),
               static_cast<double>(parsed->data_offset),      static_cast<double>(parsed->num_frames),
               static_cast<double>(parsed->bytes_per_frame())};
    return kOk;
  });
}

std::int32_t vp_wav_decode(const vp_wav_format* format, const std::uint8_t* bytes, std::uint32_t num_frames,
                           float* mono) {
  if (format == nullptr || !is_array(bytes, num_frames) || !is_array(mono, num_frames)) return null_argument();
  return guarded([&] {
    auto core_format = to_wav_format(*format);
    if (!core_format) return fail(core_format.error());
    const std::uint64_t num_bytes =
        std::uint64_t{num_frames} * static_cast<std::uint64_t>(core_format->bytes_per_frame());
    if (num_bytes > std::numeric_limits<std::size_t>::max()) {
      return fail(ErrorCode::kInvalidArgument, "num_frames is more than memory can address.");
    }
    auto decoded =
        voiceprint::decode_wav(*core_format, {bytes, static_cast<std::size_t>(num_bytes)}, {mono, num_frames});
    return decoded ? kOk : fail(decoded.error());
  });
}

std::int32_t vp_front_end_create(const vp_front_end_options* options, std::uint32_t input_rate_hz, vp_front_end** out) {
  if (options == nullptr || out == nullptr) return null_argument();
  return guarded([&] {
    auto core_options = to_front_end_options(*options);
    if (!core_options) return fail(core_options.error());
    auto rate_hz = to_rate(input_rate_hz);
    if (!rate_hz) return fail(rate_hz.error());
    auto core = voiceprint::FrontEnd::create(*core_options, *rate_hz);
    if (!core) return fail(core.error());
    auto* handle = new (std::nothrow) vp_front_end{std::move(*core), false, {}};
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

std::int32_t vp_resampler_create(std::uint32_t input_rate_hz, std::uint32_t output_rate_hz, vp_resampler** out) {
  if (out == nullptr) return null_argument();
  return guarded([&] {
    auto input_hz = to_rate(input_rate_hz);
    if (!input_hz) return fail(input_hz.error());
    auto output_hz = to_rate(output_rate_hz);
    if (!output_hz) return fail(output_hz.error());
    auto core = voiceprint::Resampler::create(*input_hz, *output_hz);
    if (!core) return fail(core.error());
    auto* handle = new (std::nothrow) vp_resampler{std::move(*core), {}};
    if (handle == nullptr) return out_of_memory();
    *out = handle;
    return kOk;
  });
}

void vp_resampler_destroy(vp_resampler* resampler) {
  delete resampler;
}

std::int32_t vp_resampler_push(vp_resampler* resampler, const float* samples, std::uint32_t num_samples,
                               const float** out, std::uint32_t* num_out) {
  if (resampler == nullptr || !is_array(samples, num_samples) || out == nullptr || num_out == nullptr) {
    return null_argument();
  }
  if (!all_finite(samples, num_samples)) return non_finite();
  return guarded([&] {
    resampler->output.clear();
    resampler->core.push({samples, num_samples}, resampler->output);
    return give_view(resampler->output, out, num_out);
  });
}

std::int32_t vp_resampler_finish(vp_resampler* resampler, const float** out, std::uint32_t* num_out) {
  if (resampler == nullptr || out == nullptr || num_out == nullptr) return null_argument();
  return guarded([&] {
    resampler->output.clear();
    resampler->core.finish(resampler->output);
    return give_view(resampler->output, out, num_out);
  });
}

std::int32_t vp_l2_normalise(float* embedding, std::uint32_t dimension) {
  if (embedding == nullptr) return null_argument();
  return guarded([&] {
    auto normalised = voiceprint::l2_normalise({embedding, dimension});
    return normalised ? kOk : fail(normalised.error());
  });
}

std::int32_t vp_cosine_score(const float* a, const float* b, std::uint32_t dimension, float* score) {
  if (a == nullptr || b == nullptr || score == nullptr) return null_argument();
  return guarded([&] {
    auto cosine = voiceprint::cosine_score({a, dimension}, {b, dimension});
    if (!cosine) return fail(cosine.error());
    *score = *cosine;
    return kOk;
  });
}

std::int32_t vp_mean_embedding(const float* embeddings, std::uint32_t num_embeddings, std::uint32_t dimension,
                               float* mean) {
  if (embeddings == nullptr || mean == nullptr) return null_argument();
  const std::uint64_t num_values = std::uint64_t{num_embeddings} * dimension;
  if (num_values == 0 || num_values > std::numeric_limits<std::size_t>::max() / sizeof(float)) {
    return fail(ErrorCode::kInvalidArgument, "num_embeddings times dimension is 0 or more than memory can address.");
  }
  return guarded([&] {
    auto result = voiceprint::mean_embedding({embeddings, static_cast<std::size_t>(num_values)}, dimension);
    if (!result) return fail(result.error());
    std::copy(result->begin(), result->end(), mean);
    return kOk;
  });
}

std::int32_t vp_posterior(double llr, double p_target, double* probability) {
  if (probability == nullptr) return null_argument();
  if (!(p_target > 0.0 && p_target < 1.0)) {
    return fail(ErrorCode::kInvalidArgument, "p_target is not between 0 and 1, both excluded.");
  }
  if (!std::isfinite(llr)) return fail(ErrorCode::kNonFiniteSample, "The LLR is not a finite number.");
  *probability = voiceprint::posterior(llr, p_target);
  return kOk;
}

std::int32_t vp_trial_scorer_create(const vp_trial_scorer_options* options, const vp_quality_term* terms,
                                    std::uint32_t num_terms, const std::uint8_t* cohort, std::uint32_t cohort_bytes,
                                    const std::uint8_t* model_sha256, vp_trial_scorer** out) {
  if (options == nullptr || !is_array(terms, num_terms) || !is_array(cohort, cohort_bytes) ||
      !is_array(model_sha256, cohort_bytes) || out == nullptr) {
    return null_argument();
  }
  return guarded([&] {
    auto core_options = to_trial_scorer_options(*options, {terms, num_terms});
    if (!core_options) return fail(core_options.error());
    voiceprint::Cohort core_cohort;
    if (cohort_bytes > 0) {
      auto decoded = voiceprint::decode_cohort({cohort, cohort_bytes});
      if (!decoded) return fail(decoded.error());
      core_cohort = std::move(*decoded);
      if (!std::equal(core_cohort.model_sha256.begin(), core_cohort.model_sha256.end(), model_sha256)) {
        return fail(ErrorCode::kInvalidArgument, "The cohort file is of another model: use the one beside this model.");
      }
    }
    auto core = voiceprint::TrialScorer::create(*core_options, std::move(core_cohort));
    if (!core) return fail(core.error());
    auto* handle = new (std::nothrow) vp_trial_scorer{std::move(*core), core_options->dimension};
    if (handle == nullptr) return out_of_memory();
    *out = handle;
    return kOk;
  });
}

void vp_trial_scorer_destroy(vp_trial_scorer* scorer) {
  delete scorer;
}

std::int32_t vp_trial_scorer_statistics(const vp_trial_scorer* scorer, const float* embedding,
                                        vp_cohort_statistics* out) {
  if (scorer == nullptr || embedding == nullptr || out == nullptr) return null_argument();
  if (!scorer->core.has_cohort()) return fail(ErrorCode::kUndefined, "The calibration uses no cohort.");
  return guarded([&] {
    auto statistics = scorer->core.statistics({embedding, scorer->dimension});
    if (!statistics) return fail(statistics.error());
    *out = {statistics->mean, statistics->deviation};
    return kOk;
  });
}

std::int32_t vp_trial_scorer_score(const vp_trial_scorer* scorer, const float* a, const vp_quality* quality_a,
                                   const vp_cohort_statistics* statistics_a, const float* b,
                                   const vp_quality* quality_b, const vp_cohort_statistics* statistics_b,
                                   vp_trial_score* out) {
  if (scorer == nullptr || a == nullptr || quality_a == nullptr || b == nullptr || quality_b == nullptr ||
      out == nullptr) {
    return null_argument();
  }
  return guarded([&] {
    auto make_side = [&](const float* embedding, const vp_quality& quality,
                         const vp_cohort_statistics* statistics) -> Result<voiceprint::TrialSide> {
      auto core_quality = to_quality(quality);
      if (!core_quality) return core_quality.error();
      voiceprint::TrialSide side{{embedding, scorer->dimension}, *core_quality, {}};
      if (statistics != nullptr) {
        side.cohort = {statistics->mean, statistics->deviation};
      } else if (scorer->core.has_cohort()) {
        auto computed = scorer->core.statistics(side.embedding);
        if (!computed) return computed.error();
        side.cohort = *computed;
      }
      return side;
    };
    auto side_a = make_side(a, *quality_a, statistics_a);
    if (!side_a) return fail(side_a.error());
    auto side_b = make_side(b, *quality_b, statistics_b);
    if (!side_b) return fail(side_b.error());
    auto score = scorer->core.score(*side_a, *side_b);
    if (!score) return fail(score.error());
    *out = {score->score, score->as_norm, score->llr};
    return kOk;
  });
}

std::int32_t vp_measure_trials(const float* scores, const std::uint8_t* is_target, const std::uint32_t* enroll_speakers,
                               const std::uint32_t* test_speakers, std::uint32_t num_trials, const vp_cost_model* costs,
                               std::uint32_t num_costs, std::int32_t scores_are_llrs, std::uint32_t resamplings,
                               vp_trial_metrics* metrics, vp_cost_metrics* cost_metrics) {
  if (!is_array(scores, num_trials) || !is_array(is_target, num_trials) || !is_array(enroll_speakers, num_trials) ||
      !is_array(test_speakers, num_trials) || !is_array(costs, num_costs) || metrics == nullptr ||
      !is_array(cost_metrics, num_costs)) {
    return null_argument();
  }
  return guarded([&] {
    voiceprint::TrialMetricsOptions options;
    options.costs.clear();
    for (const vp_cost_model& cost : std::span(costs, num_costs)) {
      options.costs.push_back({cost.p_target, cost.c_miss, cost.c_fa});
    }
    options.scores_are_llrs = scores_are_llrs != 0;
    options.resamplings = resamplings;
    std::vector<voiceprint::ScoredTrial> trials;
    trials.reserve(num_trials);
    for (std::uint32_t i = 0; i < num_trials; ++i) {
      trials.push_back({scores[i], is_target[i] != 0, enroll_speakers[i], test_speakers[i]});
    }
    auto measured = voiceprint::measure_trials(trials, options);
    if (!measured) return fail(measured.error());
    *metrics = {static_cast<double>(measured->num_targets),
                static_cast<double>(measured->num_nontargets),
                static_cast<double>(measured->num_speakers),
                static_cast<double>(measured->num_resamplings),
                to_estimate(measured->eer),
                measured->eer_threshold,
                measured->eer_nearest,
                to_estimate(measured->min_cllr),
                to_estimate(measured->cllr)};
    for (std::uint32_t i = 0; i < num_costs; ++i) {
      const voiceprint::CostMetrics& cost = measured->costs[i];
      cost_metrics[i] = {to_estimate(cost.min_dcf), cost.min_dcf_threshold, to_estimate(cost.act_dcf)};
    }
    return kOk;
  });
}
