// What stands behind the embedding while training: the speaker classes, and the loss that loss.kind names.
//
// Cosines to one or more unit vectors per class (sub-centers: J. Deng et al., ECCV 2020; the nearest counts), then
// margin_softmax.h, sphereface2.h or triplet_angular_margin.h. "cross_entropy" is a linear layer with a bias instead.
#pragma once

#include <torch/torch.h>

#include "run/config.h"

namespace voiceprint::trainer {

struct ClassificationHeadImpl : torch::nn::Module {
  ClassificationHeadImpl(const LossConfig& config, std::int64_t embedding_dim, std::int64_t num_classes);
  // `embeddings` [B, D] of unit length, float32; `labels` [B]; margin as loss.margin. The mean loss, a scalar on the
  // device: nothing here waits for it.
  // "triplet" compares within `all_embeddings` (those of all processes, with `all_labels`) if they are given.
  template <typename Margin>  // loss/angular_margin.h
  torch::Tensor forward(const torch::Tensor& embeddings, const torch::Tensor& labels, const Margin& margin,
                        const torch::Tensor& all_embeddings = {}, const torch::Tensor& all_labels = {});
  std::int64_t num_classes() const { return weight.size(0) / config_.sub_centers; }

  // Share of the last batch whose highest logit, margin aside, was the right class: a scalar on the device.
  torch::Tensor accuracy;
  torch::Tensor weight;  // [num_classes * sub_centers, D]
  torch::Tensor bias;    // "sphereface2": [1]; "cross_entropy": [num_classes]; else undefined

 private:
  LossConfig config_;
};
TORCH_MODULE(ClassificationHead);

}  // namespace voiceprint::trainer
