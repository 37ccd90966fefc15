// Exponential moving average of a network's parameters; buffers (batch statistics) are copied. Evaluated and exported
// instead of the raw weights (B. Polyak, A. Juditsky, 1992).
#pragma once

#include <torch/torch.h>

#include <algorithm>

#include "model/torch_network.h"

namespace voiceprint::trainer {

// average <- average + (1 - d) (source - average) with d = min(decay, (1 + step) / (10 + step)), so that the start is
// forgotten.
inline void update_average(const TorchNetwork& average, const TorchNetwork& source, double decay, std::int64_t step) {
  const torch::NoGradGuard no_gradient;
  const double d = std::min(decay, static_cast<double>(1 + step) / static_cast<double>(10 + step));
  at::_foreach_lerp_(average.parameters(), source.parameters(), 1.0 - d);
  const auto from = source.buffers();
  auto to = average.buffers();
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
}

}  // namespace voiceprint::trainer
