// A triplet loss on cosines, hardest positive and hardest negative of the batch, with absolute bounds on both.
#pragma once

#include <torch/torch.h>

#include "run/config.h"

namespace voiceprint::trainer {

// For each crop, p = the lowest cosine to another crop of its speaker, n = the highest to a crop of another speaker:
//   mean max(0, n - p + margin)
//   + triplet_weight (mean max(0, triplet_positive - p) + mean max(0, n - triplet_negative))
// each mean over the crops that have what it needs, 0 where none has. `embeddings` [B, D] of unit length, `labels` [B].
template <typename Margin>  // loss/angular_margin.h
torch::Tensor triplet_angular_margin_loss(const torch::Tensor& embeddings, const torch::Tensor& labels,
                                          const Margin& margin, const LossConfig& config);

}  // namespace voiceprint::trainer
