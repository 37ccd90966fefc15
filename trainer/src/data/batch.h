// What a step of training is given.
#pragma once

#include <torch/torch.h>

namespace voiceprint::trainer {

struct Batch {
  torch::Tensor features;  // [crops, frames, bins], float32, mean-normalised; crops of one speaker are neighbours
  torch::Tensor labels;    // [crops], int64, 0..num_classes-1
};

}  // namespace voiceprint::trainer
