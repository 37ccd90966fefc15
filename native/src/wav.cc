#include "voiceprint/wav.h"

#include <array>
#include <cmath>
#include <cstring>
#include <string>

namespace voiceprint {
namespace {

constexpr std::uint16_t kTagExtensible = 0xFFFE;
constexpr std::uint32_t kUnknownSize = 0xFFFFFFFF;
constexpr std::uint32_t kMinRateHz = 1000, kMaxRateHz = 768000;
constexpr std::uint16_t kMaxChannels = 64;

std::uint16_t read_u16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>(p[0] | p[1] << 8);
}
std::uint32_t read_u32(const std::uint8_t* p) {
  return static_cast<std::uint32_t>(read_u16(p)) | static_cast<std::uint32_t>(read_u16(p + 2)) << 16;
}
std::uint64_t read_u64(const std::uint8_t* p) {
  return static_cast<std::uint64_t>(read_u32(p)) | static_cast<std::uint64_t>(read_u32(p + 4)) << 32;
}
bool has_id(const std::uint8_t* p, const char* id) {
  return std::memcmp(p, id, 4) == 0;
}

Error corrupt(std::string message) {
  return {ErrorCode::kCorruptData, std::move(message)};
}
Error unsupported(std::string message) {
  return {ErrorCode::kUnsupportedFormat, std::move(message)};
}
Error truncated(std::string message) {
  return {ErrorCode::kTruncated, std::move(message)};
}

// The body of the "fmt " chunk.
Result<WavFormat> parse_format(std::span<const std::uint8_t> body) {
  if (body.size() < 16) return corrupt("WAV format chunk has less than 16 bytes; write the file again");
  std::uint16_t tag = read_u16(body.data());
  const std::uint16_t channels = read_u16(body.data() + 2);
  const std::uint32_t rate = read_u32(body.data() + 4);
  const std::uint16_t block_align = read_u16(body.data() + 12);
  const std::uint16_t bits = read_u16(body.data() + 14);

  if (tag == kTagExtensible) {
    // The codec is the first two bytes of a GUID whose other bytes are fixed.
    static constexpr std::array<std::uint8_t, 14> kGuidTail = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                                               0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71};
    if (body.size() < 40) return corrupt("WAV extensible format chunk has less than 40 bytes; write the file again");
    if (std::memcmp(body.data() + 26, kGuidTail.data(), kGuidTail.size()) != 0)
      return unsupported("WAV sub-format is not one of PCM, float, A-law, mu-law; convert the file to 16-bit PCM");
    tag = read_u16(body.data() + 24);
  }

  if (channels == 0) return corrupt("WAV header says 0 channels; write the file again");
  if (rate == 0) return corrupt("WAV header says a sample rate of 0 Hz; write the file again");
  if (channels > kMaxChannels)
    return unsupported("WAV file has " + std::to_string(channels) + " channels, more than 64; mix it down first");
  if (rate < kMinRateHz || rate > kMaxRateHz)
    return unsupported("WAV sample rate of " + std::to_string(rate) + " Hz is outside 1000..768000 Hz");

  bool known = false;
  switch (tag) {
    case 1:
      known = bits == 8 || bits == 16 || bits == 24 || bits == 32;
      break;
    case 3:
      known = bits == 32 || bits == 64;
      break;
    case 6:
    case 7:
      known = bits == 8;
      break;
    default:
      return unsupported("WAV codec " + std::to_string(tag) + " is not PCM, float, A-law or mu-law; convert it to PCM");
  }
  if (!known)
    return unsupported("WAV codec " + std::to_string(tag) + " with " + std::to_string(bits) +
                       " bits per sample is not read; convert it to 16-bit PCM");
  if (block_align != bits / 8 * channels)
    return corrupt("WAV header says " + std::to_string(block_align) + " bytes per frame, but " +
                   std::to_string(channels) + " channels of " + std::to_string(bits) + " bits; write the file again");

  WavFormat format;
  format.encoding = static_cast<WavEncoding>(tag);
  format.bits_per_sample = bits;
  format.num_channels = channels;
  format.sample_rate_hz = static_cast<std::int32_t>(rate);
  return format;
}

// ITU-T G.711, both laws: sign bit, three-bit exponent, four-bit mantissa; 16-bit full scale.
std::int32_t decode_a_law(std::uint8_t code) {
  const std::int32_t bits = code ^ 0x55, exponent = bits >> 4 & 7, mantissa = bits & 15;
  const std::int32_t magnitude = exponent == 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}
std::int32_t decode_mu_law(std::uint8_t code) {
  const std::int32_t bits = ~code & 0xFF, exponent = bits >> 4 & 7, mantissa = bits & 15;
  const std::int32_t magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}

