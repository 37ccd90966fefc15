#include "dot.h"

namespace voiceprint {

float dot8(const float* a, const float* b, std::size_t count) {
  float lane[8] = {};
  for (std::size_t i = 0; i < count; i += 8)
    for (std::size_t k = 0; k < 8; ++k) lane[k] += a[i + k] * b[i + k];
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

}  // namespace voiceprint
