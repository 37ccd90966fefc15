// Codec augmentation: what speech goes through on its way to a recording. Encodes and decodes in memory with
// libsndfile.
#pragma once

#include <span>
#include <vector>

#include "random.h"

namespace voiceprint::trainer {

// Passes 16 kHz mono samples through one randomly drawn channel: telephone (8 kHz: G.711 A-law or mu-law, GSM 06.10,
// IMA ADPCM), a narrower band, MP3, Ogg Vorbis or Ogg Opus at a random quality. Keeps the length; codec delays stay.
// Samples are clamped to [-1, 1].
void apply_random_codec(Random& random, std::vector<float>& samples);

}  // namespace voiceprint::trainer
