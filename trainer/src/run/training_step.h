// What training changes, and one step of it.
#pragma once

#include <torch/torch.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "data/batch_loader.h"
#include "loss/classification_head.h"
#include "model/torch_network.h"
#include "optim/loss_scaler.h"
#include "run/config.h"
#include "run/distributed.h"

namespace voiceprint::trainer {

// What evaluations on the way have shown: which checkpoint is the best, and when to stop.
struct EvaluationHistory {
  std::int64_t at_step = 0;                                   // of the last evaluation
  double best_eer = std::numeric_limits<double>::infinity();  // mean over the conditions
  std::int64_t without_gain = 0;                              // evaluations since the best

  // True if `eer` is the best so far.
  bool note(std::int64_t step, double eer);
};

struct TrainingState {
  TrainingState(const Config& config, std::int64_t num_classes, torch::Device device);

  // Checkpoints (run/checkpoint.h). save() refuses weights that are not finite and leaves the file as it is; load()
  // refuses a checkpoint of another architecture, optimiser, number of classes or list of speakers and names the key
  // that differs. Both with a TrainerError.
  void save(const Config& config, const std::string& path) const;
  void load(const Config& config, const std::string& path);

  torch::Device device;
  TorchNetwork model, average;  // with optim.average "none" the average is the model itself
  ClassificationHead head;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
  LossScaler scaler;                  // at work in fp16 only
  std::int64_t step = 0;              // steps done
  std::vector<std::string> speakers;  // names in the order of the classes, where known; set by whoever has the pack
  EvaluationHistory evaluations;
  std::vector<std::string> frozen_layers;  // by run.freeze; at work while step / run.steps < run.unfreeze_at
  bool frozen = false;
};

struct StepResult {
  torch::Tensor loss;  // scalar on the device: reading it waits for the step
  double learning_rate = 0;
  double margin = 0;
};

// Forward, backward, update, average. Of several processes each gives its share of the batch; the loss is of this
// share.
StepResult training_step(TrainingState& state, const Batch& batch, const Config& config,
                         const Processes& processes = {});

// The same step, up to rounding, of one process and not in fp16, in parts of which compute_step() is the device's
// alone: what changes from step to step on the host it reads from a tensor, so that a CUDA graph (run/step_graph.h) can
// hold it once the optimiser has taken a step with the same layers frozen.
//   StepResult result = begin_step(state, config);  // all but the loss
//   torch::Tensor numbers = numbers_of_step(state, config, result);
//   result.loss = compute_step(state, batch, config, numbers on the device);
//   end_step(state);
StepResult begin_step(TrainingState& state, const Config& config);
// float32, on the host, pinned for a GPU: margin, weight of the average, step_numbers() (optim/optimizer.h).
torch::Tensor numbers_of_step(const TrainingState& state, const Config& config, const StepResult& host);
torch::Tensor compute_step(TrainingState& state, const Batch& batch, const Config& config,
                           const torch::Tensor& numbers);
void end_step(TrainingState& state);

}  // namespace voiceprint::trainer
