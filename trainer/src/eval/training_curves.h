// A training run's curves, from its metrics.jsonl.
#pragma once

#include <string>

#include "eval/gnuplot.h"

namespace voiceprint::trainer {

// Loss, accuracy, learning rate and, where trials were evaluated on the way, EER per condition, each over the step.
// TrainerError if the file holds no step.
Picture training_picture(const std::string& metrics);

}  // namespace voiceprint::trainer
