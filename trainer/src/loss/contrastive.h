// A contrastive term between the crops of one speaker (P. Khosla et al., "Supervised Contrastive Learning", NeurIPS
// 2020).
#pragma once

#include <torch/torch.h>

namespace voiceprint::trainer {

// Mean over crops of -log of the softmax share of its speaker's other crops among all other crops. 0 when no speaker
// has two.
torch::Tensor contrastive_loss(const torch::Tensor& embeddings, const torch::Tensor& labels);

}  // namespace voiceprint::trainer
