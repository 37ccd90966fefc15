#include "run/train.h"

#include <ATen/autocast_mode.h>
#include <torch/torch.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "data/batch_loader.h"
#include "error.h"
#include "loss/aam_softmax.h"
#include "model/ecapa_tdnn.h"
#include "optim/schedule.h"
#include "optim/weight_average.h"
#include "run/checkpoint.h"
#include "run/evaluate.h"
#include "run/progress.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

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

torch::Device choose_device(const std::string& wanted) {
  if (wanted == "auto") return torch::cuda::is_available() ? torch::Device(torch::kCUDA) : torch::Device(torch::kCPU);
  try {
    const torch::Device device(wanted);
    if (device.is_cuda() && !torch::cuda::is_available()) throw TrainerError("run.device = " + wanted + ": this machine or this LibTorch has no CUDA; use cpu or auto");
    return device;
  } catch (const c10::Error&) {
    throw TrainerError("run.device = " + wanted + " is no device; use auto, cpu, cuda or cuda:1");
  }
}

// Weights decay, biases and normalisation parameters do not; the head has its own decay.
std::vector<torch::optim::OptimizerParamGroup> parameter_groups(const Config& config, torch::nn::Module& model, torch::nn::Module& head) {
  std::vector<torch::Tensor> decayed, plain;
  for (const torch::Tensor& parameter : model.parameters()) (parameter.dim() > 1 ? decayed : plain).push_back(parameter);
  const auto group = [&](std::vector<torch::Tensor> parameters, double decay) {
    std::unique_ptr<torch::optim::OptimizerOptions> options;
    if (config.optim.kind == "adamw") options = std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(config.optim.lr).weight_decay(decay));
    else options = std::make_unique<torch::optim::SGDOptions>(torch::optim::SGDOptions(config.optim.lr).momentum(0.9).nesterov(true).weight_decay(decay));
    return torch::optim::OptimizerParamGroup(std::move(parameters), std::move(options));
  };
  return {group(std::move(decayed), config.optim.weight_decay), group(std::move(plain), 0.0), group(head.parameters(), config.optim.head_weight_decay)};
}

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const Config& config, torch::nn::Module& model, torch::nn::Module& head) {
  auto groups = parameter_groups(config, model, head);
  if (config.optim.kind == "adamw") return std::make_unique<torch::optim::AdamW>(std::move(groups), torch::optim::AdamWOptions(config.optim.lr));
  return std::make_unique<torch::optim::SGD>(std::move(groups), torch::optim::SGDOptions(config.optim.lr).momentum(0.9).nesterov(true));
}

void set_learning_rate(torch::optim::Optimizer& optimizer, double lr) {
  for (auto& group : optimizer.param_groups()) group.options().set_lr(lr);
}

// Everything that a step changes.
struct State {
  EcapaTdnn model, average;
  AamSoftmax head;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
  std::int64_t step = 0;

  State(const Config& config, std::int64_t num_classes, torch::Device device)
      : model(config.model), average(config.model), head(config.loss, config.model.embedding_dim, num_classes) {
    model->to(device), average->to(device), head->to(device);
    const torch::NoGradGuard no_gradient;
    const auto from = model->parameters();
    auto to = average->parameters();
    for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]).set_requires_grad(false);
    optimizer = make_optimizer(config, *model, *head);
  }

  void save(const Config& config, const std::string& path) const {
    TensorFile file;
    store_module(file, "model/", *model);
    store_module(file, "head/", *head);
    if (config.optim.ema_decay > 0) store_module(file, "average/", *average);
    store_optimizer(file, *optimizer);
    file.metadata = {{"config", to_json(config).dump()}, {"step", std::to_string(step)}, {"num_classes", std::to_string(head->weight.size(0) / head->sub_centers)},
                     {"trainer_version", VOICEPRINT_VERSION}};
    write_tensor_file(path, file);
  }

  void load(const Config& config, const std::string& path) {
    const TensorFile file = read_tensor_file(path);
    const std::int64_t classes = checkpoint_number(file, path, "num_classes"), expected = head->weight.size(0) / head->sub_centers;
    if (classes != expected) {
      throw TrainerError(path + ": was trained on " + std::to_string(classes) + " classes, data.pack has " + std::to_string(expected) + "; give the pack that it was trained on");
    }
    restore_module(file, path, "model/", *model);
    restore_module(file, path, "head/", *head);
    if (config.optim.ema_decay > 0) restore_module(file, path, "average/", *average);
    restore_optimizer(file, path, *optimizer);
    step = checkpoint_number(file, path, "step");
  }
};

}  // namespace

