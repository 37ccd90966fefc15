#include "mel_bank.h"

#include <cassert>

#include "dot.h"

namespace voiceprint {

bool MelBank::set(std::size_t bin, std::span<const double> positions, double left, double rise, double fall) {
  const double centre = left + rise, right = centre + fall;
  std::size_t first = 0;
  while (first < positions.size() && positions[first] <= left) ++first;
  std::size_t end = first;
  while (end < positions.size() && positions[end] < right) ++end;

  const std::size_t begin = weights_.size(), count = (end - first + kPadding - 1) / kPadding * kPadding;
  weights_.resize(begin + count);
  for (std::size_t k = first; k < end; ++k) {
    const double at = positions[k];
    weights_[begin + k - first] = static_cast<float>(at <= centre ? (at - left) / rise : (right - at) / fall);
  }
  triangles_[bin] = {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(begin),
                     static_cast<std::uint32_t>(count)};
  return count > 0;
}

void MelBank::apply(const float* power, std::span<float> bins) const {
  assert(bins.size() == triangles_.size());
  for (std::size_t m = 0; m < bins.size(); ++m) {
    const MelTriangle& triangle = triangles_[m];
    bins[m] = dot8(power + triangle.first, weights_.data() + triangle.weights, triangle.count);
  }
}

}  // namespace voiceprint
