// What a step of training is given.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace voiceprint::trainer {

struct Batch {
  torch::Tensor features;  // [crops, frames, bins], float32, mean-normalised; crops of one speaker are neighbours
  torch::Tensor labels;    // [crops], int64, 0..num_classes-1
  // Instead of features, where the device computes them: bytes as data/device_crops lays them out.
  torch::Tensor device_crops;
  std::int64_t num_samples = 0;  // of each crop
};

}  // namespace voiceprint::trainer
