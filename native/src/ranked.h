// Scores with where they came from, sorted: what weights and speakers follow.
#pragma once

#include <cstdint>
#include <vector>

namespace voiceprint {

struct Ranked {
  float score;
  std::uint32_t index;
};

// By rising score, and where equal in the order given. REQUIRES: no NaN.
void sort_by_score(std::vector<Ranked>& ranked);

}  // namespace voiceprint
