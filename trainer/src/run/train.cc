#include "run/train.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <optional>
#include <thread>

#include "data/batch_loader.h"
#include "error.h"
#include "eval/evaluate.h"
#include "eval/load_trials.h"
#include "optim/precision.h"
#include "run/checkpoint.h"
#include "run/device_features.h"
#include "run/distributed.h"
#include "run/metrics_log.h"
#include "run/pretrained.h"
#include "run/progress.h"
#include "run/run_checkpoints.h"
#include "run/sha256.h"
#include "run/step_graph.h"
#include "run/training_step.h"
#include "run/version.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

// A fingerprint of what must be alike in all processes: the configuration but for what may differ between machines.
std::int64_t fingerprint(Config config) {
  config.data.pack = config.data.noise_pack = config.data.rir_pack = config.data.cache = config.run.trials = "";
  config.run.audio_root = "";
  config.data.loader_threads = 1, config.run.threads = 0, config.data.on_device = "auto";
  return std::stoll(sha256_hex(to_json(config).dump()).substr(0, 15), nullptr, 16);
}

// Rates since the last time that they were asked for.
class Throughput {
 public:
  Throughput(const BatchLoader& loader, std::int64_t loader_threads)
      : loader_(loader), loader_threads_(static_cast<double>(loader_threads)) {
    restart();
  }
  void restart() {
    start_ = Clock::now(), crops_ = 0;
    waited_ = loader_.seconds_waited(), worked_ = loader_.seconds_worked();
  }
  void count_crops(std::int64_t crops) { crops_ += crops; }
  double crops_per_second() const { return static_cast<double>(crops_) / seconds(); }
  // Shares of the time: training waited for a batch; the loader's threads worked.
  double loader_wait() const { return (loader_.seconds_waited() - waited_) / seconds(); }
  double loader_busy() const { return (loader_.seconds_worked() - worked_) / (seconds() * loader_threads_); }

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  const BatchLoader& loader_;
  double loader_threads_;
  Clock::time_point start_;
  double waited_ = 0, worked_ = 0;
  std::int64_t crops_ = 0;
};

bool evaluation_is_due(const Config& config, const TrainingState& state) {
  const RunConfig& run = config.run;
  return !run.trials.empty() && state.step > state.evaluations.at_step &&
         (state.step % run.eval_every == 0 || state.step == run.steps);
}

// Before the first step, so that a list that cannot be used does not come to light at the first evaluation.
LoadedTrials trials_of(const RunConfig& run) {
  TrialSource source;
  source.lists.trials = run.trials, source.names.audio_root = run.audio_root;
  try {
    return load_trials(source);
  } catch (const TrainerError& error) {
    throw TrainerError("run.trials = " + run.trials + ", run.audio_root = " + run.audio_root + ": " + error.what());
  }
}

// On the trial lists; keeps the checkpoint if it is the best so far. A stop on the way leaves the evaluation due, and
// so does an error, for which the steps before it are not lost.
void evaluate_run(const Config& config, const std::string& out, const LoadedTrials& trials, TrainingState& state,
                  MetricsLog& log) {
  std::vector<ConditionError> results;
  try {
    results = measure_eers(Embedder(state.average, front_end_options(config)), trials);
  } catch (const TrainerError&) {
    if (stop_requested()) return;
    state.save(config, last_checkpoint(out));
    throw;
  }
  Scalars eers;
  double sum = 0;
  for (const ConditionError& result : results) {
    std::fprintf(stderr, "%s%s %.2f %%", eers.empty() ? "\nEER: " : ", ", result.condition.c_str(), 100 * result.eer);
    eers.emplace_back(result.condition, result.eer);
    sum += result.eer;
  }
  std::fprintf(stderr, "\n");
  log.add_evaluation(state.step, eers);
  if (state.evaluations.note(state.step, sum / static_cast<double>(results.size())))
    state.save(config, best_checkpoint(out));
}

// Loss, accuracy and shares of time are means over the processes, crops per second their sum. `log` is the first's.
void log_step(const TrainingState& state, const StepResult& step, const Throughput& throughput,
              const Processes& processes, TrainOutcome& outcome, Progress& progress, std::optional<MetricsLog>& log) {
  const std::vector<double> sums =
      processes.sum({step.loss.item<double>(), state.head->accuracy.item<double>(), throughput.loader_wait(),
                     throughput.loader_busy(), throughput.crops_per_second()});
  const double share = 1.0 / processes.size(), wait = sums[2] * share, busy = sums[3] * share, rate = sums[4];
  outcome.loss = sums[0] * share, outcome.accuracy = sums[1] * share;
  if (!std::isfinite(outcome.loss)) {
    throw TrainerError(
        "the loss is not finite at step " + std::to_string(state.step) +
        "; last.safetensors, if there is one, holds an earlier step; lower optim.lr or raise optim.warmup");
  }
  if (!log) return;
  char note[200];
  std::snprintf(note, sizeof note,
                "loss %.3f | acc %.1f%% | lr %.2e | margin %.2f | %.1f crops/s | loader wait %.1f%% busy %.1f%%",
                outcome.loss, 100 * outcome.accuracy, step.learning_rate, step.margin, rate, 100 * wait, 100 * busy);
  progress.show(state.step, note);
  log->add_training(state.step, {{"loss", outcome.loss},
                                 {"accuracy", outcome.accuracy},
                                 {"lr", step.learning_rate},
                                 {"margin", step.margin},
                                 {"crops_per_s", rate},
                                 {"loader_wait", wait},
                                 {"loader_busy", busy}});
}

