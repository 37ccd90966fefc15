// SphereFace2: one binary decision per class instead of a softmax over all (Y. Wen et al., ICLR 2022).
#pragma once

#include <torch/torch.h>

#include "run/config.h"

namespace voiceprint::trainer {

// With g(z) = 2 ((z + 1) / 2)^t - 1, s = loss.scale, b = `bias` [1] and l = sphereface2_lambda, the sum over the
// classes of l log(1 + exp(-p)) for the target and (1 - l) log(1 + exp(n)) for each other, mean over the batch:
//   type "C"  p = s (g(cos theta) - margin) + b    n = s (g(cos theta) + margin) + b
//   type "A"  p = s g(cos(theta + margin)) + b     n = s g(cos(theta - margin)) + b
// `cosine` [B, C], `labels` [B].
template <typename Margin>  // loss/angular_margin.h
torch::Tensor sphereface2_loss(const torch::Tensor& cosine, const torch::Tensor& labels, const Margin& margin,
                               const torch::Tensor& bias, const LossConfig& config);

}  // namespace voiceprint::trainer
