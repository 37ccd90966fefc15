// `trainer train`.
#pragma once

#include <torch/torch.h>

#include <limits>
#include <string>

#include "run/config.h"
#include "run/distributed.h"

namespace voiceprint::trainer {

struct TrainOutcome {
  std::int64_t step = 0;                                      // steps done
  double loss = 0;                                            // of the last step
  double accuracy = 0;                                        // of the last step
  double best_eer = std::numeric_limits<double>::infinity();  // mean over the conditions
  bool interrupted = false;                                   // SIGINT or SIGTERM: the checkpoint holds everything
  bool stopped_early = false;                                 // run.patience
};

// Trains into folder `out`: checkpoints (run/run_checkpoints.h), config.json, metrics.jsonl and a TensorBoard event
// file (run/metrics_log.h). Starts from run.init if given. Goes on from last.safetensors when there is one and `resume`
// is set; refuses to overwrite it otherwise.
TrainOutcome train(const Config& config, const std::string& out, bool resume);

// The device that run.device = `wanted` means here; of several processes each takes the GPU of its LOCAL_RANK.
// TrainerError when there is none such.
torch::Device choose_device(const std::string& wanted, const Placement& placement = {});

}  // namespace voiceprint::trainer
