#include "run/training_step.h"

#include <ATen/autocast_mode.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "error.h"
#include "loss/contrastive.h"
#include "model/architectures.h"
#include "optim/optimizer.h"
#include "optim/precision.h"
#include "optim/schedule.h"
#include "optim/weight_average.h"
#include "run/checkpoint.h"
#include "run/version.h"

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

// Places in numbers_of_step().
constexpr std::int64_t kMargin = 0, kAverageWeight = 1, kOfOptimizer = 2;  // the last: and all that follow

bool keeps_average(const Config& config) {
  return config.optim.average != "none";
}

// The layers that run.freeze names: "" for the whole backbone.
std::vector<std::string> layers_to_freeze(const std::string& list, const Network& network) {
  if (list == "backbone") return {""};
  std::vector<std::string> known, layers;
  for (const Parameter& parameter : network.parameters()) {
    for (std::size_t dot = parameter.name.find('.'); dot != std::string::npos; dot = parameter.name.find('.', dot + 1))
      known.push_back(parameter.name.substr(0, dot));
  }
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw TrainerError("run.freeze: the network has no layer '" + name + "'; did you mean '" +
                         nearest_name(name, known) + "', or 'backbone' for all?");
    layers.push_back(name);
  }
  return layers;
}

// A function of the step alone, so that a resumed run thaws at the same one.
bool freezes_at(const RunConfig& run, std::int64_t step) {
  return static_cast<double>(step) < run.unfreeze_at * static_cast<double>(run.steps);
}

std::string exact_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

// What decides which tensors a checkpoint has, and what they mean. All else may change from one start to the next.
nlohmann::json what_stays(const Config& config) {
  const nlohmann::json all = to_json(config);
  return {{"features", all.at("features")},
          {"model", all.at("model")},
          {"loss", {{"kind", config.loss.kind}, {"sub_centers", config.loss.sub_centers}}},
          {"optim",
           {{"kind", config.optim.kind},
            {"average", config.optim.average},
            {"precision", config.optim.precision == "fp16"}}},                                  // scales the loss
          {"augment", {{"speed", config.augment.speed > 0 && config.augment.speed_classes}}}};  // makes classes
}

// The first tensor that is missing or has another shape would say less than the key that differs.
void check_same_keys(const TensorFile& file, const std::string& path, const Config& config) {
  const Config trained = checkpoint_config(file, path);
  const nlohmann::json ours = what_stays(config), theirs = what_stays(trained);
  const auto text_of = [](const Config& of, const std::string& section, const std::string& key) {
    const nlohmann::json value = to_json(of).at(section).at(key);
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  for (const char* section : {"features", "model", "loss", "optim", "augment"}) {
    for (const auto& [key, value] : theirs.at(section).items()) {
      if (value == ours.at(section).at(key)) continue;
      const std::string name = std::string(section) + "." + key, before = text_of(trained, section, key);
      throw TrainerError(path + ": was trained with " + name + " = " + before + ", the configuration has " +
                         text_of(config, section, key) + "; set " + name + "=" + before +
                         ", or start a new run from the checkpoint with run.init");
    }
  }
}

// A run that diverged must not replace the checkpoint from before.
void require_finite(const TensorFile& file, const std::string& path, std::int64_t step) {
  for (const auto& [name, tensor] : file.tensors) {
    if (tensor.dtype != "F32") continue;
    const std::vector<float> values = tensor.floats();
    if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
      throw TrainerError(
          path + ": left as it is: at step " + std::to_string(step) + " the tensor '" + name +
          "' is not finite; lower optim.lr or raise optim.warmup, then go on from an earlier checkpoint");
  }
}

void check_same_speakers(const TensorFile& file, const std::string& path, const std::vector<std::string>& expected) {
  const std::vector<std::string> speakers = checkpoint_speakers(file);
  if (speakers.empty() || expected.empty() || speakers == expected) return;
  const auto [theirs, ours] = std::mismatch(speakers.begin(), speakers.end(), expected.begin(), expected.end());
  throw TrainerError(path + ": was trained on other speakers (" +
                     (theirs == speakers.end() ? "none" : "'" + *theirs + "'") + " where data.pack has " +
                     (ours == expected.end() ? "none" : "'" + *ours + "'") + "); give the pack that it was trained on");
}

// All that the device does in a step; gives the loss. `numbers`: numbers_of_step() on the device, or undefined.
torch::Tensor update_weights(TrainingState& state, const Batch& batch, const Config& config, const Processes& processes,
                             const StepResult& host, const torch::Tensor& numbers) {
  const torch::Tensor features = batch.features.to(state.device, /*non_blocking=*/true),
                      labels = batch.labels.to(state.device, true);
  torch::Tensor embeddings;
  {
    const Autocast autocast(state.device.type(), precision_on(state.device, config.optim.precision));
    embeddings = state.model.forward(features);
  }
  // Losses between crops compare those of all processes.
  torch::Tensor all_embeddings, all_labels;
  if (config.loss.contrast > 0 || config.loss.kind == "triplet")
    all_embeddings = processes.gather_rows(embeddings), all_labels = processes.gather_rows(labels);
  torch::Tensor loss = numbers.defined()
                           ? state.head->forward(embeddings, labels, numbers[kMargin], all_embeddings, all_labels)
                           : state.head->forward(embeddings, labels, host.margin, all_embeddings, all_labels);
  if (config.loss.contrast > 0) loss = loss + config.loss.contrast * contrastive_loss(all_embeddings, all_labels);
  state.optimizer->zero_grad();
  state.scaler.scaled(loss).backward();
  std::vector<torch::Tensor> parameters = state.model.parameters();
  for (const torch::Tensor& parameter : state.head->parameters()) parameters.push_back(parameter);
  // Before the scaler looks at them: what is not finite in one process then is in all, and all skip the step.
  processes.average(gradients_of(parameters));
  const bool finite = state.scaler.unscale(parameters);
  if (config.optim.clip_norm > 0) clip_gradients(parameters, config.optim.clip_norm);
  if (numbers.defined())
    step_fused(*state.optimizer, numbers.slice(0, kOfOptimizer));
  else if (finite)
    step(*state.optimizer);
  state.scaler.update();
  if (keeps_average(config)) {
    const auto update = [&](const auto& weight) {
      update_average(config.optim, weight, state.average.parameters(), state.model.parameters(),
                     state.average.buffers(), state.model.buffers());
    };
    if (numbers.defined())
      update(numbers[kAverageWeight]);
    else
      update(average_weight(config.optim, state.step, config.run.steps));
  }
  return loss;
}

}  // namespace

