#include "loss/angular_margin.h"

#include <cmath>
#include <numbers>

namespace voiceprint::trainer {
namespace {

constexpr double kSineFloor = 1e-9;  // of 1 - cos^2: keeps the square root's gradient finite at cos = 1 and -1

torch::Tensor sine_of(const torch::Tensor& cosine) {
  return (1.0 - cosine.square()).clamp_min(kSineFloor).sqrt();
}

}  // namespace

template <typename Margin>
torch::Tensor widen_angle(const torch::Tensor& cosine, const Margin& margin, const std::string& fallback) {
  using std::cos, std::sin;
  const torch::Tensor inside = cosine.clamp(-1.0, 1.0);
  const torch::Tensor widened = inside * cos(margin) - sine_of(inside) * sin(margin);
  const Margin threshold = cos(std::numbers::pi - margin);
  const Margin drop = fallback == "sine" ? margin * sin(std::numbers::pi - margin) : 1.0 + threshold;
  return torch::where(inside > threshold, widened, inside - drop);
}

template <typename Margin>
torch::Tensor narrow_angle(const torch::Tensor& cosine, const Margin& margin) {
  using std::cos, std::sin;
  const torch::Tensor inside = cosine.clamp(-1.0, 1.0);
  const torch::Tensor narrowed = inside * cos(margin) + sine_of(inside) * sin(margin);
  return torch::where(inside < cos(margin), narrowed, inside + (1.0 - cos(margin)));
}

template torch::Tensor widen_angle(const torch::Tensor&, const double&, const std::string&);
template torch::Tensor widen_angle(const torch::Tensor&, const torch::Tensor&, const std::string&);
template torch::Tensor narrow_angle(const torch::Tensor&, const double&);
template torch::Tensor narrow_angle(const torch::Tensor&, const torch::Tensor&);

}  // namespace voiceprint::trainer
