#include "optim/optimizer.h"

#include <map>

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

// What a fused kernel is given of the parameters that have a gradient: one list per kind of tensor.
struct FusedLists {
  std::vector<torch::Tensor> parameters, gradients, averages, square_averages, momenta, steps;
};

template <typename State>
State& state_of(torch::optim::Optimizer& optimizer, const torch::Tensor& parameter) {
  auto& state = optimizer.state()[parameter.unsafeGetTensorImpl()];
  if (state == nullptr) state = std::make_unique<State>();
  return static_cast<State&>(*state);
}

// step_numbers() on the device, one scalar each; or none.
struct DeviceNumbers {
  DeviceNumbers() = default;
  DeviceNumbers(const torch::optim::Optimizer& optimizer, const torch::Tensor& numbers) {
    const std::vector<torch::Tensor> scalars = numbers.unbind();
    const auto first_step = scalars.begin() + static_cast<std::ptrdiff_t>(optimizer.param_groups().size());
    rates.assign(scalars.begin(), first_step), steps.assign(first_step, scalars.end());
  }
  std::vector<torch::Tensor> rates, steps;  // of the groups, of the parameters
};

// A kernel is given the number of the step per parameter, on its device. A parameter that was frozen lags behind.
template <typename State, typename Options, typename Update>
void step_adam(torch::optim::Optimizer& optimizer, const DeviceNumbers& numbers, Update&& update) {
  std::size_t index = 0;
  for (std::size_t g = 0; g < optimizer.param_groups().size(); ++g) {
    auto& group = optimizer.param_groups()[g];
    std::map<std::int64_t, torch::Tensor> step_numbers;
    FusedLists lists;
    for (const torch::Tensor& parameter : group.params()) {
      const std::size_t place = index++;
      if (!parameter.grad().defined()) continue;
      State& state = state_of<State>(optimizer, parameter);
      if (!state.exp_avg().defined()) {
        state.exp_avg(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
        state.exp_avg_sq(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
      }
      if (numbers.steps.empty()) {
        state.step(state.step() + 1);
        torch::Tensor& number = step_numbers[state.step()];
        if (!number.defined())
          number = torch::full({}, static_cast<double>(state.step()), parameter.options().requires_grad(false));
        lists.steps.push_back(number);
      } else {
        lists.steps.push_back(numbers.steps[place]);
      }
      lists.parameters.push_back(parameter), lists.gradients.push_back(parameter.grad());
      lists.averages.push_back(state.exp_avg()), lists.square_averages.push_back(state.exp_avg_sq());
    }
    if (lists.parameters.empty()) continue;
    const auto& options = static_cast<const Options&>(group.options());
    if (numbers.rates.empty())
      update(lists, options, options.lr());
    else
      update(lists, options, numbers.rates[g]);
  }
}

void step_sgd(torch::optim::Optimizer& optimizer, const DeviceNumbers& numbers) {
  for (std::size_t g = 0; g < optimizer.param_groups().size(); ++g) {
    auto& group = optimizer.param_groups()[g];
    FusedLists fresh, moving;  // without and with momentum of earlier steps
    for (const torch::Tensor& parameter : group.params()) {
      if (!parameter.grad().defined()) continue;
      auto& state = state_of<torch::optim::SGDParamState>(optimizer, parameter);
      FusedLists& lists = state.momentum_buffer().defined() ? moving : fresh;
      if (!state.momentum_buffer().defined())
        state.momentum_buffer(torch::empty_like(parameter, torch::MemoryFormat::Preserve));
      lists.parameters.push_back(parameter), lists.gradients.push_back(parameter.grad());
      lists.momenta.push_back(state.momentum_buffer());
    }
    const auto& o = static_cast<const torch::optim::SGDOptions&>(group.options());
    for (FusedLists* lists : {&fresh, &moving}) {
      if (lists->parameters.empty()) continue;
      const auto update = [&](const auto& lr) {
        at::_fused_sgd_(lists->parameters, lists->gradients, lists->momenta, o.weight_decay(), o.momentum(), lr,
                        o.dampening(), o.nesterov(), /*maximize=*/false, /*is_first_step=*/lists == &fresh);
      };
      if (numbers.rates.empty())
        update(o.lr());
      else
        update(numbers.rates[g]);
    }
  }
}

void step_fused(torch::optim::Optimizer& optimizer, const DeviceNumbers& numbers) {
  const torch::NoGradGuard no_gradient;
  if (dynamic_cast<torch::optim::AdamW*>(&optimizer) != nullptr) {
    step_adam<torch::optim::AdamWParamState, torch::optim::AdamWOptions>(
        optimizer, numbers, [](FusedLists& l, const auto& o, const auto& lr) {
          at::_fused_adamw_(l.parameters, l.gradients, l.averages, l.square_averages, {}, l.steps, lr,
                            std::get<0>(o.betas()), std::get<1>(o.betas()), o.weight_decay(), o.eps(), o.amsgrad(),
                            /*maximize=*/false);
        });
  } else if (dynamic_cast<torch::optim::Adam*>(&optimizer) != nullptr) {
    step_adam<torch::optim::AdamParamState, torch::optim::AdamOptions>(
        optimizer, numbers, [](FusedLists& l, const auto& o, const auto& lr) {
          at::_fused_adam_(l.parameters, l.gradients, l.averages, l.square_averages, {}, l.steps, lr,
                           std::get<0>(o.betas()), std::get<1>(o.betas()), o.weight_decay(), o.eps(), o.amsgrad(),
                           /*maximize=*/false);
        });
  } else {
    step_sgd(optimizer, numbers);
  }
}

// Calls with the state of a parameter as Adam's or AdamW's, which both count its steps; not for SGD or without a state.
template <typename OnState>
void with_adam_state(const torch::optim::Optimizer& optimizer, const torch::Tensor& parameter, OnState&& on_state) {
  const auto found = optimizer.state().find(parameter.unsafeGetTensorImpl());
  if (found == optimizer.state().end()) return;
  if (auto* adamw = dynamic_cast<torch::optim::AdamWParamState*>(found->second.get())) on_state(*adamw);
  if (auto* adam = dynamic_cast<torch::optim::AdamParamState*>(found->second.get())) on_state(*adam);
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

void step_fused(torch::optim::Optimizer& optimizer) {
  step_fused(optimizer, DeviceNumbers());
}

std::vector<float> step_numbers(const torch::optim::Optimizer& optimizer) {
  std::vector<float> numbers;
  for (const auto& group : optimizer.param_groups()) numbers.push_back(static_cast<float>(group.options().get_lr()));
  each_parameter(optimizer, [&](std::size_t, const torch::Tensor& parameter) {
    numbers.push_back(1);
    with_adam_state(optimizer, parameter,
                    [&](const auto& state) { numbers.back() = static_cast<float>(state.step() + 1); });
  });
  return numbers;
}

void step_fused(torch::optim::Optimizer& optimizer, const torch::Tensor& numbers) {
  step_fused(optimizer, DeviceNumbers(optimizer, numbers));
}

void count_step(torch::optim::Optimizer& optimizer) {
  each_parameter(optimizer, [&](std::size_t, const torch::Tensor& parameter) {
    if (!parameter.grad().defined()) return;
    with_adam_state(optimizer, parameter, [](auto& state) { state.step(state.step() + 1); });
  });
}

void step(torch::optim::Optimizer& optimizer) {
  for (const auto& group : optimizer.param_groups()) {
    if (!group.params().empty() && group.params()[0].is_cuda()) return step_fused(optimizer);
  }
  optimizer.step();
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
