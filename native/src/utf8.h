// Text that came from outside.
#pragma once

#include <string_view>

namespace voiceprint {

// Well-formed UTF-8 (RFC 3629) without control characters (U+0000 to U+001F, U+007F to U+009F).
bool is_plain_utf8(std::string_view text);

}  // namespace voiceprint
