// Shuffled orders that need no memory: a batch far into training is found from its step alone.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "random.h"

namespace voiceprint::trainer {

// A permutation of 0..n-1 (n >= 1): a Feistel network over the next power of four, walked until it falls inside
// (J. Black, P. Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002).
class Permutation {
 public:
  Permutation(std::initializer_list<std::uint64_t> key, std::uint64_t n) : n_(n) {
    while (half_bits_ < 32 && (std::uint64_t{1} << (2 * half_bits_)) < n) ++half_bits_;
    Random random(key);
    for (std::uint64_t& round : rounds_) round = random.bits();
  }

  std::uint64_t operator()(std::uint64_t index) const {
    do index = encrypt(index);
    while (index >= n_);
    return index;
  }

 private:
  std::uint64_t encrypt(std::uint64_t x) const {
    const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
    std::uint64_t left = x >> half_bits_, right = x & mask;
    for (const std::uint64_t round : rounds_) {
      const std::uint64_t next = left ^ (Random{round, right}.bits() & mask);
      left = right, right = next;
    }
    return left << half_bits_ | right;
  }

  std::uint64_t n_;
  int half_bits_ = 1;
  std::array<std::uint64_t, 6> rounds_{};
};

}  // namespace voiceprint::trainer
