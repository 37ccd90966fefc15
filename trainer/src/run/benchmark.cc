#include "run/benchmark.h"

#include <torch/torch.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "data/batch_loader.h"
#include "data/pack.h"
#include "error.h"
#include "run/training_step.h"

namespace voiceprint::trainer {
namespace {

double seconds_of(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void write_made_up_pack(const std::string& folder, std::int64_t speakers, std::int64_t recordings) {
  PackWriter pack(folder);
  std::vector<float> samples(4 * 16000);
  for (std::int64_t s = 0; s < speakers; ++s) {
    Random random{static_cast<std::uint64_t>(s)};
    for (float& x : samples) x = static_cast<float>(0.1 * random.normal());
    for (std::int64_t r = 0; r < recordings; ++r) pack.add(std::to_string(s), std::to_string(s), "", samples);
  }
  pack.finish(16000, "trainer bench");
}

}  // namespace

nlohmann::json benchmark(Config config, std::int64_t steps) {
  const std::string folder =
      (std::filesystem::temp_directory_path() /
       ("voiceprint-bench-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count())))
          .string();
  write_made_up_pack(folder, std::max<std::int64_t>(config.data.speakers_per_batch, 256),
                     config.data.sampler == "speakers" ? 1 : config.data.crops_per_speaker);
  config.data.pack = folder;
  config.data.noise_pack = config.data.rir_pack = "";

  double loader_seconds = 0, network_seconds = 0;
  std::int64_t loader_crops = 0, batch_size = 0;
  const int threads =
      static_cast<int>(config.run.threads > 0 ? config.run.threads : std::max(1u, std::thread::hardware_concurrency()));
  {
    // One thread makes batches on demand: nothing is made ahead, since next() is never called.
    Config alone = config;
    alone.data.loader_threads = 0;
    const BatchLoader loader(alone, 0);
    at::set_num_threads(1);
    Batch batch = loader.make(0);
    loader_seconds = seconds_of([&] {
      for (std::int64_t step = 1; step <= steps; ++step) {
        batch = loader.make(step);
        loader_crops += batch.labels.size(0);
      }
    });
    batch_size = batch.labels.size(0);
    at::set_num_threads(threads);
    TrainingState state(config, loader.num_classes(), torch::Device(torch::kCPU));
    for (int warm_up = 0; warm_up < 2; ++warm_up) training_step(state, batch, config);
    network_seconds = seconds_of([&] {
      for (std::int64_t step = 0; step < steps; ++step) training_step(state, batch, config);
    });
  }
  std::filesystem::remove_all(folder);
  return {{"loader_crops_per_s", static_cast<double>(loader_crops) / loader_seconds},
          {"network_crops_per_s", static_cast<double>(steps * batch_size) / network_seconds},
          {"min_crop_s", config.data.min_crop_s},
          {"max_crop_s", config.data.max_crop_s},
          {"batch_size", batch_size},
          {"threads", threads},
          {"precision", config.optim.precision},
          {"channels", config.model.channels}};
}

}  // namespace voiceprint::trainer
