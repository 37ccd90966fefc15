#include "run/step_graph.h"

#include <algorithm>
#include <map>

#include "error.h"
#ifdef VOICEPRINT_CUDA_GRAPHS
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#endif

namespace voiceprint::trainer {

#ifdef VOICEPRINT_CUDA_GRAPHS

namespace {

constexpr std::size_t kMostGraphs = 256;

struct Captured {
  at::cuda::CUDAGraph graph;
  Batch batch;                   // what it reads
  torch::Tensor loss, accuracy;  // what it writes; undefined before it is captured
};

torch::Device with_index(torch::Device device) {
  return device.has_index() ? device : c10::impl::VirtualGuardImpl(device.type()).getDevice();
}

}  // namespace

struct StepGraph::Graphs {
  Graphs(TrainingState& state_, const Config& config_) : state(state_), config(config_) {}

  // A place to copy batches of this size to. Graphs share one, as large as the largest size so far; those of before it
  // grew keep theirs.
  Batch place_for(const Batch& batch) {
    const std::int64_t count = batch.features.numel();
    if (!input.defined() || input.numel() < count) input = torch::empty({count}, torch::device(device));
    Batch place;
    place.features = input.slice(0, 0, count).view(batch.features.sizes());
    place.labels = torch::empty_like(batch.labels, torch::device(device));
    return place;
  }

  // On the stream that is current. The loader's threads go on meanwhile, and may ask for pinned memory.
  void capture(Captured& captured) {
    captured.graph.capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    captured.loss = compute_step(state, captured.batch, config, numbers).detach();
    captured.accuracy = state.head->accuracy;
    captured.graph.capture_end();
  }

  void forget() {
    by_size.clear();
    pool = at::cuda::graph_pool_handle();  // one that no graph uses any more cannot be used again
  }

  TrainingState& state;
  const Config& config;
  const torch::Device device = with_index(state.device);
  const c10::Stream stream = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
  c10::Event begun{device.type()}, finished{device.type()};
  decltype(at::cuda::graph_pool_handle()) pool = at::cuda::graph_pool_handle();
  torch::Tensor input, numbers;
  std::map<std::vector<std::int64_t>, std::unique_ptr<Captured>> by_size;  // of features; null: seen once
};

StepGraph::StepGraph(TrainingState& state, const Config& config, const Processes& processes) {
  const std::string asked = "run.cuda_graph = true, but ";
  if (!state.device.is_cuda())
    throw TrainerError(asked + "the run's device is " + state.device.str() +
                       "; set run.device=cuda, or leave run.cuda_graph out");
  if (processes.size() > 1)
    throw TrainerError(asked + "there are " + std::to_string(processes.size()) +
                       " processes, whose exchange no graph holds; start one, or leave run.cuda_graph out");
  graphs_ = std::make_unique<Graphs>(state, config);
}

StepResult StepGraph::step(const Batch& batch) {
  Graphs& g = *graphs_;
  const bool was_frozen = g.state.frozen;
  StepResult result = begin_step(g.state, g.config);
  if (g.state.frozen != was_frozen) g.forget();
  const torch::Tensor numbers = numbers_of_step(g.state, g.config, result);
  if (!g.numbers.defined()) g.numbers = torch::empty_like(numbers, torch::device(g.device));
  g.numbers.copy_(numbers, /*non_blocking=*/true);

  Captured* captured = nullptr;
  const std::vector<std::int64_t> size = batch.features.sizes().vec();
  if (const auto known = g.by_size.find(size); known != g.by_size.end()) {
    if (known->second == nullptr) {
      known->second = std::make_unique<Captured>();
      known->second->batch = g.place_for(batch);
    }
    captured = known->second.get();
    captured->batch.features.copy_(batch.features, true);
    captured->batch.labels.copy_(batch.labels, true);
  } else if (g.by_size.size() < kMostGraphs) {
    g.by_size.emplace(size, nullptr);
  }

  // Capture needs a stream of its own, and what a step leaves behind (workspaces, memory) belongs to its stream: all
  // steps run there. The two streams wait for each other, so that memory may change hands between steps.
  const c10::Stream current = c10::impl::VirtualGuardImpl(g.device.type()).getStream(g.device);
  g.begun.record(current);
  g.begun.block(g.stream);
  {
    const c10::StreamGuard guard(g.stream);
    if (captured == nullptr) {
      result.loss = compute_step(g.state, batch, g.config, g.numbers).detach();
    } else {
      if (!captured->loss.defined()) g.capture(*captured);
      captured->graph.replay();
    }
  }
  g.finished.record(g.stream);
  g.finished.block(current);
  if (captured != nullptr) result.loss = captured->loss.clone(), g.state.head->accuracy = captured->accuracy.clone();
  end_step(g.state);
  return result;
}

std::int64_t StepGraph::num_graphs() const {
  return std::count_if(graphs_->by_size.begin(), graphs_->by_size.end(),
                       [](const auto& entry) { return entry.second != nullptr; });
}

#else

struct StepGraph::Graphs {};

StepGraph::StepGraph(TrainingState&, const Config&, const Processes&) {
  throw TrainerError(
      "run.cuda_graph = true, but this trainer was built with a LibTorch for the CPU alone; build it with LibTorch's "
      "CUDA build (trainer/README.md, CUDA), or leave run.cuda_graph out");
}
StepResult StepGraph::step(const Batch&) {
  return {};
}
std::int64_t StepGraph::num_graphs() const {
  return 0;
}

#endif

StepGraph::~StepGraph() = default;

std::function<StepResult(const Batch&)> make_stepper(TrainingState& state, const Config& config,
                                                     const Processes& processes) {
  if (config.run.cuda_graph) {
    return [graph = std::make_shared<StepGraph>(state, config, processes)](const Batch& batch) {
      return graph->step(batch);
    };
  }
  return [&](const Batch& batch) { return training_step(state, batch, config, processes); };
}

}  // namespace voiceprint::trainer