// One sample of one channel; full scale is 1.
double decode_sample(WavEncoding encoding, std::int32_t bits, const std::uint8_t* p) {
  switch (encoding) {
    case WavEncoding::kALaw:
      return decode_a_law(*p) / 32768.0;
    case WavEncoding::kMuLaw:
      return decode_mu_law(*p) / 32768.0;
    case WavEncoding::kFloat:
      if (bits == 32) {
        float value;
        const std::uint32_t raw = read_u32(p);
        std::memcpy(&value, &raw, sizeof value);
        return static_cast<double>(value);
      } else {
        double value;
        const std::uint64_t raw = read_u64(p);
        std::memcpy(&value, &raw, sizeof value);
        return value;
      }
    case WavEncoding::kPcm:
      break;
  }
  switch (bits) {
    case 8:
      return (*p - 128) / 128.0;
    case 16:
      return static_cast<std::int16_t>(read_u16(p)) / 32768.0;
    case 24:
      return static_cast<std::int32_t>((read_u16(p) | static_cast<std::uint32_t>(p[2]) << 16) << 8) / 2147483648.0;
    default:
      return static_cast<std::int32_t>(read_u32(p)) / 2147483648.0;
  }
}

}  // namespace

Result<WavFormat> parse_wav_header(std::span<const std::uint8_t> head, std::uint64_t file_bytes) {
  assert(head.size() <= file_bytes);
  if (file_bytes == 0) return Error{ErrorCode::kEmptyAudio, "the file is empty; record it again"};
  const bool rf64 = head.size() >= 4 && has_id(head.data(), "RF64");
  if (head.size() < 4 || !(rf64 || has_id(head.data(), "RIFF")))
    return unsupported("not a WAV file (it does not begin with RIFF or RF64); convert it to WAV");
  if (head.size() < 12) return truncated("WAV header is cut after " + std::to_string(head.size()) + " bytes");
  if (!has_id(head.data() + 8, "WAVE")) return unsupported("a RIFF file, but not WAVE; convert it to WAV");

  WavFormat format;
  bool have_format = false;
  std::uint64_t large_data_bytes = 0;  // from the ds64 chunk of RF64
  bool have_large = false;
  std::uint64_t at = 12;
  while (true) {
    if (head.size() < 8 || at > head.size() - 8)
      return truncated("WAV file ends before its data chunk; the file is cut, copy it again");
    const std::uint8_t* chunk = head.data() + at;
    std::uint64_t size = read_u32(chunk + 4);
    at += 8;
    if (has_id(chunk, "data")) {
      if (!have_format) return corrupt("WAV data comes before its format chunk; write the file again");
      const std::uint64_t rest = file_bytes - at;
      if (size == kUnknownSize && have_large)
        size = large_data_bytes;
      else if (size == 0 || size == kUnknownSize)
        size = rest;  // a streaming writer could not go back to fill it in
      if (size > rest)
        return truncated("WAV header promises " + std::to_string(size) + " bytes of samples, but only " +
                         std::to_string(rest) + " follow; the file is cut, copy it again");
      format.data_offset = at;
      format.num_frames = size / static_cast<std::uint64_t>(format.bytes_per_frame());
      if (format.num_frames == 0)
        return Error{ErrorCode::kEmptyAudio, "the WAV file holds no samples; record it again"};
      return format;
    }
    const std::uint64_t in_head = head.size() - at;
    if (has_id(chunk, "fmt ")) {
      if (have_format) return corrupt("WAV file has two format chunks; write the file again");
      if (size > in_head) return truncated("WAV format chunk is cut; copy the file again");
      Result<WavFormat> parsed =
          parse_format(head.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(size)));
      if (!parsed) return parsed;
      format = *parsed;
      have_format = true;
    } else if (has_id(chunk, "ds64") && rf64) {
      if (size < 16) return corrupt("RF64 size chunk has less than 16 bytes; write the file again");
      if (size > in_head) return truncated("RF64 size chunk is cut; copy the file again");
      large_data_bytes = read_u64(head.data() + at + 8);
      have_large = true;
    }
    at += size + (size & 1);  // chunks are padded to even length
  }
}

Result<void> decode_wav(const WavFormat& format, std::span<const std::uint8_t> bytes, std::span<float> mono) {
  const std::size_t channels = static_cast<std::size_t>(format.num_channels);
  const std::size_t sample_bytes = static_cast<std::size_t>(format.bits_per_sample / 8);
  assert(bytes.size() == mono.size() * channels * sample_bytes);
  const std::uint8_t* p = bytes.data();
  for (std::size_t i = 0; i < mono.size(); ++i) {
    double sum = 0;
    for (std::size_t c = 0; c < channels; ++c, p += sample_bytes)
      sum += decode_sample(format.encoding, format.bits_per_sample, p);
    const float value = static_cast<float>(sum / static_cast<double>(channels));
    if (!std::isfinite(value))
      return Error{ErrorCode::kNonFiniteSample,
                   "sample " + std::to_string(i) + " of the block is not a finite number; write the file again"};
    mono[i] = value;
  }
  return {};
}

}  // namespace voiceprint
