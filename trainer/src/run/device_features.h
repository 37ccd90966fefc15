// Features computed on the GPU from the crops that a loader hands out (FeaturesBy::kDevice), beside the network's work.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "data/batch_loader.h"
#include "run/config.h"

namespace voiceprint::trainer {

// By data.on_device: "auto" is the device where that is possible: a CUDA device, a build with trainer/cuda, features
// that the kernels know (fbank). TrainerError says which of these is missing where the configuration asks for it.
FeaturesBy features_by(const Config& config, torch::Device device);

class DeviceFeatures {
 public:
  // `responses`: those of the loader. TrainerError when device memory is short.
  DeviceFeatures(const Config& config, std::vector<std::vector<float>> responses, torch::Device device);
  ~DeviceFeatures();

  // Fills in the features, for use on the current stream. Copies and computes on a stream of its own, while the network
  // is still busy with earlier batches; waits for nothing.
  void compute(Batch& batch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace voiceprint::trainer
