// Dot product with a fixed order of additions, so that every compiler vectorises it without fast-math and every build
// agrees bit for bit.
#pragma once

#include <cstddef>

namespace voiceprint {

// REQUIRES: count is a multiple of 8.
float dot8(const float* a, const float* b, std::size_t count);

}  // namespace voiceprint
