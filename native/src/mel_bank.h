// A bank of triangular filters over a power spectrum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "voiceprint/fbank.h"

namespace voiceprint {

class MelBank {
 public:
  // A power spectrum given to apply() must be followed by this many finite values.
  static constexpr std::size_t kPadding = 8;

  explicit MelBank(std::size_t num_bins) : triangles_(num_bins) {}

  // Sets the triangle of `bin` (each once): it rises from `left` to 1 over `rise` and falls to 0 over `fall`, on the
  // axis on which `positions` (ascending) gives the place of each point of the spectrum. False if no point falls into
  // it: its bin stays 0.
  bool set(std::size_t bin, std::span<const double> positions, double left, double rise, double fall);

  std::size_t num_bins() const { return triangles_.size(); }

  std::span<const MelTriangle> triangles() const { return triangles_; }
  std::span<const float> weights() const { return weights_; }

  // `bins.size()` == num_bins(). Allocates nothing.
  void apply(const float* power, std::span<float> bins) const;

 private:
  std::vector<MelTriangle> triangles_;
  std::vector<float> weights_;  // all triangles' weights, one after another
};

}  // namespace voiceprint
