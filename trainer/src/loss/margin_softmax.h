// Cross-entropy on scaled cosines whose target carries a margin.
#pragma once

#include <torch/torch.h>

#include "run/config.h"

namespace voiceprint::trainer {

// Mean cross-entropy of `cosine` [B, C] against `labels` [B]; c = cosine, s = loss.scale, y the target. The target's
// logit becomes s cos(theta + margin) for "aam" and s (c - margin) for "am" and "arm":
//   aam  J. Deng et al., "ArcFace", CVPR 2019. easy_margin: a margin only where c > 0. inter_top_k: the k non-targets
//   of
//        highest cosine get s cos(theta - n), with n = inter_margin at the full margin and proportionally less before.
//   am   F. Wang et al., "Additive Margin Softmax", 2018; H. Wang et al., "CosFace", CVPR 2018.
//   arm  L. Li et al., "Real Additive Margin Softmax", ICASSP 2022: logits that already lie below the target's count as
//        0 and give no gradient.
// "triplet" has the plain cosines here: its margin acts between embeddings (triplet_angular_margin.h).
template <typename Margin>  // loss/angular_margin.h
torch::Tensor margin_softmax_loss(const torch::Tensor& cosine, const torch::Tensor& labels, const Margin& margin,
                                  const LossConfig& config);

}  // namespace voiceprint::trainer
