#include "loss/sphereface2.h"

#include "loss/angular_margin.h"

namespace voiceprint::trainer {
namespace {

constexpr double kBaseFloor = 1e-6;  // keeps the power's gradient finite where its base is 0

// g(z). Its power keeps the base's sign: the fallback of a widened angle reaches below -1.
torch::Tensor spread(const torch::Tensor& z, double t) {
  const torch::Tensor base = 0.5 * (z + 1.0);
  return 2.0 * base * base.abs().clamp_min(kBaseFloor).pow(t - 1.0) - 1.0;
}

}  // namespace

template <typename Margin>
torch::Tensor sphereface2_loss(const torch::Tensor& cosine, const torch::Tensor& labels, const Margin& margin,
                               const torch::Tensor& bias, const LossConfig& config) {
  const torch::Tensor column = labels.unsqueeze(1), target = cosine.gather(1, column);
  const double s = config.scale, t = config.sphereface2_t, lambda = config.sphereface2_lambda;
  torch::Tensor positive, negative;
  if (config.sphereface2_type == "A") {
    positive = s * spread(widen_angle(target, margin, config.fallback), t) + bias;
    negative = s * spread(narrow_angle(cosine, margin), t) + bias;
  } else {
    positive = s * (spread(target, t) - margin) + bias;
    negative = s * (spread(cosine, t) + margin) + bias;
  }
  const torch::Tensor cost = (1.0 - lambda) * torch::softplus(negative);
  return cost.scatter(1, column, lambda * torch::softplus(-positive)).sum(1).mean();
}

template torch::Tensor sphereface2_loss(const torch::Tensor&, const torch::Tensor&, const double&, const torch::Tensor&,
                                        const LossConfig&);
template torch::Tensor sphereface2_loss(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&,
                                        const torch::Tensor&, const LossConfig&);

}  // namespace voiceprint::trainer
