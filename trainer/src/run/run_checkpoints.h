// The checkpoints of a run's folder:
//
//   last.safetensors    every run.checkpoint_every steps and at the end: what --resume goes on from
//   best.safetensors    the one of the lowest mean EER at run.eval_every
//   step-N.safetensors  every run.keep_every steps; the newest run.keep_last stay
#pragma once

#include <string>

#include "run/config.h"
#include "run/training_step.h"

namespace voiceprint::trainer {

std::string last_checkpoint(const std::string& folder);
std::string best_checkpoint(const std::string& folder);

// Writes those that are due at state.step, and last.safetensors at the `end` of the run.
void save_due_checkpoints(const TrainingState& state, const Config& config, const std::string& folder, bool end);

}  // namespace voiceprint::trainer
