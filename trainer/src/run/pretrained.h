// Weights of an earlier run, or of any safetensors file by our names, as the start of a new one (run.init).
#pragma once

#include <string>
#include <vector>

#include "run/config.h"
#include "run/training_step.h"

namespace voiceprint::trainer {

struct PretrainedReport {
  std::vector<std::string> loaded;
  std::vector<std::string> other_shape;  // left as initialised
  std::vector<std::string> missing;      // same
  std::vector<std::string> unused;       // of the file
  std::int64_t classes_kept = 0, classes = 0;
};

// Copies every tensor of the network that the file has in the same shape (trailing extents of 1 aside) into the model
// and its average; of a checkpoint the averaged weights where there are some. The head's rows of the speakers that
// checkpoint and `state` both know by name are copied too, if config.run.init_head. TrainerError: the file cannot be
// used, is a checkpoint of another model.kind, or no tensor fits.
PretrainedReport load_pretrained(const std::string& path, const Config& config, TrainingState& state);

// A table of what happened, with the first names of each outcome.
std::string format_report(const PretrainedReport& report);

}  // namespace voiceprint::trainer
