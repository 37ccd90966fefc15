// The CRC-32 of PNG, gzip and Ethernet (ISO 3309; polynomial 0xEDB88320, reflected).
#pragma once

#include <cstdint>
#include <span>

namespace voiceprint {

std::uint32_t crc32(std::span<const std::uint8_t> bytes);

}  // namespace voiceprint
