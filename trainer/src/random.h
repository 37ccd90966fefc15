// A small counter-seeded generator (splitmix64): the same numbers for the same key on every machine and thread, so that
// a batch depends on (seed, step) alone and training resumes exactly without storing generator state.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <numbers>

namespace voiceprint::trainer {

class Random {
 public:
  explicit Random(std::initializer_list<std::uint64_t> key) {
    for (const std::uint64_t part : key) state_ = mix(state_ ^ part) + 0x9e3779b97f4a7c15ull;
  }

  std::uint64_t bits() { return mix(state_ += 0x9e3779b97f4a7c15ull); }
  void skip(std::uint64_t draws) { state_ += draws * 0x9e3779b97f4a7c15ull; }  // as that many calls of bits()
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }   // [0, 1)
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : bits() % n; }  // bias below n / 2^64
  bool chance(double probability) { return uniform() < probability; }
  static constexpr std::uint64_t kDrawsPerNormal = 2;  // calls of bits()
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  std::uint64_t state_ = 0x243f6a8885a308d3ull;
};

}  // namespace voiceprint::trainer
