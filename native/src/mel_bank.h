// A bank of triangular filters over a power spectrum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

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

  // `bins.size()` == num_bins(). Allocates nothing.
  void apply(const float* power, std::span<float> bins) const;

 private:
  // Weights of the spectrum's points from `first` on, padded with zeros to a multiple of 8.
  struct Triangle {
    std::uint32_t first = 0;    // point of the spectrum
    std::uint32_t weights = 0;  // index into weights_
    std::uint32_t count = 0;
  };
  std::vector<Triangle> triangles_;
  std::vector<float> weights_;  // all triangles' weights, one after another
};

}  // namespace voiceprint
