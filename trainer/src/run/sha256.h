// SHA-256 (FIPS 180-4) in lower-case hex, for the manifest.
#pragma once

#include <string>
#include <string_view>

namespace voiceprint::trainer {

std::string sha256_hex(std::string_view bytes);

}  // namespace voiceprint::trainer
