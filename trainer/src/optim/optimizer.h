// The optimisers over parameter groups, gradient clipping, and the optimisers' state in a checkpoint.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "run/config.h"
#include "run/safetensors.h"

namespace voiceprint::trainer {

// SGD with Nesterov momentum 0.9, Adam or AdamW (optim.kind) over four groups: weights of the backbone
// (optim.weight_decay), its biases and normalisation (vectors: no decay), weights of the head
// (optim.head_weight_decay), vectors of the head (no decay). A group may be empty. The decay is decoupled in AdamW,
// part of the gradient in Adam and SGD.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const OptimConfig& config,
                                                        const std::vector<torch::Tensor>& backbone,
                                                        const std::vector<torch::Tensor>& head);

// `lr` times optim.backbone_lr_scale or optim.head_lr_scale, in an optimiser of make_optimizer.
void set_learning_rate(torch::optim::Optimizer& optimizer, const OptimConfig& config, double lr);

// One step of an optimiser of make_optimizer from the parameters' gradients. On the CPU that is LibTorch's own, one
// parameter after the other; on a GPU, whose time would go into starting thousands of tiny kernels, step_fused().
void step(torch::optim::Optimizer& optimizer);

// The same update of all parameters by LibTorch's fused kernels: one or two per group, and never waits for the device.
// Keeps the same state, so that either may follow the other; rounds differently.
void step_fused(torch::optim::Optimizer& optimizer);

// step_fused() in parts, for a CUDA graph to hold the middle one:
//   numbers = step_numbers(optimizer), on the parameters' device;
//   step_fused(optimizer, numbers);
//   count_step(optimizer);
// The numbers, float32: the learning rate of each group, then for each parameter, in the groups' order, which of its
// steps comes, from 1 on (a parameter that was frozen lags behind). The state of a parameter begins with its first
// step, which is therefore no part of a graph.
std::vector<float> step_numbers(const torch::optim::Optimizer& optimizer);
void step_fused(torch::optim::Optimizer& optimizer, const torch::Tensor& numbers);
void count_step(torch::optim::Optimizer& optimizer);

// Scales all gradients by one factor so that their joint norm is at most `max_norm`; gives the norm before, a scalar on
// the device. As torch::nn::utils::clip_grad_norm_, but never waits for the device. Parameters without a gradient are
// left out; with none at all the norm is 0.
torch::Tensor clip_gradients(const std::vector<torch::Tensor>& parameters, double max_norm);

// The state of each parameter as optim/<parameter index>/<name>. One that never had a gradient has none. Restoring
// throws a TrainerError that names the first tensor that is missing (of another kind of optimiser) or has another
// shape.
void store_optimizer(TensorFile& file, const torch::optim::Optimizer& optimizer);
void restore_optimizer(const TensorFile& file, const std::string& path, torch::optim::Optimizer& optimizer);

}  // namespace voiceprint::trainer
