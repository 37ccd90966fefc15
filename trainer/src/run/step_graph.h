// The whole training step (forward, loss, backward, clipping, update, average) as CUDA graphs, with run.cuda_graph: a
// small network's step is thousands of kernels that run for less time than it takes to start them one by one.
//
// A graph holds the addresses and sizes that it was captured with, so there is one for each size of batch, all in one
// pool of memory: they run one after another, and what is read of one (loss, accuracy) is copied before the next. The
// first batch of a size runs as ever, which brings the libraries' workspaces and the optimiser's state into being; the
// second is captured. When layers thaw all graphs go, and each size begins anew. Together the graphs need about as much
// memory as a step of the longest crops without them, beside that, and each somewhat more.
//
// What a step takes from the host lies in tensors (compute_step() in run/training_step.h); nothing in it is random. All
// weights stay where they are, so evaluations, checkpoints and steps without a graph may come between.
#pragma once

#include <functional>
#include <memory>

#include "run/training_step.h"

namespace voiceprint::trainer {

class StepGraph {
 public:
  // `state` and `config` must outlive it. TrainerError when the device is no GPU, LibTorch has no CUDA, or there are
  // several processes.
  StepGraph(TrainingState& state, const Config& config, const Processes& processes = {});
  ~StepGraph();

  // As training_step(), up to rounding. Waits for nothing.
  StepResult step(const Batch& batch);
  std::int64_t num_graphs() const;

 private:
  struct Graphs;
  std::unique_ptr<Graphs> graphs_;
};

// The step of a run: that of a StepGraph with run.cuda_graph, else training_step(). All arguments must outlive it.
std::function<StepResult(const Batch&)> make_stepper(TrainingState& state, const Config& config,
                                                     const Processes& processes);

}  // namespace voiceprint::trainer
