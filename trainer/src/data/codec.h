// Codec augmentation: what speech goes through on its way to a recording. Encodes and decodes in memory with
// libsndfile.
#pragma once

#include <cstdint>
#include <vector>

#include "random.h"

namespace voiceprint::trainer {

struct AugmentConfig;

// Telephone at 8 kHz (G.711 mu-law and A-law, GSM 06.10, IMA ADPCM), a band of 4.5 to 7 kHz, and whole-band codecs.
enum class CodecFamily { kMuLaw, kALaw, kGsm, kAdpcm, kNarrow, kMp3, kVorbis, kOpus };
// By CodecFamily: the words of augment.codecs.
inline constexpr const char* kCodecNames[] = {"mu_law", "a_law", "gsm", "adpcm", "narrow", "mp3", "vorbis", "opus"};

struct Codec {
  CodecFamily family = CodecFamily::kNarrow;
  std::int32_t rate_hz = 8000;  // narrow: twice the band
  double compression = 0;       // mp3, vorbis, opus: 0 (best) to 1, libsndfile's compression level
  double bitrate_kbps = 0;      // mp3 (8..160) and opus (6..256): > 0: so many instead
};

// One of the families in augment.codecs, equally likely.
Codec draw_codec(Random& random, const AugmentConfig& config);

// Passes 16 kHz mono samples through the codec. Keeps the length; codec delays stay. Samples are clamped to [-1, 1].
void apply_codec(const Codec& codec, std::vector<float>& samples);

}  // namespace voiceprint::trainer
