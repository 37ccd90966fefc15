// The C ABI over WAV files and the resampler.
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "convert.h"
#include "status.h"
#include "voiceprint/resampler.h"
#include "voiceprint/wav.h"
#include "voiceprint_c.h"

using namespace voiceprint::abi;  // NOLINT: this file is their user
using voiceprint::Error;
using voiceprint::ErrorCode;
using voiceprint::Result;

struct vp_resampler {
  voiceprint::Resampler core;
  std::vector<float> output;  // what the latest call gave
};

namespace {

constexpr std::int32_t kOk = VP_OK;

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

}  // namespace

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
