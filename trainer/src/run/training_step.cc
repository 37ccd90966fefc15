#include "run/training_step.h"

#include <ATen/autocast_mode.h>

#include "error.h"
#include "model/architectures.h"
#include "optim/schedule.h"
#include "optim/weight_average.h"
#include "run/checkpoint.h"

namespace voiceprint::trainer {
namespace {

// Autocast to bfloat16 for as long as it lives.
class Autocast {
 public:
  Autocast(torch::DeviceType device, bool enabled) : device_(device), enabled_(enabled) {
    if (!enabled_) return;
    at::autocast::increment_nesting();
    at::autocast::set_autocast_enabled(device_, true);
    at::autocast::set_autocast_dtype(device_, torch::kBFloat16);
  }
  ~Autocast() {
    if (!enabled_) return;
    at::autocast::set_autocast_enabled(device_, false);
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  }

 private:
  torch::DeviceType device_;
  bool enabled_;
};

// Weights decay, biases and normalisation parameters do not; the head has its own decay.
std::vector<torch::optim::OptimizerParamGroup> parameter_groups(const Config& config, const TorchNetwork& model,
                                                                torch::nn::Module& head) {
  std::vector<torch::Tensor> decayed, plain;
  for (const torch::Tensor& parameter : model.parameters())
    (parameter.dim() > 1 ? decayed : plain).push_back(parameter);
  const auto group = [&](std::vector<torch::Tensor> parameters, double decay) {
    std::unique_ptr<torch::optim::OptimizerOptions> options;
    if (config.optim.kind == "adamw")
      options =
          std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(config.optim.lr).weight_decay(decay));
    else
      options = std::make_unique<torch::optim::SGDOptions>(
          torch::optim::SGDOptions(config.optim.lr).momentum(0.9).nesterov(true).weight_decay(decay));
    return torch::optim::OptimizerParamGroup(std::move(parameters), std::move(options));
  };
  return {group(std::move(decayed), config.optim.weight_decay), group(std::move(plain), 0.0),
          group(head.parameters(), config.optim.head_weight_decay)};
}

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const Config& config, const TorchNetwork& model,
                                                        torch::nn::Module& head) {
  auto groups = parameter_groups(config, model, head);
  if (config.optim.kind == "adamw")
    return std::make_unique<torch::optim::AdamW>(std::move(groups), torch::optim::AdamWOptions(config.optim.lr));
  return std::make_unique<torch::optim::SGD>(std::move(groups),
                                             torch::optim::SGDOptions(config.optim.lr).momentum(0.9).nesterov(true));
}

void set_learning_rate(torch::optim::Optimizer& optimizer, double lr) {
  for (auto& group : optimizer.param_groups()) group.options().set_lr(lr);
}

}  // namespace

TrainingState::TrainingState(const Config& config, std::int64_t num_classes, torch::Device device_)
    : device(device_),
      model(build_network(config.model, config.model.num_mel_bins)),
      average(model.copy()),
      head(config.loss, config.model.embedding_dim, num_classes) {
  model.to(device), average.to(device), head->to(device);
  optimizer = make_optimizer(config, model, *head);
}

void TrainingState::save(const Config& config, const std::string& path) const {
  TensorFile file;
  store_tensors(file, "model/", model.named_tensors());
  store_tensors(file, "head/", named_tensors(*head));
  if (config.optim.ema_decay > 0) store_tensors(file, "average/", average.named_tensors());
  store_optimizer(file, *optimizer);
  file.metadata = {{"config", to_json(config).dump()},
                   {"step", std::to_string(step)},
                   {"num_classes", std::to_string(head->weight.size(0) / head->sub_centers)},
                   {"trainer_version", VOICEPRINT_VERSION}};
  write_tensor_file(path, file);
}

void TrainingState::load(const Config& config, const std::string& path) {
  const TensorFile file = read_tensor_file(path);
  const std::int64_t classes = checkpoint_number(file, path, "num_classes"),
                     expected = head->weight.size(0) / head->sub_centers;
  if (classes != expected) {
    throw TrainerError(path + ": was trained on " + std::to_string(classes) + " classes, data.pack has " +
                       std::to_string(expected) + "; give the pack that it was trained on");
  }
  restore_tensors(file, path, "model/", model.named_tensors());
  restore_tensors(file, path, "head/", named_tensors(*head));
  if (config.optim.ema_decay > 0) restore_tensors(file, path, "average/", average.named_tensors());
  restore_optimizer(file, path, *optimizer);
  step = checkpoint_number(file, path, "step");
}

StepResult training_step(TrainingState& state, const Batch& batch, const Config& config) {
  const torch::Tensor features = batch.features.to(state.device, /*non_blocking=*/true),
                      labels = batch.labels.to(state.device, true);
  StepResult result;
  result.learning_rate = learning_rate(config.optim, state.step, config.run.steps);
  result.margin = margin_at(config.loss, state.step, config.run.steps);
  set_learning_rate(*state.optimizer, result.learning_rate);

  torch::Tensor embeddings;
  {
    const Autocast autocast(state.device.type(), config.optim.precision == "bf16");
    embeddings = state.model.forward(features);
  }
  result.loss = state.head->forward(embeddings, labels, result.margin);
  if (config.loss.contrast > 0) result.loss = result.loss + config.loss.contrast * contrastive_loss(embeddings, labels);
  state.optimizer->zero_grad();
  result.loss.backward();
  if (config.optim.clip_norm > 0) {
    std::vector<torch::Tensor> all = state.model.parameters();
    for (const torch::Tensor& parameter : state.head->parameters()) all.push_back(parameter);
    torch::nn::utils::clip_grad_norm_(all, config.optim.clip_norm);
  }
  state.optimizer->step();
  if (config.optim.ema_decay > 0) update_average(state.average, state.model, config.optim.ema_decay, state.step);
  ++state.step;
  return result;
}

}  // namespace voiceprint::trainer
