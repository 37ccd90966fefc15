#include "ranked.h"

#include <algorithm>

namespace voiceprint {

void sort_by_score(std::vector<Ranked>& ranked) {
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return a.score < b.score || (a.score == b.score && a.index < b.index);
  });
}

}  // namespace voiceprint
