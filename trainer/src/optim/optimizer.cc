#include "optim/optimizer.h"

#include "run/checkpoint.h"

namespace voiceprint::trainer {
namespace {

constexpr std::size_t kBackboneGroups = 2;  // the first of the four

std::unique_ptr<torch::optim::OptimizerOptions> options_of(const OptimConfig& config, double decay) {
  if (config.kind == "adamw")
    return std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(config.lr).weight_decay(decay));
  if (config.kind == "adam")
    return std::make_unique<torch::optim::AdamOptions>(torch::optim::AdamOptions(config.lr).weight_decay(decay));
  return std::make_unique<torch::optim::SGDOptions>(
      torch::optim::SGDOptions(config.lr).momentum(0.9).nesterov(true).weight_decay(decay));
}

std::string slot(std::size_t index, const char* name) {
  return "optim/" + std::to_string(index) + "/" + name;
}

bool has_state(const TensorFile& file, std::size_t index) {
  const std::string prefix = slot(index, "");
  const auto next = file.tensors.lower_bound(prefix);
  return next != file.tensors.end() && next->first.rfind(prefix, 0) == 0;
}

template <typename OnParameter>
void each_parameter(const torch::optim::Optimizer& optimizer, OnParameter&& on_parameter) {
  std::size_t index = 0;
  for (const auto& group : optimizer.param_groups()) {
    for (const torch::Tensor& parameter : group.params()) on_parameter(index++, parameter);
  }
}

template <typename AdamState>
void store_adam(TensorFile& file, std::size_t index, const AdamState& state) {
  store_tensor(file, slot(index, "step"), torch::tensor(state.step(), torch::kInt64));
  store_tensor(file, slot(index, "exp_avg"), state.exp_avg());
  store_tensor(file, slot(index, "exp_avg_sq"), state.exp_avg_sq());
}

torch::Tensor restored_like(const TensorFile& file, const std::string& path, const std::string& name,
                            const torch::Tensor& parameter) {
  torch::Tensor tensor = torch::empty_like(parameter, parameter.options().requires_grad(false));
  restore_tensor(file, path, name, tensor);
  return tensor;
}

template <typename AdamState>
std::unique_ptr<AdamState> restored_adam(const TensorFile& file, const std::string& path, std::size_t index,
                                         const torch::Tensor& parameter) {
  torch::Tensor step = torch::empty({}, torch::kInt64);
  restore_tensor(file, path, slot(index, "step"), step);
  auto state = std::make_unique<AdamState>();
  state->step(step.item<std::int64_t>());
  state->exp_avg(restored_like(file, path, slot(index, "exp_avg"), parameter));
  state->exp_avg_sq(restored_like(file, path, slot(index, "exp_avg_sq"), parameter));
  return state;
}

}  // namespace

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const OptimConfig& config,
                                                        const std::vector<torch::Tensor>& backbone,
                                                        const std::vector<torch::Tensor>& head) {
  std::vector<torch::optim::OptimizerParamGroup> groups;
  const auto add_groups = [&](const std::vector<torch::Tensor>& parameters, double decay) {
    std::vector<torch::Tensor> weights, vectors;
    for (const torch::Tensor& parameter : parameters) (parameter.dim() > 1 ? weights : vectors).push_back(parameter);
    groups.emplace_back(std::move(weights), options_of(config, decay));
    groups.emplace_back(std::move(vectors), options_of(config, 0.0));
  };
  add_groups(backbone, config.weight_decay);
  add_groups(head, config.head_weight_decay);
  if (config.kind == "adamw")
    return std::make_unique<torch::optim::AdamW>(std::move(groups), torch::optim::AdamWOptions(config.lr));
  if (config.kind == "adam")
    return std::make_unique<torch::optim::Adam>(std::move(groups), torch::optim::AdamOptions(config.lr));
  return std::make_unique<torch::optim::SGD>(std::move(groups), torch::optim::SGDOptions(config.lr));
}

void set_learning_rate(torch::optim::Optimizer& optimizer, const OptimConfig& config, double lr) {
  for (std::size_t i = 0; i < optimizer.param_groups().size(); ++i) {
    const double scale = i < kBackboneGroups ? config.backbone_lr_scale : config.head_lr_scale;
    optimizer.param_groups()[i].options().set_lr(lr * scale);
  }
}

torch::Tensor clip_gradients(const std::vector<torch::Tensor>& parameters, double max_norm) {
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> gradients;
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  if (gradients.empty()) return torch::zeros({});
  const torch::Tensor norm = torch::stack(at::_foreach_norm(gradients)).norm();
  at::_foreach_mul_(gradients, (max_norm / (norm + 1e-6)).clamp_max(1.0));
  return norm;
}

void store_optimizer(TensorFile& file, const torch::optim::Optimizer& optimizer) {
  each_parameter(optimizer, [&](std::size_t index, const torch::Tensor& parameter) {
    const auto found = optimizer.state().find(parameter.unsafeGetTensorImpl());
    if (found == optimizer.state().end()) return;
    const torch::optim::OptimizerParamState* state = found->second.get();
    if (const auto* adamw = dynamic_cast<const torch::optim::AdamWParamState*>(state))
      store_adam(file, index, *adamw);
    else if (const auto* adam = dynamic_cast<const torch::optim::AdamParamState*>(state))
      store_adam(file, index, *adam);
    else if (const auto* sgd = dynamic_cast<const torch::optim::SGDParamState*>(state))
      store_tensor(file, slot(index, "momentum"), sgd->momentum_buffer());
  });
}

void restore_optimizer(const TensorFile& file, const std::string& path, torch::optim::Optimizer& optimizer) {
  optimizer.state().clear();
  const bool adamw = dynamic_cast<torch::optim::AdamW*>(&optimizer) != nullptr,
             adam = dynamic_cast<torch::optim::Adam*>(&optimizer) != nullptr;
  each_parameter(optimizer, [&](std::size_t index, const torch::Tensor& parameter) {
    if (!has_state(file, index)) return;
    auto& state = optimizer.state()[parameter.unsafeGetTensorImpl()];
    if (adamw) {
      state = restored_adam<torch::optim::AdamWParamState>(file, path, index, parameter);
    } else if (adam) {
      state = restored_adam<torch::optim::AdamParamState>(file, path, index, parameter);
    } else {
      auto momentum = std::make_unique<torch::optim::SGDParamState>();
      momentum->momentum_buffer(restored_like(file, path, slot(index, "momentum"), parameter));
      state = std::move(momentum);
    }
  });
}

}  // namespace voiceprint::trainer
