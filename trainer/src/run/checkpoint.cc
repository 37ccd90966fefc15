#include "run/checkpoint.h"

#include <cstring>

#include "error.h"

namespace voiceprint::trainer {
namespace {

void store(TensorFile& file, const std::string& name, const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
  const bool whole = plain.scalar_type() == torch::kInt64;
  TORCH_CHECK(whole || plain.scalar_type() == torch::kFloat32, name, ": only float32 and int64 tensors are stored");
  StoredTensor stored{whole ? "I64" : "F32", plain.sizes().vec(), {}};
  stored.data.assign(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes());
  file.tensors[name] = std::move(stored);
}

torch::Tensor restored(const TensorFile& file, const std::string& path, const std::string& name) {
  const StoredTensor& stored = file.at(name, path);
  torch::Tensor tensor = torch::empty(stored.shape, stored.dtype == "I64" ? torch::kInt64 : torch::kFloat32);
  std::memcpy(tensor.data_ptr(), stored.data.data(), stored.data.size());
  return tensor;
}

void restore_into(const TensorFile& file, const std::string& path, const std::string& name, torch::Tensor target) {
  const torch::Tensor tensor = restored(file, path, name);
  if (tensor.sizes() != target.sizes()) {
    std::ostringstream message;
    message << path << ": tensor '" << name << "' has shape " << tensor.sizes() << ", the configuration asks for "
            << target.sizes() << "; use the configuration that it was trained with";
    throw TrainerError(message.str());
  }
  target.copy_(tensor);
}

std::string slot(std::size_t index, const char* name) {
  return "optim/" + std::to_string(index) + "/" + name;
}

template <typename OnParameter>
void each_parameter(const torch::optim::Optimizer& optimizer, OnParameter&& on_parameter) {
  std::size_t index = 0;
  for (const auto& group : optimizer.param_groups()) {
    for (const torch::Tensor& parameter : group.params()) on_parameter(index++, parameter);
  }
}

}  // namespace

NamedTensors named_tensors(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) tensors.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) {
    if (item.value().is_floating_point()) tensors.emplace_back(item.key(), item.value());
  }
  return tensors;
}

void store_tensors(TensorFile& file, const std::string& prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) store(file, prefix + name, tensor);
}

void restore_tensors(const TensorFile& file, const std::string& path, const std::string& prefix,
                     const NamedTensors& tensors) {
  const torch::NoGradGuard no_gradient;
  for (const auto& [name, tensor] : tensors) restore_into(file, path, prefix + name, tensor);
}

void store_optimizer(TensorFile& file, const torch::optim::Optimizer& optimizer) {
  each_parameter(optimizer, [&](std::size_t index, const torch::Tensor& parameter) {
    const auto found = optimizer.state().find(parameter.unsafeGetTensorImpl());
    if (found == optimizer.state().end()) return;
    if (const auto* adamw = dynamic_cast<const torch::optim::AdamWParamState*>(found->second.get())) {
      store(file, slot(index, "step"), torch::tensor(adamw->step(), torch::kInt64));
      store(file, slot(index, "exp_avg"), adamw->exp_avg());
      store(file, slot(index, "exp_avg_sq"), adamw->exp_avg_sq());
    } else if (const auto* sgd = dynamic_cast<const torch::optim::SGDParamState*>(found->second.get())) {
      store(file, slot(index, "momentum"), sgd->momentum_buffer());
    }
  });
}

void restore_optimizer(const TensorFile& file, const std::string& path, torch::optim::Optimizer& optimizer) {
  const bool adamw = dynamic_cast<torch::optim::AdamW*>(&optimizer) != nullptr;
  each_parameter(optimizer, [&](std::size_t index, const torch::Tensor& parameter) {
    const auto like_parameter = [&](const char* name) {
      torch::Tensor tensor = torch::empty_like(parameter, parameter.options().requires_grad(false));
      restore_into(file, path, slot(index, name), tensor);
      return tensor;
    };
    if (adamw) {
      auto state = std::make_unique<torch::optim::AdamWParamState>();
      state->step(restored(file, path, slot(index, "step")).item<std::int64_t>());
      state->exp_avg(like_parameter("exp_avg"));
      state->exp_avg_sq(like_parameter("exp_avg_sq"));
      optimizer.state()[parameter.unsafeGetTensorImpl()] = std::move(state);
    } else {
      auto state = std::make_unique<torch::optim::SGDParamState>();
      state->momentum_buffer(like_parameter("momentum"));
      optimizer.state()[parameter.unsafeGetTensorImpl()] = std::move(state);
    }
  });
}

Config checkpoint_config(const TensorFile& file, const std::string& path) {
  const auto found = file.metadata.find("config");
  if (found == file.metadata.end())
    throw TrainerError(path + ": is no checkpoint of this trainer (its metadata has no \"config\")");
  const auto json = nlohmann::json::parse(found->second, nullptr, false);
  if (json.is_discarded()) throw TrainerError(path + ": its configuration is no JSON");
  return config_from_json(json, path);
}

std::int64_t checkpoint_number(const TensorFile& file, const std::string& path, const std::string& key) {
  const auto found = file.metadata.find(key);
  char* end = nullptr;
  const std::int64_t number = found == file.metadata.end() ? -1 : std::strtoll(found->second.c_str(), &end, 10);
  if (number < 0 || end == nullptr || *end != '\0')
    throw TrainerError(path + ": its metadata has no usable \"" + key + "\"");
  return number;
}

}  // namespace voiceprint::trainer
