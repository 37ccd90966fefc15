// CRC-32 of ISO 3309, as in zlib and PNG: finds damage, not forgery.
#pragma once

#include <cstdint>
#include <span>

namespace voiceprint {

std::uint32_t crc32(std::span<const std::uint8_t> bytes);

}  // namespace voiceprint