// Only the first of several processes prints, evaluates and writes.
TrainOutcome train_together(const Config& config, const std::string& out, const std::string& checkpoint,
                            torch::Device device, const Processes& processes) {
  std::optional<LoadedTrials> trials;
  if (processes.first() && !config.run.trials.empty()) trials = trials_of(config.run);
  const bool exists = fs::exists(checkpoint);
  std::int64_t first_step = 0;
  if (exists) first_step = checkpoint_number(read_tensor_file(checkpoint), checkpoint, "step");
  processes.require_same(first_step, "the step to go on from",
                         checkpoint + " must be the same file on all machines; share the folder, or copy it");
  processes.require_same(fingerprint(config), "the configuration", "start all of them with the same one");
  const FeaturesBy by = features_by(config, device);
  BatchLoader loader(config, first_step, {processes.rank(), processes.size()}, by);
  processes.require_same(loader.num_classes(), "the number of classes",
                         config.data.pack + " must be the same pack on all machines");
  TrainingState state(config, loader.num_classes(), device);
  const auto step = make_stepper(state, config, processes);
  state.speakers = loader.speakers();
  if (exists) {
    state.load(config, checkpoint);
  } else if (!config.run.init.empty()) {
    const PretrainedReport report = load_pretrained(config.run.init, config, state);
    if (processes.first()) std::fprintf(stderr, "%s:\n%s", config.run.init.c_str(), format_report(report).c_str());
  }
  for (const auto& tensors : {state.model.parameters(), state.head->parameters(), state.model.buffers(),
                              state.average.parameters(), state.average.buffers()})
    processes.broadcast(tensors);
  std::optional<MetricsLog> log;
  if (processes.first()) {
    write_file_atomically(out + "/config.json", to_json(config).dump(2) + "\n");
    log.emplace(out, first_step);
    std::fprintf(
        stderr,
        "%s: %.2f M parameters, %lld speakers, %lld classes, %d x %s, %s, features by the %s%s, step %lld of %lld, "
        "seed %llu, trainer %s\n",
        config.model.kind.c_str(), static_cast<double>(state.model.network().num_parameters()) / 1e6,
        static_cast<long long>(loader.num_speakers()), static_cast<long long>(loader.num_classes()), processes.size(),
        device.str().c_str(), precision_on(device, config.optim.precision).c_str(),
        by == FeaturesBy::kDevice ? "device" : "loader", config.run.cuda_graph ? ", CUDA graphs" : "",
        static_cast<long long>(state.step), static_cast<long long>(config.run.steps),
        static_cast<unsigned long long>(config.run.seed), git_version());
  }

  std::optional<DeviceFeatures> device_features;
  if (by == FeaturesBy::kDevice) device_features.emplace(config, loader.responses(), device);
  Progress progress("step", config.run.steps, state.step);
  Throughput throughput(loader, config.data.loader_threads);
  TrainOutcome outcome;
  while (true) {
    if (processes.first() && evaluation_is_due(config, state)) {
      evaluate_run(config, out, *trials, state, *log);
      throughput.restart();
    }
    const bool finished = state.step >= config.run.steps;
    outcome.stopped_early =
        processes.any(config.run.patience > 0 && state.evaluations.without_gain >= config.run.patience);
    outcome.interrupted = processes.any(stop_requested()) && !finished && !outcome.stopped_early;
    const bool end = finished || outcome.stopped_early || outcome.interrupted;
    if (processes.first() && (end || state.step > first_step)) save_due_checkpoints(state, config, out, end);
    if (end) break;

    Batch batch = loader.next();
    if (device_features) device_features->compute(batch);
    const StepResult result = step(batch);
    throughput.count_crops(batch.labels.size(0));
    if (state.step % config.run.log_every == 0 || state.step == config.run.steps) {
      log_step(state, result, throughput, processes, outcome, progress, log);
      throughput.restart();
    }
  }
  outcome.step = state.step;
  outcome.best_eer = state.evaluations.best_eer;
  if (outcome.interrupted && processes.first())
    std::fprintf(stderr, "\nstopped at step %lld; %s holds everything: add --resume to go on\n",
                 static_cast<long long>(state.step), checkpoint.c_str());
  if (outcome.stopped_early && processes.first())
    std::fprintf(stderr,
                 "\nstopped at step %lld: %lld evaluations brought no lower EER (run.patience); the best is %s\n",
                 static_cast<long long>(state.step), static_cast<long long>(state.evaluations.without_gain),
                 best_checkpoint(out).c_str());
  processes.wait_for_all();  // none has succeeded before the checkpoint is written
  return outcome;
}

}  // namespace

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
  const std::string checkpoint = last_checkpoint(out);
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
