#include "run/train.h"

#include <torch/torch.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "data/batch_loader.h"
#include "error.h"
#include "run/checkpoint.h"
#include "run/distributed.h"
#include "run/evaluate.h"
#include "run/progress.h"
#include "run/sha256.h"
#include "run/training_step.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

// Of several processes each takes the GPU of its LOCAL_RANK.
torch::Device choose_device(const std::string& wanted, const Placement& placement) {
  if (placement.size > 1 && wanted != "cpu" && (wanted != "auto" || torch::cuda::is_available())) {
    if (wanted != "auto" && wanted != "cuda")
      throw TrainerError("run.device = " + wanted +
                         ": several processes need auto, cuda or cpu; each takes its own GPU");
    const auto gpus = static_cast<int>(torch::cuda::device_count());
    if (placement.local_rank >= gpus) {
      throw TrainerError("LOCAL_RANK = " + std::to_string(placement.local_rank) + ", but this machine has " +
                         std::to_string(gpus) + " GPUs; start no more processes than that, or set run.device=cpu");
    }
    return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(placement.local_rank));
  }
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

// A fingerprint of what must be alike in all processes: the configuration but for what may differ between machines.
std::int64_t fingerprint(Config config) {
  config.data.pack = config.data.noise_pack = config.data.rir_pack = config.run.trials = config.run.audio_root = "";
  config.data.loader_threads = 1, config.run.threads = 0;
  return std::stoll(sha256_hex(to_json(config).dump()).substr(0, 15), nullptr, 16);
}

// Only the first of several processes prints and writes.
TrainOutcome train_together(const Config& config, const std::string& out, const std::string& checkpoint,
                            torch::Device device, const Processes& processes) {
  const bool exists = fs::exists(checkpoint);
  std::int64_t first_step = 0;
  if (exists) first_step = checkpoint_number(read_tensor_file(checkpoint), checkpoint, "step");
  processes.require_same(first_step, "the step to go on from",
                         checkpoint + " must be the same file on all machines; share the folder, or copy it");
  processes.require_same(fingerprint(config), "the configuration", "start all of them with the same one");
  BatchLoader loader(config, first_step, {processes.rank(), processes.size()});
  processes.require_same(loader.num_classes(), "the number of classes",
                         config.data.pack + " must be the same pack on all machines");
  TrainingState state(config, loader.num_classes(), device);
  if (exists) state.load(config, checkpoint);
  for (const auto& tensors : {state.model.parameters(), state.head->parameters(), state.model.buffers(),
                              state.average.parameters(), state.average.buffers()})
    processes.broadcast(tensors);
  std::ofstream metrics;
  if (processes.first()) {
    write_file_atomically(out + "/config.json", to_json(config).dump(2) + "\n");
    metrics.open(out + "/metrics.jsonl", std::ios::app);
    std::fprintf(stderr, "%s: %.2f M parameters, %lld speakers, %lld classes, %d x %s, %s, step %lld of %lld\n",
                 config.model.kind.c_str(), static_cast<double>(state.model.network().num_parameters()) / 1e6,
                 static_cast<long long>(loader.num_speakers()), static_cast<long long>(loader.num_classes()),
                 processes.size(), device.str().c_str(), config.optim.precision.c_str(),
                 static_cast<long long>(state.step), static_cast<long long>(config.run.steps));
  }

  Progress progress("step", config.run.steps, state.step);
  TrainOutcome outcome;
  const std::int64_t batch_size = config.data.speakers_per_batch * config.data.crops_per_speaker;
  auto window_start = std::chrono::steady_clock::now();
  double waited_before = 0;
  std::int64_t window_steps = 0;
  while (state.step < config.run.steps && !processes.any(stop_requested())) {
    const Batch batch = loader.next();
    const StepResult result = training_step(state, batch, config, processes);
    ++window_steps;

    const bool last = state.step == config.run.steps;
    if (state.step % config.run.log_every == 0 || last) {
      const double loss = result.loss.item<double>(), accuracy = state.head->accuracy.item<double>();
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - window_start).count();
      const std::vector<double> sums =
          processes.sum({loss, accuracy, (loader.seconds_waited() - waited_before) / seconds});
      outcome.loss = sums[0] / processes.size(), outcome.accuracy = sums[1] / processes.size();
      if (!std::isfinite(outcome.loss)) {
        throw TrainerError("the loss is not finite at step " + std::to_string(state.step) + "; " + checkpoint +
                           " holds an earlier step; lower optim.lr or raise optim.warmup");
      }
      const double rate = static_cast<double>(window_steps * batch_size) / seconds, idle = sums[2] / processes.size();
      char note[160];
      std::snprintf(note, sizeof note,
                    "loss %.3f | acc %.1f%% | lr %.2e | margin %.2f | %.1f crops/s | loader wait %.1f%%", outcome.loss,
                    100 * outcome.accuracy, result.learning_rate, result.margin, rate, 100 * idle);
      if (processes.first()) progress.show(state.step, note);
      if (processes.first())
        metrics << nlohmann::json({{"step", state.step},
                                   {"loss", outcome.loss},
                                   {"accuracy", outcome.accuracy},
                                   {"lr", result.learning_rate},
                                   {"margin", result.margin},
                                   {"crops_per_s", rate},
                                   {"loader_wait", idle}})
                       .dump()
                << std::endl;
      window_start = std::chrono::steady_clock::now(), waited_before = loader.seconds_waited(), window_steps = 0;
    }
    if (!processes.first()) continue;
    if (state.step % config.run.checkpoint_every == 0 || last) state.save(config, checkpoint);
    if (!config.run.trials.empty() && (state.step % config.run.eval_every == 0 || last)) {
      const Embedder embedder(state.average, front_end_options(config));
      const auto results = evaluate(embedder, config.run.trials, config.run.audio_root, 0);
      std::fprintf(stderr, "\n%s", format_results(results).c_str());
      nlohmann::json line = {{"step", state.step}};
      for (const ConditionResult& result : results) line["eer"][result.condition] = result.eer;
      metrics << line.dump() << std::endl;
      window_start = std::chrono::steady_clock::now(), waited_before = loader.seconds_waited(), window_steps = 0;
    }
  }
  outcome.step = state.step;
  outcome.interrupted = state.step < config.run.steps;
  if (outcome.interrupted && processes.first()) {
    state.save(config, checkpoint);
    std::fprintf(stderr, "\nstopped at step %lld; %s holds everything: add --resume to go on\n",
                 static_cast<long long>(state.step), checkpoint.c_str());
  }
  processes.wait_for_all();  // none has succeeded before the checkpoint is written
  return outcome;
}

}  // namespace

