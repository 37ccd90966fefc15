// Checkpoints: everything that an interrupted run needs to go on exactly, in one safetensors file.
//
//   model/<parameter>  head/<parameter>  average/<parameter>  optim/<parameter index>/<state>
//   scaler/<state> (fp16 only)
//   metadata: config (JSON), step (done), num_classes, trainer_version, git_version, speakers (JSON list of names in
//   the order of the classes), evaluated_at, evaluations_without_gain, best_eer
// Written atomically: a kill leaves the previous checkpoint whole.
#pragma once

#include <torch/torch.h>

#include <string>

#include "model/torch_network.h"
#include "run/config.h"
#include "run/safetensors.h"

namespace voiceprint::trainer {

// Parameters and buffers of a module but for batch normalisation's batch counter, which nothing reads at a fixed
// momentum.
NamedTensors named_tensors(const torch::nn::Module& module);

// `tensor` must be float32 or int64.
void store_tensor(TensorFile& file, const std::string& name, const torch::Tensor& tensor);
// Copies into `target`, converted to its type. TrainerError names the tensor if it is missing or has another shape.
void restore_tensor(const TensorFile& file, const std::string& path, const std::string& name, torch::Tensor target);

void store_tensors(TensorFile& file, const std::string& prefix, const NamedTensors& tensors);
// TrainerError names the first tensor that is missing or has another shape.
void restore_tensors(const TensorFile& file, const std::string& path, const std::string& prefix,
                     const NamedTensors& tensors);

// The configuration that the checkpoint was trained with.
Config checkpoint_config(const TensorFile& file, const std::string& path);
// The names of the speakers that the classes stand for; empty where the file does not say.
std::vector<std::string> checkpoint_speakers(const TensorFile& file);
// A whole number of the metadata.
std::int64_t checkpoint_number(const TensorFile& file, const std::string& path, const std::string& key);

}  // namespace voiceprint::trainer
