#include "utf8.h"

#include <cstddef>
#include <cstdint>

namespace voiceprint {

bool is_plain_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) -> std::uint32_t {
      return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0;
    };
    const std::uint32_t lead = byte(i);
    if (lead < 0x80) {
      if (lead < 0x20 || lead == 0x7F) return false;
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    std::uint32_t point = lead & (0x7Fu >> length);
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
      point = point << 6 | (byte(i + k) & 0x3F);
    }
    const std::uint32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (lead < 0xC0 || lead > 0xF7 || point < least || point < 0xA0 || point > 0x10FFFF || is_surrogate) return false;
    i += length;
  }
  return true;
}

}  // namespace voiceprint
