// A strict WAV reader that never needs the whole file in memory.
//
// parse_wav_header() reads the chunk headers from the first bytes of a file; decode_wav() turns any run of whole frames
// of its data chunk into mono float samples in [-1, 1]. Both are stateless, so a 3-hour file is read piece by piece.
// Reads RIFF and RF64; PCM 8/16/24/32 bit, IEEE float 32/64, A-law, mu-law (ITU-T G.711), WAVE_FORMAT_EXTENSIBLE.
// Thread-safety: free functions over the caller's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "voiceprint/result.h"

namespace voiceprint {

enum class WavEncoding : std::int32_t { kPcm = 1, kFloat = 3, kALaw = 6, kMuLaw = 7 };

struct WavFormat {
  WavEncoding encoding = WavEncoding::kPcm;
  std::int32_t bits_per_sample = 16;    // of one channel
  std::int32_t num_channels = 1;        // 1..64
  std::int32_t sample_rate_hz = 16000;  // 1000..768000: what a container may hold; the resampler says what it accepts
  std::uint64_t data_offset = 0;        // bytes from the start of the file to the first frame
  std::uint64_t num_frames = 0;         // whole frames of all channels
  std::int32_t bytes_per_frame() const { return bits_per_sample / 8 * num_channels; }
};

// `head` is the start of the file (all of it, or at least everything before the first frame); `file_bytes` the length
// of the whole file. Errors: kUnsupportedFormat (not RIFF/WAVE, other codecs), kCorruptData (contradicting fields, 0
// channels, 0 Hz), kTruncated (data chunk says more than the file holds; a header that is cut), kEmptyAudio.
Result<WavFormat> parse_wav_header(std::span<const std::uint8_t> head, std::uint64_t file_bytes);

// Decodes whole frames: `bytes.size()` is a multiple of bytes_per_frame(), `mono.size()` the number of frames. Channels
// are averaged in double. Full scale maps to 1 (2^15 for 16 bit, and so on). kNonFiniteSample if a float sample is
// NaN/Inf.
Result<void> decode_wav(const WavFormat& format, std::span<const std::uint8_t> bytes, std::span<float> mono);

}  // namespace voiceprint
