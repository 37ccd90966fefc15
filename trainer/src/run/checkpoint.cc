#include "run/checkpoint.h"

#include <cstring>

#include "error.h"

namespace voiceprint::trainer {
NamedTensors named_tensors(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) tensors.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) {
    if (item.value().is_floating_point()) tensors.emplace_back(item.key(), item.value());
  }
  return tensors;
}

void store_tensor(TensorFile& file, const std::string& name, const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
  const bool whole = plain.scalar_type() == torch::kInt64;
  TORCH_CHECK(whole || plain.scalar_type() == torch::kFloat32, name, ": only float32 and int64 tensors are stored");
  StoredTensor stored{whole ? "I64" : "F32", plain.sizes().vec(), {}};
  stored.data.assign(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes());
  file.tensors[name] = std::move(stored);
}

void restore_tensor(const TensorFile& file, const std::string& path, const std::string& name, torch::Tensor target) {
  const StoredTensor& stored = file.at(name, path);
  torch::Tensor tensor = torch::empty(stored.shape, stored.dtype == "I64" ? torch::kInt64 : torch::kFloat32);
  std::memcpy(tensor.data_ptr(), stored.data.data(), stored.data.size());
  if (tensor.sizes() != target.sizes()) {
    std::ostringstream message;
    message << path << ": tensor '" << name << "' has shape " << tensor.sizes() << ", the configuration asks for "
            << target.sizes() << "; use the configuration that it was trained with";
    throw TrainerError(message.str());
  }
  if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>())
    throw TrainerError(path + ": tensor '" + name +
                       "' is not finite (the training had diverged, or the file is damaged)" +
                       "; take an earlier checkpoint, or train again with a lower optim.lr");
  target.copy_(tensor);
}

void store_tensors(TensorFile& file, const std::string& prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) store_tensor(file, prefix + name, tensor);
}

void restore_tensors(const TensorFile& file, const std::string& path, const std::string& prefix,
                     const NamedTensors& tensors) {
  const torch::NoGradGuard no_gradient;
  for (const auto& [name, tensor] : tensors) restore_tensor(file, path, prefix + name, tensor);
}

Config checkpoint_config(const TensorFile& file, const std::string& path) {
  const auto found = file.metadata.find("config");
  if (found == file.metadata.end())
    throw TrainerError(path + ": is no checkpoint of this trainer (its metadata has no \"config\")");
  const auto json = nlohmann::json::parse(found->second, nullptr, false);
  if (json.is_discarded()) throw TrainerError(path + ": its configuration is no JSON");
  return config_from_json(json, path);
}

std::vector<std::string> checkpoint_speakers(const TensorFile& file) {
  const auto found = file.metadata.find("speakers");
  if (found == file.metadata.end()) return {};
  const auto json = nlohmann::json::parse(found->second, nullptr, false);
  std::vector<std::string> speakers;
  for (const auto& name : json.is_array() ? json : nlohmann::json::array())
    speakers.push_back(name.is_string() ? name.get<std::string>() : "");
  return speakers;
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
