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

torch::Tensor widen_angle(const torch::Tensor& cosine, double margin, const std::string& fallback) {
  const torch::Tensor inside = cosine.clamp(-1.0, 1.0);
  const torch::Tensor widened = inside * std::cos(margin) - sine_of(inside) * std::sin(margin);
  const double threshold = std::cos(std::numbers::pi - margin),
               drop = fallback == "sine" ? margin * std::sin(std::numbers::pi - margin) : 1.0 + threshold;
  return torch::where(inside > threshold, widened, inside - drop);
}

torch::Tensor narrow_angle(const torch::Tensor& cosine, double margin) {
  const torch::Tensor inside = cosine.clamp(-1.0, 1.0);
  const torch::Tensor narrowed = inside * std::cos(margin) + sine_of(inside) * std::sin(margin);
  return torch::where(inside < std::cos(margin), narrowed, inside + (1.0 - std::cos(margin)));
}

}  // namespace voiceprint::trainer
