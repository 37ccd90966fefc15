// SHA-256 (FIPS 180-4), in lower-case hex for the manifest, as bytes for the cohort.
#pragma once

#include <string>
#include <string_view>

#include "voiceprint/cohort.h"

namespace voiceprint::trainer {

Sha256 sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
std::string to_hex(const Sha256& digest);

}  // namespace voiceprint::trainer
