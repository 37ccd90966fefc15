#include "run/train.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <thread>

#include "data/batch_loader.h"
#include "error.h"
#include "run/checkpoint.h"
#include "run/evaluate.h"
#include "run/metrics_log.h"
#include "run/pretrained.h"
#include "run/progress.h"
#include "run/run_checkpoints.h"
#include "run/training_step.h"
#include "run/version.h"
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

// Rates since the last time that they were asked for.
class Throughput {
 public:
  explicit Throughput(const BatchLoader& loader) : loader_(loader) { restart(); }
  void restart() { start_ = Clock::now(), waited_ = loader_.seconds_waited(), steps_ = 0; }
  void count_step() { ++steps_; }
  double steps_per_second() const { return static_cast<double>(steps_) / seconds(); }
  double share_waited() const { return (loader_.seconds_waited() - waited_) / seconds(); }

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  const BatchLoader& loader_;
  Clock::time_point start_;
  double waited_ = 0;
  std::int64_t steps_ = 0;
};

bool evaluation_is_due(const Config& config, const TrainingState& state) {
  const RunConfig& run = config.run;
  return !run.trials.empty() && state.step > state.evaluations.at_step &&
         (state.step % run.eval_every == 0 || state.step == run.steps);
}

// On the trial lists; keeps the checkpoint if it is the best so far. A stop on the way leaves the evaluation due.
void evaluate_run(const Config& config, const std::string& out, TrainingState& state, MetricsLog& log) {
  std::vector<ConditionResult> results;
  try {
    results = evaluate(Embedder(state.average, front_end_options(config)), config.run.trials, config.run.audio_root, 0);
  } catch (const TrainerError&) {
    if (stop_requested()) return;
    throw;
  }
  std::fprintf(stderr, "\n%s", format_results(results).c_str());
  Scalars eers;
  double sum = 0;
  for (const ConditionResult& result : results) {
    eers.emplace_back(result.condition, result.eer);
    sum += result.eer;
  }
  log.add_evaluation(state.step, eers);
  if (state.evaluations.note(state.step, sum / static_cast<double>(results.size())))
    state.save(config, best_checkpoint(out));
}

void log_step(const Config& config, const TrainingState& state, const StepResult& step, const Throughput& throughput,
              TrainOutcome& outcome, Progress& progress, MetricsLog& log) {
  outcome.loss = step.loss.item<double>();
  outcome.accuracy = state.head->accuracy.item<double>();
  if (!std::isfinite(outcome.loss)) {
    throw TrainerError("the loss is not finite at step " + std::to_string(state.step) +
                       "; last.safetensors holds an earlier step; lower optim.lr or raise optim.warmup");
  }
  const double batch_size = static_cast<double>(config.data.speakers_per_batch * config.data.crops_per_speaker),
               rate = throughput.steps_per_second() * batch_size, idle = throughput.share_waited();
  char note[160];
  std::snprintf(note, sizeof note, "loss %.3f | acc %.1f%% | lr %.2e | margin %.2f | %.1f crops/s | loader wait %.1f%%",
                outcome.loss, 100 * outcome.accuracy, step.learning_rate, step.margin, rate, 100 * idle);
  progress.show(state.step, note);
  log.add_training(state.step, {{"loss", outcome.loss},
                                {"accuracy", outcome.accuracy},
                                {"lr", step.learning_rate},
                                {"margin", step.margin},
                                {"crops_per_s", rate},
                                {"loader_wait", idle}});
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
  const std::string checkpoint = last_checkpoint(out);
  const bool exists = fs::exists(checkpoint);
  if (exists && !resume)
    throw TrainerError(checkpoint + " exists; add --resume to go on with it, or choose another --out");

  std::int64_t first_step = 0;
  if (exists) first_step = checkpoint_number(read_tensor_file(checkpoint), checkpoint, "step");
  BatchLoader loader(config, first_step);
  TrainingState state(config, loader.num_classes(), device);
  state.speakers = loader.speakers();
  if (exists) {
    state.load(config, checkpoint);
  } else if (!config.run.init.empty()) {
    const PretrainedReport report = load_pretrained(config.run.init, config, state);
    std::fprintf(stderr, "%s:\n%s", config.run.init.c_str(), format_report(report).c_str());
  }
  write_file_atomically(out + "/config.json", to_json(config).dump(2) + "\n");
  MetricsLog log(out, first_step);

  std::fprintf(
      stderr, "%s: %.2f M parameters, %lld speakers, %lld classes, %s, %s, step %lld of %lld, seed %llu, trainer %s\n",
      config.model.kind.c_str(), static_cast<double>(state.model.network().num_parameters()) / 1e6,
      static_cast<long long>(loader.num_speakers()), static_cast<long long>(loader.num_classes()), device.str().c_str(),
      config.optim.precision.c_str(), static_cast<long long>(state.step), static_cast<long long>(config.run.steps),
      static_cast<unsigned long long>(config.run.seed), git_version());

  Progress progress("step", config.run.steps, state.step);
  Throughput throughput(loader);
  TrainOutcome outcome;
  while (true) {
    if (evaluation_is_due(config, state)) {
      evaluate_run(config, out, state, log);
      throughput.restart();
    }
    const bool finished = state.step >= config.run.steps;
    outcome.stopped_early = config.run.patience > 0 && state.evaluations.without_gain >= config.run.patience;
    outcome.interrupted = !finished && !outcome.stopped_early && stop_requested();
    const bool end = finished || outcome.stopped_early || outcome.interrupted;
    if (end || state.step > first_step) save_due_checkpoints(state, config, out, end);
    if (end) break;

    const StepResult result = training_step(state, loader.next(), config);
    throughput.count_step();
    if (state.step % config.run.log_every == 0 || state.step == config.run.steps) {
      log_step(config, state, result, throughput, outcome, progress, log);
      throughput.restart();
    }
  }
  outcome.step = state.step;
  outcome.best_eer = state.evaluations.best_eer;
  if (outcome.interrupted)
    std::fprintf(stderr, "\nstopped at step %lld; %s holds everything: add --resume to go on\n",
                 static_cast<long long>(state.step), checkpoint.c_str());
  if (outcome.stopped_early)
    std::fprintf(stderr,
                 "\nstopped at step %lld: %lld evaluations brought no lower EER (run.patience); the best is %s\n",
                 static_cast<long long>(state.step), static_cast<long long>(state.evaluations.without_gain),
                 best_checkpoint(out).c_str());
  return outcome;
}

}  // namespace voiceprint::trainer
