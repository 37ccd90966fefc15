#include "ranked.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace voiceprint {
namespace {

// Rises with the score.
std::uint32_t key_of(float score) {
  std::uint32_t bits;
  std::memcpy(&bits, &score, sizeof bits);
  return bits ^ ((bits >> 31) != 0 ? 0xffffffffu : 0x80000000u);
}

}  // namespace

// Three stable passes over 11 bits each, lowest first: millions of scores in a fraction of what comparisons take.
void sort_by_score(std::vector<Ranked>& ranked) {
  constexpr std::uint32_t kDigits = 2048;
  std::vector<Ranked> sorted(ranked.size());
  for (std::uint32_t shift = 0; shift < 32; shift += 11) {
    std::array<std::size_t, kDigits> begin{};
    for (const Ranked& trial : ranked) ++begin[(key_of(trial.score) >> shift) % kDigits];
    std::size_t at = 0;
    for (std::size_t& place : begin) {
      const std::size_t count = place;
      place = at;
      at += count;
    }
    for (const Ranked& trial : ranked) sorted[begin[(key_of(trial.score) >> shift) % kDigits]++] = trial;
    ranked.swap(sorted);
  }
}

}  // namespace voiceprint
