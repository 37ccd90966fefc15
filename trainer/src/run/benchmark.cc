#include "run/benchmark.h"

#include <torch/torch.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

#include "data/batch_loader.h"
#include "data/pack.h"
#include "error.h"
#include "optim/precision.h"
#include "run/device_features.h"
#include "run/step_graph.h"
#include "run/train.h"
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

// Trains on a loader's batches, as `trainer train` does, and gives crops per second of `steps` steps. What the loader
// made ahead at the start is spent before the clock runs.
double end_to_end_rate(const Config& config, torch::Device device, std::int64_t steps) {
  const FeaturesBy by = features_by(config, device);
  BatchLoader loader(config, 0, {}, by);
  std::optional<DeviceFeatures> device_features;
  if (by == FeaturesBy::kDevice) device_features.emplace(config, loader.responses(), device);
  TrainingState state(config, loader.num_classes(), device);
  const Processes single;
  const auto step = make_stepper(state, config, single);
  std::int64_t crops = 0;
  const auto train = [&](std::int64_t count) {
    StepResult result;
    for (std::int64_t i = 0; i < count; ++i) {
      Batch batch = loader.next();
      if (device_features) device_features->compute(batch);
      result = step(batch);
      crops += batch.labels.size(0);
    }
    result.loss.item<float>();  // waits for the device
  };
  train(std::max<std::int64_t>(10, config.data.prefetch * config.data.loader_threads));
  crops = 0;
  const double seconds = seconds_of([&] { train(steps); });
  return static_cast<double>(crops) / seconds;
}

}  // namespace

nlohmann::json benchmark(Config config, std::int64_t steps) {
  const std::string folder =
      (std::filesystem::temp_directory_path() /
       ("voiceprint-bench-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count())))
          .string();
  const torch::Device device = choose_device(config.run.device);
  const FeaturesBy by = features_by(config, device);
  write_made_up_pack(folder + "/speech", std::max<std::int64_t>(config.data.speakers_per_batch, 256),
                     config.data.sampler == "speakers" ? 1 : config.data.crops_per_speaker);
  config.data.pack = folder + "/speech";
  if (!config.data.noise_pack.empty()) {
    write_made_up_pack(folder + "/noise", 8, 1);
    config.data.noise_pack = folder + "/noise";
  }
  config.data.rir_pack = "";

  nlohmann::json result = {{"min_crop_s", config.data.min_crop_s},
                           {"max_crop_s", config.data.max_crop_s},
                           {"precision", precision_on(device, config.optim.precision)},
                           {"channels", config.model.channels},
                           {"device", device.str()},
                           {"cuda_graph", config.run.cuda_graph}};
  const int threads =
      static_cast<int>(config.run.threads > 0 ? config.run.threads : std::max(1u, std::thread::hardware_concurrency()));
  result["threads"] = threads;
  {
    // One thread makes batches on demand: nothing is made ahead, since next() is never called.
    Config alone = config;
    alone.data.loader_threads = 0;
    const BatchLoader loader(alone, 0, {}, by);
    result["on_device"] = by == FeaturesBy::kDevice;
    at::set_num_threads(1);
    Batch batch = loader.make(0);
    std::int64_t loader_crops = 0;
    const double loader_seconds = seconds_of([&] {
      for (std::int64_t step = 1; step <= steps; ++step) {
        batch = loader.make(step);
        loader_crops += batch.labels.size(0);
      }
    });
    result["loader_crops_per_s"] = static_cast<double>(loader_crops) / loader_seconds;
    result["batch_size"] = batch.labels.size(0);
    at::set_num_threads(threads);

    TrainingState state(config, loader.num_classes(), device);
    const Processes single;
    const auto step = make_stepper(state, config, single);
    if (by == FeaturesBy::kDevice) DeviceFeatures(config, loader.responses(), device).compute(batch);
    batch.features = batch.features.to(device), batch.labels = batch.labels.to(device);
    const auto train = [&](std::int64_t count) {
      StepResult last;
      for (std::int64_t i = 0; i < count; ++i) last = step(batch);
      last.loss.item<float>();  // waits for the device
    };
    train(device.is_cuda() ? 10 : 2);
    const double seconds = seconds_of([&] { train(steps); });
    result["network_crops_per_s"] = static_cast<double>(steps * batch.labels.size(0)) / seconds;
  }
  if (device.is_cuda()) {
    result["end_to_end_crops_per_s"] = end_to_end_rate(config, device, steps);
    result["loader_threads"] = config.data.loader_threads;
  }
  std::filesystem::remove_all(folder);
  return result;
}

}  // namespace voiceprint::trainer