TrainOutcome train(const Config& config, const std::string& out, bool resume) {
  stop_requested();  // installs the signal handlers
  const Placement placement = placement_from_environment();
  const torch::Device device = choose_device(config.run.device, placement);
  const c10::DeviceGuard current_device(device);  // where NCCL works
  const std::int64_t cores = std::max(1u, std::thread::hardware_concurrency() / placement.local_size);
  at::set_num_threads(static_cast<int>(config.run.threads > 0 ? config.run.threads : cores));
  at::get_num_threads();  // fixes the number for this thread, before the loader's threads choose theirs
  torch::manual_seed(config.run.seed);
  if (config.data.speakers_per_batch % placement.size != 0) {
    throw TrainerError("data.speakers_per_batch = " + std::to_string(config.data.speakers_per_batch) +
                       " cannot be shared equally by " + std::to_string(placement.size) +
                       " processes; make it a multiple of " + std::to_string(placement.size));
  }

  std::error_code error;
  if (placement.rank == 0) fs::create_directories(out, error);
  if (error) throw TrainerError(out + ": cannot be created: " + error.message());
  const std::string checkpoint = out + "/last.safetensors";
  if (fs::exists(checkpoint) && !resume)
    throw TrainerError(checkpoint + " exists; add --resume to go on with it, or choose another --out");
  const Processes processes(placement, device, std::chrono::seconds(config.run.distributed_timeout_s));
  try {
    return train_together(config, out, checkpoint, device, processes);
  } catch (const LostContact& lost) {
    throw TrainerError(std::string(lost.what()) +
                       (fs::exists(checkpoint)
                            ? "; the last checkpoint is " + checkpoint + "; start again with --resume to go on from it"
                            : "; no checkpoint was written yet; start again"));
  }
}

}  // namespace voiceprint::trainer
