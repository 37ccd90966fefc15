// Dot products with a fixed order of additions, so that every compiler vectorises it without fast-math and every build
// agrees bit for bit.
#pragma once

#include <cstddef>
#include <span>

namespace voiceprint {

// REQUIRES: count is a multiple of 8.
float dot8(const float* a, const float* b, std::size_t count);

// Summed in double, one after another: exact to the last bits of a float. REQUIRES: equal lengths.
inline double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

}  // namespace voiceprint
