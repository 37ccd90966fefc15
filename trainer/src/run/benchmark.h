// `trainer bench`: how fast the loader and the network are, each alone, on made-up recordings with a configuration's
// crops, augmentation and network. The slower of the two decides a training run.
#pragma once

#include <nlohmann/json.hpp>

#include "run/config.h"

namespace voiceprint::trainer {

// {"loader_crops_per_s": one loader thread alone, "network_crops_per_s": all threads, no loader, "crop_s",
// "batch_size", "threads", "precision"}
nlohmann::json benchmark(Config config, std::int64_t steps);

}  // namespace voiceprint::trainer
