// `trainer train`.
#pragma once

#include <string>

#include "run/config.h"

namespace voiceprint::trainer {

struct TrainOutcome {
  std::int64_t step = 0;     // steps done
  double loss = 0;           // of the last step
  double accuracy = 0;       // of the last step
  bool interrupted = false;  // SIGINT or SIGTERM: the checkpoint holds everything
};

// Trains into folder `out`: last.safetensors, config.json, metrics.jsonl (one line per logged step). Goes on from
// last.safetensors when there is one and `resume` is set; refuses to overwrite it otherwise.
TrainOutcome train(const Config& config, const std::string& out, bool resume);

}  // namespace voiceprint::trainer
