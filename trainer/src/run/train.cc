#include "run/train.h"

#include <torch/torch.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "data/batch_loader.h"
#include "error.h"
#include "run/checkpoint.h"
#include "run/evaluate.h"
#include "run/progress.h"
#include "run/training_step.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

torch::Device choose_device(const std::string& wanted) {
  if (wanted == "auto") return torch::cuda::is_available() ? torch::Device(torch::kCUDA) : torch::Device(torch::kCPU);
  try {
    const torch::Device device(wanted);
    if (device.is_cuda() && !torch::cuda::is_available())
      throw TrainerError("run.device = " + wanted + ": this machine or this LibTorch has no CUDA; use cpu or auto");
    return device;
  } catch (const c10::Error&) {
    throw TrainerError("run.device = " + wanted + " is no device; use auto, cpu, cuda or cuda:1");
  }
}

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
  if (exists && !resume)
    throw TrainerError(checkpoint + " exists; add --resume to go on with it, or choose another --out");

  std::int64_t first_step = 0;
  if (exists) first_step = checkpoint_number(read_tensor_file(checkpoint), checkpoint, "step");
  BatchLoader loader(config, first_step);
  TrainingState state(config, loader.num_classes(), device);
  if (exists) state.load(config, checkpoint);
  write_file_atomically(out + "/config.json", to_json(config).dump(2) + "\n");
  std::ofstream metrics(out + "/metrics.jsonl", std::ios::app);

  std::fprintf(stderr, "%s: %.2f M parameters, %lld speakers, %lld classes, %s, %s, step %lld of %lld\n",
               config.model.kind.c_str(), static_cast<double>(state.model.network().num_parameters()) / 1e6,
               static_cast<long long>(loader.num_speakers()), static_cast<long long>(loader.num_classes()),
               device.str().c_str(), config.optim.precision.c_str(), static_cast<long long>(state.step),
               static_cast<long long>(config.run.steps));

  Progress progress("step", config.run.steps, state.step);
  TrainOutcome outcome;
  auto window_start = std::chrono::steady_clock::now();
  double waited_before = 0, worked_before = 0;
  std::int64_t window_crops = 0;
  const auto start_window = [&] {
    window_start = std::chrono::steady_clock::now(), window_crops = 0;
    waited_before = loader.seconds_waited(), worked_before = loader.seconds_worked();
  };
  while (state.step < config.run.steps && !stop_requested()) {
    const Batch batch = loader.next();
    const StepResult result = training_step(state, batch, config);
    window_crops += batch.labels.size(0);

    const bool last = state.step == config.run.steps;
    if (state.step % config.run.log_every == 0 || last) {
      outcome.loss = result.loss.item<double>();
      outcome.accuracy = state.head->accuracy.item<double>();
      if (!std::isfinite(outcome.loss)) {
        throw TrainerError("the loss is not finite at step " + std::to_string(state.step) + "; " + checkpoint +
                           " holds an earlier step; lower optim.lr or raise optim.warmup");
      }
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - window_start).count();
      const double rate = static_cast<double>(window_crops) / seconds,
                   wait = (loader.seconds_waited() - waited_before) / seconds,
                   busy = (loader.seconds_worked() - worked_before) /
                          (seconds * static_cast<double>(config.data.loader_threads));
      char note[200];
      std::snprintf(note, sizeof note,
                    "loss %.3f | acc %.1f%% | lr %.2e | margin %.2f | %.1f crops/s | loader wait %.1f%% busy %.1f%%",
                    outcome.loss, 100 * outcome.accuracy, result.learning_rate, result.margin, rate, 100 * wait,
                    100 * busy);
      progress.show(state.step, note);
      metrics << nlohmann::json({{"step", state.step},
                                 {"loss", outcome.loss},
                                 {"accuracy", outcome.accuracy},
                                 {"lr", result.learning_rate},
                                 {"margin", result.margin},
                                 {"crops_per_s", rate},
                                 {"loader_wait", wait},
                                 {"loader_busy", busy}})
                     .dump()
              << std::endl;
      start_window();
    }
    if (state.step % config.run.checkpoint_every == 0 || last) state.save(config, checkpoint);
    if (!config.run.trials.empty() && (state.step % config.run.eval_every == 0 || last)) {
      const Embedder embedder(state.average, front_end_options(config));
      const auto results = evaluate(embedder, config.run.trials, config.run.audio_root, 0);
      std::fprintf(stderr, "\n%s", format_results(results).c_str());
      nlohmann::json line = {{"step", state.step}};
      for (const ConditionResult& result : results) line["eer"][result.condition] = result.eer;
      metrics << line.dump() << std::endl;
      start_window();
    }
  }
  outcome.step = state.step;
  outcome.interrupted = state.step < config.run.steps;
  if (outcome.interrupted) {
    state.save(config, checkpoint);
    std::fprintf(stderr, "\nstopped at step %lld; %s holds everything: add --resume to go on\n",
                 static_cast<long long>(state.step), checkpoint.c_str());
  }
  return outcome;
}

}  // namespace voiceprint::trainer
