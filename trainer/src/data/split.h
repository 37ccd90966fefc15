// The speaker-disjoint validation split.
#pragma once

#include <cstdint>
#include <string>

#include "run/sha256.h"

namespace voiceprint::trainer {

// A speaker's fate depends on seed and name alone, so adding speakers or recordings moves nobody: the first 13 hex
// digits of SHA-256("<seed>\n<speaker>"), over 16^13, are less than `share`.
inline bool is_validation_speaker(std::uint64_t seed, const std::string& speaker, double share) {
  const std::string digest = sha256_hex(std::to_string(seed) + "\n" + speaker);
  return static_cast<double>(std::stoull(digest.substr(0, 13), nullptr, 16)) * 0x1p-52 < share;
}

}  // namespace voiceprint::trainer
