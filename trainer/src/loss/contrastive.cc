#include "loss/contrastive.h"

namespace voiceprint::trainer {
namespace {

constexpr double kScale = 15.0;  // 1 / temperature

}  // namespace

torch::Tensor contrastive_loss(const torch::Tensor& embeddings, const torch::Tensor& labels) {
  const torch::Tensor self = torch::eye(embeddings.size(0), embeddings.options().dtype(torch::kBool));
  const torch::Tensor positive =
      labels.unsqueeze(0).eq(labels.unsqueeze(1)).logical_and(self.logical_not()).to(torch::kFloat32);
  const torch::Tensor logits = (kScale * torch::matmul(embeddings, embeddings.t())).masked_fill(self, -1e9);
  const torch::Tensor log_share = torch::log_softmax(logits, 1);
  const torch::Tensor count = positive.sum(1);
  const torch::Tensor has_positive = (count > 0).to(torch::kFloat32);
  return -((log_share * positive).sum(1) / count.clamp_min(1.0)).sum() / has_positive.sum().clamp_min(1.0);
}

}  // namespace voiceprint::trainer
