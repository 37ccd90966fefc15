// Reading audio files natively (libsndfile: WAV, FLAC, Ogg/Opus, Ogg/Vorbis, MP3, AIFF). Not part of the wasm module.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint {

struct AudioBuffer {
  std::vector<float> samples;  // mono, [-1, 1]
  std::int32_t sample_rate_hz = 0;
};

struct AudioInfo {
  std::int32_t sample_rate_hz = 0;
  std::int32_t num_channels = 0;
  std::uint64_t num_frames = 0;
};

// Calls `sink` with consecutive blocks of mono samples until the file ends or the sink returns false. WAV files go
// through wav.h, so that native and wasm read them identically. Every error names the file. Errors: kIo,
// kUnsupportedFormat, kCorruptData, kTruncated (fewer frames than the header promises), kEmptyAudio, kNonFiniteSample.
Result<AudioInfo> stream_audio_file(const std::string& path,
                                    const std::function<bool(const AudioInfo&, std::span<const float> mono)>& sink);

// The whole file, at its own sample rate.
Result<AudioBuffer> read_audio_file(const std::string& path);

// Writes mono 16-bit PCM WAV (rounded, saturating), for tools and tests.
Result<void> write_wav16(const std::string& path, std::span<const float> mono, std::int32_t sample_rate_hz);

}  // namespace voiceprint