TrainOutcome train(const Config& config, const std::string& out, bool resume) {
  stop_requested();  // installs the signal handlers
  const torch::Device device = choose_device(config.run.device);
  const std::int64_t cores = std::max(1u, std::thread::hardware_concurrency());
  at::set_num_threads(static_cast<int>(config.run.threads > 0 ? config.run.threads : cores));
  at::get_num_threads();  // fixes the number for this thread, before the loader's threads choose theirs
  torch::manual_seed(config.run.seed);

  std::error_code error;
  fs::create_directories(out, error);
  if (error) throw TrainerError(out + ": cannot be created: " + error.message());
  const std::string checkpoint = out + "/last.safetensors";
  const bool exists = fs::exists(checkpoint);
  if (exists && !resume) throw TrainerError(checkpoint + " exists; add --resume to go on with it, or choose another --out");

  std::int64_t first_step = 0;
  if (exists) first_step = checkpoint_number(read_tensor_file(checkpoint), checkpoint, "step");
  BatchLoader loader(config, first_step);
  State state(config, loader.num_classes(), device);
  if (exists) state.load(config, checkpoint);
  write_file_atomically(out + "/config.json", to_json(config).dump(2) + "\n");
  std::ofstream metrics(out + "/metrics.jsonl", std::ios::app);

  std::int64_t parameters = 0;
  for (const torch::Tensor& parameter : state.model->parameters()) parameters += parameter.numel();
  std::fprintf(stderr, "%s: %.2f M parameters, %lld speakers, %lld classes, %s, %s, step %lld of %lld\n", config.model.kind.c_str(), static_cast<double>(parameters) / 1e6,
               static_cast<long long>(loader.num_speakers()), static_cast<long long>(loader.num_classes()), device.str().c_str(), config.optim.precision.c_str(),
               static_cast<long long>(state.step), static_cast<long long>(config.run.steps));

  Progress progress("step", config.run.steps, state.step);
  TrainOutcome outcome;
  const std::int64_t batch_size = config.data.speakers_per_batch * config.data.crops_per_speaker;
  auto window_start = std::chrono::steady_clock::now();
  double waited_before = 0;
  std::int64_t window_steps = 0;
  state.model->train();
  while (state.step < config.run.steps && !stop_requested()) {
    const Batch batch = loader.next();
    const torch::Tensor features = batch.features.to(device, /*non_blocking=*/true), labels = batch.labels.to(device, true);
    const double lr = learning_rate(config.optim, state.step, config.run.steps), margin = margin_at(config.loss, state.step, config.run.steps);
    set_learning_rate(*state.optimizer, lr);

    torch::Tensor embeddings;
    {
      const Autocast autocast(device.type(), config.optim.precision == "bf16");
      embeddings = state.model->forward(features);
    }
    torch::Tensor loss = state.head->forward(embeddings, labels, margin);
    if (config.loss.contrast > 0) loss = loss + config.loss.contrast * contrastive_loss(embeddings, labels);
    state.optimizer->zero_grad();
    loss.backward();
    if (config.optim.clip_norm > 0) {
      std::vector<torch::Tensor> all = state.model->parameters();
      for (const torch::Tensor& parameter : state.head->parameters()) all.push_back(parameter);
      torch::nn::utils::clip_grad_norm_(all, config.optim.clip_norm);
    }
    state.optimizer->step();
    if (config.optim.ema_decay > 0) update_average(*state.average, *state.model, config.optim.ema_decay, state.step);
    ++state.step;
    ++window_steps;

    const bool last = state.step == config.run.steps;
    if (state.step % config.run.log_every == 0 || last) {
      outcome.loss = loss.item<double>();
      outcome.accuracy = state.head->accuracy.item<double>();
      if (!std::isfinite(outcome.loss)) {
        throw TrainerError("the loss is not finite at step " + std::to_string(state.step) + "; " + checkpoint + " holds an earlier step; lower optim.lr or raise optim.warmup");
      }
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - window_start).count();
      const double rate = static_cast<double>(window_steps * batch_size) / seconds, idle = (loader.seconds_waited() - waited_before) / seconds;
      char note[160];
      std::snprintf(note, sizeof note, "loss %.3f | acc %.1f%% | lr %.2e | margin %.2f | %.1f crops/s | loader wait %.1f%%", outcome.loss, 100 * outcome.accuracy, lr, margin, rate, 100 * idle);
      progress.show(state.step, note);
      metrics << nlohmann::json({{"step", state.step}, {"loss", outcome.loss}, {"accuracy", outcome.accuracy}, {"lr", lr}, {"margin", margin}, {"crops_per_s", rate}, {"loader_wait", idle}}).dump()
              << std::endl;
      window_start = std::chrono::steady_clock::now(), waited_before = loader.seconds_waited(), window_steps = 0;
    }
    if (state.step % config.run.checkpoint_every == 0 || last) state.save(config, checkpoint);
    if (!config.run.trials.empty() && (state.step % config.run.eval_every == 0 || last)) {
      EcapaTdnn copy(config.model);
      {
        const torch::NoGradGuard no_gradient;
        const EcapaTdnn& source = config.optim.ema_decay > 0 ? state.average : state.model;
        const auto from_parameters = source->parameters(), from_buffers = source->buffers();
        auto parameters_of_copy = copy->parameters(), buffers_of_copy = copy->buffers();
        for (std::size_t i = 0; i < from_parameters.size(); ++i) parameters_of_copy[i].copy_(from_parameters[i]);
        for (std::size_t i = 0; i < from_buffers.size(); ++i) buffers_of_copy[i].copy_(from_buffers[i]);
      }
      const auto results = evaluate(Embedder(copy), config.run.trials, config.run.audio_root, 0);
      std::fprintf(stderr, "\n%s", format_results(results).c_str());
      nlohmann::json line = {{"step", state.step}};
      for (const ConditionResult& result : results) line["eer"][result.condition] = result.eer;
      metrics << line.dump() << std::endl;
      window_start = std::chrono::steady_clock::now(), waited_before = loader.seconds_waited(), window_steps = 0;
    }
  }
  outcome.step = state.step;
  outcome.interrupted = state.step < config.run.steps;
  if (outcome.interrupted) {
    state.save(config, checkpoint);
    std::fprintf(stderr, "\nstopped at step %lld; %s holds everything: add --resume to go on\n", static_cast<long long>(state.step), checkpoint.c_str());
  }
  return outcome;
}

}  // namespace voiceprint::trainer
