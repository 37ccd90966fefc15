// A margin added to, or taken from, the angle of a cosine, without leaving the cosine's domain or its gradient
// infinite.
//
// A `Margin`, here and in the losses, is a double, or a torch::Tensor: a scalar of the cosine's type on its device,
// where a CUDA graph finds another value at each replay. Both give the same up to rounding.
#pragma once

#include <torch/torch.h>

#include <string>

namespace voiceprint::trainer {

// cos(theta + margin) of `cosine` = cos(theta), for targets (J. Deng et al., "ArcFace", CVPR 2019). Beyond
// theta = pi - margin the angle would wrap around; there a line of slope 1 goes on: cosine - margin sin(margin) with
// fallback "sine" (ArcFace's own, which steps down by about margin^2 / 2), cosine - (1 - cos(margin)) with "cosine"
// (no step).
template <typename Margin>
torch::Tensor widen_angle(const torch::Tensor& cosine, const Margin& margin, const std::string& fallback);

// cos(theta - margin), for non-targets. Where theta < margin the line cosine + (1 - cos(margin)) goes on.
template <typename Margin>
torch::Tensor narrow_angle(const torch::Tensor& cosine, const Margin& margin);

}  // namespace voiceprint::trainer
