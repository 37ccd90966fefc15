// Natural logarithm from additions and multiplications only: every build gives the same bits, which the C libraries'
// logf does not, and the compiler can vectorise a loop over it.
//
// x = 2^e m with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh(s), s = (m - 1) / (m + 1), by its odd power series.
#pragma once

#include <cstdint>
#include <cstring>

namespace voiceprint {

// REQUIRES: x is a positive, normal float. Error at most 3e-7 plus half a unit in the last place of the result.
inline float log_positive(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const std::uint32_t shifted = bits - 0x3F3504F3u;  // 0x3F3504F3: sqrt(1/2)
  const std::int32_t exponent = static_cast<std::int32_t>(shifted) >> 23;
  const std::uint32_t mantissa_bits = (shifted & 0x007FFFFFu) + 0x3F3504F3u;
  float mantissa;
  std::memcpy(&mantissa, &mantissa_bits, sizeof mantissa);
  const float s = (mantissa - 1.0f) / (mantissa + 1.0f);  // |s| < 0.1716
  const float s2 = s * s;
  const float series = s * (2.0f + s2 * (2.0f / 3 + s2 * (2.0f / 5 + s2 * (2.0f / 7 + s2 * (2.0f / 9)))));
  const float power = static_cast<float>(exponent);
  // ln 2 in two parts: the first has few bits, so that its product with the exponent is exact.
  return power * 0.693359375f + (power * -2.12194440e-4f + series);
}

}  // namespace voiceprint
