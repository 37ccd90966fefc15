// Additive angular margin softmax (J. Deng et al., "ArcFace", CVPR 2019) with sub-centers (ECCV 2020), and a
// contrastive term between the crops of one speaker (P. Khosla et al., "Supervised Contrastive Learning", NeurIPS
// 2020).
#pragma once

#include <torch/torch.h>

#include "run/config.h"

namespace voiceprint::trainer {

// The classification head: cosines to one or more unit vectors per class, the target's angle widened by the margin.
struct AamSoftmaxImpl : torch::nn::Module {
  AamSoftmaxImpl(const LossConfig& config, std::int64_t embedding_dim, std::int64_t num_classes);
  // `embeddings` [B, D] of unit length, float32; `labels` [B]; margin in radians. The mean cross-entropy.
  torch::Tensor forward(const torch::Tensor& embeddings, const torch::Tensor& labels, double margin);
  // Share of the last batch whose nearest class (margin aside) was right; a tensor on the device, so that reading it is
  // the caller's choice.
  torch::Tensor accuracy;

  double scale;
  std::int64_t sub_centers;
  torch::Tensor weight;  // [num_classes * sub_centers, D]
};
TORCH_MODULE(AamSoftmax);

// Mean over crops of -log of the softmax share of its speaker's other crops among all other crops. 0 when no speaker
// has two.
torch::Tensor contrastive_loss(const torch::Tensor& embeddings, const torch::Tensor& labels);

}  // namespace voiceprint::trainer
