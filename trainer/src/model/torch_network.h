// A Network run by LibTorch: its parameters as tensors, its nodes as operators, with gradients where asked.
#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "model/network.h"

namespace voiceprint::trainer {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

class TorchNetwork {
 public:
  // Parameters as their Init says, from LibTorch's default generator; on the CPU, in training mode.
  explicit TorchNetwork(Network network);

  // [batch, time, bins] -> [batch, embedding_dim], unit length, float32.
  torch::Tensor forward(const torch::Tensor& features) const;

  void to(torch::Device device);
  void train(bool on) { training_ = on; }
  // From now on the layers whose names begin with one of `layers` keep their values: no gradient, and batch
  // normalisation by the statistics that it has. All others train. "block1" means block1 and block1.*; "" all.
  void freeze(const std::vector<std::string>& layers);
  // Own tensors of the same values, without gradients, in evaluation mode.
  TorchNetwork copy() const;
  void copy_from(const TorchNetwork& other);

  const Network& network() const { return network_; }
  std::vector<torch::Tensor> parameters() const;  // trained
  std::vector<torch::Tensor> buffers() const;     // batch statistics
  NamedTensors named_tensors() const;             // both, as checkpoints hold them

 private:
  torch::Tensor evaluate(const Node& node, const std::vector<torch::Tensor>& values) const;

  Network network_;
  std::vector<torch::Tensor> tensors_;          // one per Network parameter
  std::vector<bool> frozen_;                    // same
  std::vector<std::vector<int>> last_used_at_;  // by node: the values that no later node reads
  bool training_ = true;
};

}  // namespace voiceprint::trainer
