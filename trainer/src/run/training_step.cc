#include "run/training_step.h"

#include <ATen/autocast_mode.h>

#include "error.h"
#include "loss/contrastive.h"
#include "model/architectures.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "optim/weight_average.h"
#include "run/checkpoint.h"

namespace voiceprint::trainer {
namespace {

// Autocast to bf16 or fp16 for as long as it lives; fp32 is none.
class Autocast {
 public:
  Autocast(torch::DeviceType device, const std::string& precision) : device_(device), enabled_(precision != "fp32") {
    if (!enabled_) return;
    at::autocast::increment_nesting();
    at::autocast::set_autocast_enabled(device_, true);
    at::autocast::set_autocast_dtype(device_, precision == "fp16" ? torch::kHalf : torch::kBFloat16);
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

std::vector<torch::Tensor> gradients_of(const std::vector<torch::Tensor>& parameters) {
  std::vector<torch::Tensor> gradients;
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

bool keeps_average(const Config& config) {
  return config.optim.average != "none";
}

}  // namespace

TrainingState::TrainingState(const Config& config, std::int64_t num_classes, torch::Device device_)
    : device(device_),
      model(build_network(config.model, feature_bins(config))),
      average(keeps_average(config) ? model.copy() : model),
      head(config.loss, config.model.embedding_dim, num_classes),
      scaler(config.optim.precision == "fp16", device_) {
  model.to(device), average.to(device), head->to(device);
  optimizer = make_optimizer(config.optim, model.parameters(), head->parameters());
}

void TrainingState::save(const Config& config, const std::string& path) const {
  TensorFile file;
  store_tensors(file, "model/", model.named_tensors());
  store_tensors(file, "head/", named_tensors(*head));
  if (keeps_average(config)) store_tensors(file, "average/", average.named_tensors());
  store_optimizer(file, *optimizer);
  scaler.store(file);
  file.metadata = {{"config", to_json(config).dump()},
                   {"step", std::to_string(step)},
                   {"num_classes", std::to_string(head->num_classes())},
                   {"trainer_version", VOICEPRINT_VERSION}};
  write_tensor_file(path, file);
}

void TrainingState::load(const Config& config, const std::string& path) {
  const TensorFile file = read_tensor_file(path);
  const std::int64_t classes = checkpoint_number(file, path, "num_classes"), expected = head->num_classes();
  if (classes != expected) {
    throw TrainerError(path + ": was trained on " + std::to_string(classes) + " classes, data.pack has " +
                       std::to_string(expected) + "; give the pack that it was trained on");
  }
  restore_tensors(file, path, "model/", model.named_tensors());
  restore_tensors(file, path, "head/", named_tensors(*head));
  if (keeps_average(config)) restore_tensors(file, path, "average/", average.named_tensors());
  restore_optimizer(file, path, *optimizer);
  scaler.restore(file, path);
  step = checkpoint_number(file, path, "step");
}

StepResult training_step(TrainingState& state, const Batch& batch, const Config& config, const Processes& processes) {
  const torch::Tensor features = batch.features.to(state.device, /*non_blocking=*/true),
                      labels = batch.labels.to(state.device, true);
  StepResult result;
  result.learning_rate = learning_rate(config.optim, state.step, config.run.steps);
  result.margin = margin_at(config.loss, state.step, config.run.steps);
  set_learning_rate(*state.optimizer, config.optim, result.learning_rate);

  torch::Tensor embeddings;
  {
    const Autocast autocast(state.device.type(), config.optim.precision);
    embeddings = state.model.forward(features);
  }
  // Losses between crops compare those of all processes.
  torch::Tensor all_embeddings, all_labels;
  if (config.loss.contrast > 0 || config.loss.kind == "triplet")
    all_embeddings = processes.gather_rows(embeddings), all_labels = processes.gather_rows(labels);
  result.loss = state.head->forward(embeddings, labels, result.margin, all_embeddings, all_labels);
  if (config.loss.contrast > 0)
    result.loss = result.loss + config.loss.contrast * contrastive_loss(all_embeddings, all_labels);
  state.optimizer->zero_grad();
  state.scaler.scaled(result.loss).backward();
  std::vector<torch::Tensor> parameters = state.model.parameters();
  for (const torch::Tensor& parameter : state.head->parameters()) parameters.push_back(parameter);
  // Before the scaler looks at them: what is not finite in one process then is in all, and all skip the step.
  processes.average(gradients_of(parameters));
  const bool finite = state.scaler.unscale(parameters);
  if (config.optim.clip_norm > 0) clip_gradients(parameters, config.optim.clip_norm);
  if (finite) state.optimizer->step();
  state.scaler.update();
  if (keeps_average(config)) {
    update_average(config.optim, state.step, config.run.steps, state.average.parameters(), state.model.parameters(),
                   state.average.buffers(), state.model.buffers());
  }
  ++state.step;
  return result;
}

}  // namespace voiceprint::trainer
