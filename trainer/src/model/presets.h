// The architectures by name, each with the parameters of its publication; the configuration may change any of them.
#pragma once

#include <string>
#include <vector>

#include "run/config.h"

namespace voiceprint::trainer {

// All values of model.kind.
std::vector<std::string> model_kinds();

// The parameters that `kind` stands for. REQUIRES: one of model_kinds().
ModelConfig model_preset(const std::string& kind);

}  // namespace voiceprint::trainer
