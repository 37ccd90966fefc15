// An average of the weights over the steps, evaluated and exported instead of the raw weights (B. Polyak, A. Juditsky,
// 1992). It needs no more than one copy and the step number, so a resumed run gives the same.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "run/config.h"

namespace voiceprint::trainer {

// How much of the weights after `step` goes into the average, average <- average + w (weights - average):
//   ema   w = 1 - min(ema_decay, (1 + step) / (10 + step)), so that the start is forgotten
//   mean  1, 1/2, 1/3, ... over the last average_share of the steps, which is their arithmetic mean; 1 (a copy) before
inline double average_weight(const OptimConfig& optim, std::int64_t step, std::int64_t steps) {
  if (optim.average == "mean") {
    const auto averaged = std::max<std::int64_t>(1, std::llround(optim.average_share * static_cast<double>(steps)));
    return 1.0 / static_cast<double>(std::max<std::int64_t>(1, step - (steps - averaged) + 1));
  }
  return 1.0 - std::min(optim.ema_decay, static_cast<double>(1 + step) / static_cast<double>(10 + step));
}

// average <- average + weight (values - average), in place.
inline void take_into_average(std::vector<torch::Tensor> average, const std::vector<torch::Tensor>& values,
                              double weight) {
  at::_foreach_lerp_(average, values, weight);
}

// The same of a weight on the device, as values + (1 - weight) (average - values), which at 1 is a copy too; LibTorch's
// lerp of such a weight would be one kernel per tensor.
inline void take_into_average(std::vector<torch::Tensor> average, const std::vector<torch::Tensor>& values,
                              const torch::Tensor& weight) {
  std::vector<torch::Tensor> kept = at::_foreach_sub(average, values);
  at::_foreach_mul_(kept, 1.0 - weight);
  at::_foreach_copy_(average, values);
  at::_foreach_add_(average, kept);
}

// Brings the average's tensors up to date with the weights after a step, in place. `weight`: average_weight() of the
// step, a double or a float32 scalar on the device. Buffers (batch statistics) are averaged with "mean", copied with
// "ema". The lists run in the same order.
template <typename Weight>
void update_average(const OptimConfig& optim, const Weight& weight,
                    const std::vector<torch::Tensor>& average_parameters, const std::vector<torch::Tensor>& parameters,
                    const std::vector<torch::Tensor>& average_buffers, const std::vector<torch::Tensor>& buffers) {
  const torch::NoGradGuard no_gradient;
  take_into_average(average_parameters, parameters, weight);
  std::vector<torch::Tensor> copied, sources, averaged, values;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const bool averages = optim.average == "mean" && buffers[i].is_floating_point();
    (averages ? averaged : copied).push_back(average_buffers[i]);
    (averages ? values : sources).push_back(buffers[i]);
  }
  if (!averaged.empty()) take_into_average(averaged, values, weight);
  if (!copied.empty()) at::_foreach_copy_(copied, sources);
}

}  // namespace voiceprint::trainer
