// White noise for tests, and its power.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "random.h"

namespace voiceprint::trainer {

inline std::vector<float> noise(std::uint64_t seed, std::size_t length) {
  Random random{seed};
  std::vector<float> samples(length);
  for (float& x : samples) x = static_cast<float>(0.1 * random.normal());
  return samples;
}

inline double power(const std::vector<float>& samples) {
  double sum = 0;
  for (const float x : samples) sum += static_cast<double>(x) * x;
  return sum / static_cast<double>(samples.size());
}

}  // namespace voiceprint::trainer