bool EvaluationHistory::note(std::int64_t step, double eer) {
  at_step = step;
  const bool best = eer < best_eer;
  if (best) best_eer = eer;
  without_gain = best ? 0 : without_gain + 1;
  return best;
}

TrainingState::TrainingState(const Config& config, std::int64_t num_classes, torch::Device device_)
    : device(device_),
      model(build_network(config.model, feature_bins(config))),
      average(keeps_average(config) ? model.copy() : model),
      head(config.loss, model.network().embedding_dim(), num_classes),
      scaler(config.optim.precision == "fp16", device_) {
  model.to(device), average.to(device), head->to(device);
  optimizer = make_optimizer(config.optim, model.parameters(), head->parameters());
  frozen_layers = layers_to_freeze(config.run.freeze, model.network());
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
                   {"trainer_version", VOICEPRINT_VERSION},
                   {"git_version", git_version()},
                   {"evaluated_at", std::to_string(evaluations.at_step)},
                   {"evaluations_without_gain", std::to_string(evaluations.without_gain)}};
  if (!speakers.empty()) file.metadata["speakers"] = nlohmann::json(speakers).dump();
  if (std::isfinite(evaluations.best_eer)) file.metadata["best_eer"] = exact_text(evaluations.best_eer);
  require_finite(file, path, step);
  write_tensor_file(path, file);
}

void TrainingState::load(const Config& config, const std::string& path) {
  const TensorFile file = read_tensor_file(path);
  check_same_keys(file, path, config);
  const std::int64_t classes = checkpoint_number(file, path, "num_classes"), expected = head->num_classes();
  if (classes != expected) {
    throw TrainerError(path + ": was trained on " + std::to_string(classes) + " classes, data.pack has " +
                       std::to_string(expected) + "; give the pack that it was trained on");
  }
  check_same_speakers(file, path, speakers);
  restore_tensors(file, path, "model/", model.named_tensors());
  restore_tensors(file, path, "head/", named_tensors(*head));
  if (keeps_average(config)) restore_tensors(file, path, "average/", average.named_tensors());
  restore_optimizer(file, path, *optimizer);
  scaler.restore(file, path);
  step = checkpoint_number(file, path, "step");
  evaluations = {};
  if (file.metadata.count("evaluated_at") == 0) return;  // of an earlier version
  evaluations.at_step = checkpoint_number(file, path, "evaluated_at");
  evaluations.without_gain = checkpoint_number(file, path, "evaluations_without_gain");
  if (file.metadata.count("best_eer") > 0)
    evaluations.best_eer = std::strtod(file.metadata.at("best_eer").c_str(), nullptr);
}

StepResult begin_step(TrainingState& state, const Config& config) {
  if (const bool frozen = !state.frozen_layers.empty() && freezes_at(config.run, state.step); frozen != state.frozen) {
    state.model.freeze(frozen ? state.frozen_layers : std::vector<std::string>());
    state.frozen = frozen;
  }
  StepResult result;
  result.learning_rate = learning_rate(config.optim, state.step, config.run.steps);
  result.margin = margin_at(config.loss, state.step, config.run.steps);
  set_learning_rate(*state.optimizer, config.optim, result.learning_rate);
  return result;
}

StepResult training_step(TrainingState& state, const Batch& batch, const Config& config, const Processes& processes) {
  StepResult result = begin_step(state, config);
  result.loss = update_weights(state, batch, config, processes, result, {});
  ++state.step;
  return result;
}

torch::Tensor numbers_of_step(const TrainingState& state, const Config& config, const StepResult& host) {
  std::vector<float> numbers = {static_cast<float>(host.margin),
                                static_cast<float>(average_weight(config.optim, state.step, config.run.steps))};
  const std::vector<float> of_optimizer = step_numbers(*state.optimizer);
  numbers.insert(numbers.end(), of_optimizer.begin(), of_optimizer.end());
  torch::Tensor result = torch::empty({static_cast<std::int64_t>(numbers.size())},
                                      torch::TensorOptions().pinned_memory(state.device.is_cuda()));
  std::copy(numbers.begin(), numbers.end(), result.data_ptr<float>());
  return result;
}

torch::Tensor compute_step(TrainingState& state, const Batch& batch, const Config& config,
                           const torch::Tensor& numbers) {
  return update_weights(state, batch, config, {}, {}, numbers);
}

void end_step(TrainingState& state) {
  count_step(*state.optimizer);
  ++state.step;
}

}  // namespace voiceprint::trainer
