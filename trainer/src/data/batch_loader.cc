#include "data/batch_loader.h"

#include <algorithm>
#include <chrono>

#include "data/device_crops.h"
#include "error.h"
#include "voiceprint/features.h"

namespace voiceprint::trainer {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

BatchLoader::BatchLoader(const Config& config, std::int64_t first_step, Share share, FeaturesBy features_by)
    : config_(config),
      share_(share),
      features_by_(features_by),
      pack_(config.data.pack, "data.pack"),
      augmenter_(config.augment, config.data, pack_, config.run.seed),
      planner_(config, pack_, augmenter_.choices()),
      pinned_(config.run.device != "cpu" && torch::cuda::is_available()),
      next_to_make_(first_step),
      next_to_give_(first_step) {
  if (share.count > 1 && config.data.whole_utterances)
    throw TrainerError("data.whole_utterances makes batches of changing size, which " + std::to_string(share.count) +
                       " processes cannot share equally; set it to false, or start one process");
  if (share.count > 1 && !config.data.cache.empty())
    throw TrainerError("data.cache keeps whole batches, of which " + std::to_string(share.count) +
                       " processes make shares; leave it empty, or start one process");
  if (!config.data.cache.empty()) cache_.emplace(config, pack_);
  for (std::int64_t i = 0; i < config.data.loader_threads; ++i) workers_.emplace_back([this] { work(); });
}

BatchLoader::~BatchLoader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void BatchLoader::work() {
  at::set_num_threads(1);  // of this thread's own tensor work; the network has the others
  const torch::NoGradGuard no_gradients;
  std::unique_lock lock(mutex_);
  while (true) {
    const auto full = [&] {
      return next_to_make_ - next_to_give_ >= config_.data.prefetch * config_.data.loader_threads;
    };
    changed_.wait(lock, [&] { return stopping_ || !full(); });
    if (stopping_) return;
    const std::int64_t step = next_to_make_++;
    lock.unlock();
    const Clock::time_point start = Clock::now();
    try {
      Batch batch = cache_ ? cache_->get(step, pinned_, [&] { return make(step); }) : make(step);
      lock.lock();
      ready_.emplace(step, std::move(batch));
      seconds_worked_ += seconds_since(start);
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      failure_ = std::current_exception();
      stopping_ = true;
    }
    changed_.notify_all();
  }
}

Batch BatchLoader::next() {
  const Clock::time_point start = Clock::now();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ != nullptr || ready_.count(next_to_give_) > 0; });
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  Batch batch = std::move(ready_.at(next_to_give_));
  ready_.erase(next_to_give_++);
  seconds_waited_ += seconds_since(start);
  changed_.notify_all();
  return batch;
}

double BatchLoader::seconds_worked() const {
  const std::lock_guard lock(mutex_);
  return seconds_worked_;
}

std::int64_t BatchLoader::num_ready() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::int64_t>(ready_.size());
}

Batch BatchLoader::make(std::int64_t step) const {
  BatchPlan plan = planner_.plan(step);
  if (share_.count > 1) {
    const std::int64_t together = config_.data.sampler == "random" ? 1 : config_.data.crops_per_speaker;
    std::vector<CropPlan> own;
    for (std::size_t row = 0; row < plan.crops.size(); ++row) {
      if (static_cast<std::int64_t>(row) / together % share_.count == share_.index)
        own.push_back(std::move(plan.crops[row]));
    }
    plan.crops = std::move(own);
  }
  const auto rows = static_cast<std::int64_t>(plan.crops.size());
  const auto options = torch::TensorOptions().pinned_memory(pinned_);
  Batch batch;
  batch.num_samples = static_cast<std::int64_t>(plan.num_samples);
  batch.labels = torch::empty({rows}, options.dtype(torch::kInt64));
  std::transform(plan.crops.begin(), plan.crops.end(), batch.labels.data_ptr<std::int64_t>(),
                 [](const CropPlan& crop) { return crop.label; });
  if (features_by_ == FeaturesBy::kDevice) {
    const DeviceCrops crops(plan.crops, plan.num_samples, pack_, augmenter_);
    batch.device_crops = torch::empty({static_cast<std::int64_t>(crops.num_bytes())}, options.dtype(torch::kUInt8));
    crops.write({batch.device_crops.data_ptr<std::uint8_t>(), crops.num_bytes()});
    return batch;
  }
  FeatureExtractor extractor = make_extractor(config_);
  const MeanNormalisation mean_normalisation = front_end_options(config_).mean_normalisation;
  const std::size_t num_bins = extractor.num_bins(), row_size = plan.num_frames * num_bins;
  batch.features =
      torch::empty({rows, static_cast<std::int64_t>(plan.num_frames), static_cast<std::int64_t>(num_bins)}, options);
  float* features = batch.features.data_ptr<float>();
  for (const CropPlan& crop : plan.crops) {
    std::vector<float> samples = read_crop(crop, pack_, plan.num_samples);
    augmenter_.apply(crop.effects, samples);
    const std::span<float> row(features, row_size);
    extractor.compute(samples, row);
    subtract_mean(row, num_bins, mean_normalisation);
    mask_features(crop.effects, row, num_bins);
    features += row_size;
  }
  return batch;
}

}  // namespace voiceprint::trainer
