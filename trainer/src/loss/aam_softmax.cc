#include "loss/aam_softmax.h"

#include <cmath>
#include <numbers>

namespace voiceprint::trainer {
namespace {

constexpr double kSineFloor = 1e-9;      // of 1 - cos^2: keeps the square root's gradient finite at cos = 1
constexpr double kContrastScale = 15.0;  // 1 / temperature

}  // namespace

AamSoftmaxImpl::AamSoftmaxImpl(const LossConfig& config, std::int64_t embedding_dim, std::int64_t num_classes)
    : scale(config.scale),
      sub_centers(config.sub_centers),
      weight(register_parameter(
          "weight", torch::nn::init::xavier_normal_(torch::empty({num_classes * config.sub_centers, embedding_dim})))) {
}

torch::Tensor AamSoftmaxImpl::forward(const torch::Tensor& embeddings, const torch::Tensor& labels, double margin) {
  namespace F = torch::nn::functional;
  torch::Tensor cosine = torch::matmul(embeddings, F::normalize(weight, F::NormalizeFuncOptions().dim(1)).t());
  if (sub_centers > 1) cosine = std::get<0>(cosine.view({embeddings.size(0), -1, sub_centers}).max(2));
  {
    const torch::NoGradGuard no_gradient;
    accuracy = cosine.argmax(1).eq(labels).to(torch::kFloat32).mean();
  }
  const torch::Tensor column = labels.unsqueeze(1);
  const torch::Tensor target = cosine.gather(1, column).clamp(-1.0, 1.0);
  const torch::Tensor sine = (1.0 - target.square()).clamp_min(kSineFloor).sqrt();
  const torch::Tensor widened = target * std::cos(margin) - sine * std::sin(margin);
  // Beyond pi - margin the angle would wrap around: a line with the same value and a steady slope goes on instead.
  const torch::Tensor straight = target - margin * std::sin(std::numbers::pi - margin);
  const torch::Tensor with_margin = torch::where(target > std::cos(std::numbers::pi - margin), widened, straight);
  return F::cross_entropy(scale * cosine.scatter(1, column, with_margin), labels);
}

torch::Tensor contrastive_loss(const torch::Tensor& embeddings, const torch::Tensor& labels) {
  const torch::Tensor self = torch::eye(embeddings.size(0), embeddings.options().dtype(torch::kBool));
  const torch::Tensor positive =
      labels.unsqueeze(0).eq(labels.unsqueeze(1)).logical_and(self.logical_not()).to(torch::kFloat32);
  const torch::Tensor logits = (kContrastScale * torch::matmul(embeddings, embeddings.t())).masked_fill(self, -1e9);
  const torch::Tensor log_share = torch::log_softmax(logits, 1);
  const torch::Tensor count = positive.sum(1);
  const torch::Tensor has_positive = (count > 0).to(torch::kFloat32);
  return -((log_share * positive).sum(1) / count.clamp_min(1.0)).sum() / has_positive.sum().clamp_min(1.0);
}

}  // namespace voiceprint::trainer
