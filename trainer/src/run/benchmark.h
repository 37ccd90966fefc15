// `trainer bench`: how fast the loader and the network are, each alone, on made-up recordings with a configuration's
// crops, augmentation and network, on the device that run.device means, with run.cuda_graph if that is set. The slower
// of the two decides a training run; on a GPU, where they share more than that, both together are measured too.
#pragma once

#include <nlohmann/json.hpp>

#include "run/config.h"

namespace voiceprint::trainer {

// {"loader_crops_per_s": one loader thread alone, "network_crops_per_s": no loader, "end_to_end_crops_per_s" (on a GPU)
// with "loader_threads", "on_device": features by the GPU, "device", "batch_size", "threads", "precision",
// "cuda_graph", ...}
nlohmann::json benchmark(Config config, std::int64_t steps);

}  // namespace voiceprint::trainer
