// Dynamic loss scaling for fp16, whose small gradients would vanish (P. Micikevicius et al., "Mixed Precision
// Training", ICLR 2018). Each step:
//
//   scaler.scaled(loss).backward();
//   if (scaler.unscale(parameters)) optimizer.step();   // clip between the two
//   scaler.update();
//
// The scale halves after a step with a gradient that is not finite, and doubles after `growth_interval` good ones.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "run/safetensors.h"

namespace voiceprint::trainer {

class LossScaler {
 public:
  // Disabled, it changes nothing: scaled() gives the loss itself and unscale() true.
  LossScaler(bool enabled, torch::Device device, double initial_scale = 65536.0, std::int64_t growth_interval = 2000);

  torch::Tensor scaled(const torch::Tensor& loss) const;
  // Divides the gradients by the scale; false: some are not finite, so the step must be left out. Waits for the device
  // when enabled (whether the optimiser steps is decided on the host).
  bool unscale(const std::vector<torch::Tensor>& parameters);
  void update();
  torch::Tensor scale() const { return scale_; }  // [1], on the device

  // As scaler/scale and scaler/growth_tracker; nothing when disabled.
  void store(TensorFile& file) const;
  void restore(const TensorFile& file, const std::string& path);

 private:
  bool enabled_;
  std::int64_t growth_interval_;
  torch::Tensor scale_, growth_tracker_, found_inf_;
};

}  // namespace voiceprint::trainer
