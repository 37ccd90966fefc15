#include "data/batch_loader.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_set>

#include "error.h"
#include "voiceprint/features.h"

namespace voiceprint::trainer {
namespace {

constexpr std::int64_t kBatchesAhead = 4;  // per worker

}  // namespace

BatchLoader::BatchLoader(const Config& config, std::int64_t first_step, Share share)
    : config_(config),
      share_(share),
      pack_(config.data.pack),
      augmenter_(config.augment, config.data, pack_, config.run.seed),
      next_to_make_(first_step),
      next_to_give_(first_step) {
  recordings_of_.resize(pack_.speakers().size());
  for (std::size_t i = 0; i < pack_.records().size(); ++i)
    recordings_of_[pack_.records()[i].speaker].push_back(static_cast<std::uint32_t>(i));
  if (num_speakers() < 2)
    throw TrainerError(config.data.pack + ": has " + std::to_string(num_speakers()) +
                       " speaker; training needs at least 2, better hundreds");
  if (num_speakers() < config.data.speakers_per_batch) {
    throw TrainerError(config.data.pack + ": has " + std::to_string(num_speakers()) +
                       " speakers, fewer than data.speakers_per_batch = " +
                       std::to_string(config.data.speakers_per_batch) + "; lower that key");
  }
  double sum = 0;
  for (const auto& recordings : recordings_of_) {
    double seconds = 0;
    for (const std::uint32_t recording : recordings)
      seconds += static_cast<double>(pack_.records()[recording].num_samples) / pack_.sample_rate_hz();
    sum += std::pow(std::min(seconds, config.data.speaker_weight_cap_s), config.data.speaker_weight_power);
    cumulative_weight_.push_back(sum);
  }
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
  const torch::InferenceMode no_gradients;
  std::unique_lock lock(mutex_);
  while (true) {
    const auto full = [&] { return next_to_make_ - next_to_give_ >= kBatchesAhead * config_.data.loader_threads; };
    changed_.wait(lock, [&] { return stopping_ || !full(); });
    if (stopping_) return;
    const std::int64_t step = next_to_make_++;
    lock.unlock();
    try {
      Batch batch = make(step);
      lock.lock();
      ready_.emplace(step, std::move(batch));
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      failure_ = std::current_exception();
      stopping_ = true;
    }
    changed_.notify_all();
  }
}

Batch BatchLoader::next() {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ != nullptr || ready_.count(next_to_give_) > 0; });
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  Batch batch = std::move(ready_.at(next_to_give_));
  ready_.erase(next_to_give_++);
  seconds_waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  changed_.notify_all();
  // The workers' tensors are inference tensors; training needs ordinary ones.
  return {batch.features.clone(), batch.labels.clone()};
}

std::vector<std::uint32_t> BatchLoader::draw_speakers(Random& random) const {
  std::vector<std::uint32_t> speakers;
  std::unordered_set<std::uint32_t> drawn;
  while (static_cast<std::int64_t>(speakers.size()) < config_.data.speakers_per_batch) {
    const double at = random.uniform(0, cumulative_weight_.back());
    const auto index =
        std::upper_bound(cumulative_weight_.begin(), cumulative_weight_.end(), at) - cumulative_weight_.begin();
    const auto speaker = static_cast<std::uint32_t>(
        std::min<std::ptrdiff_t>(index, static_cast<std::ptrdiff_t>(cumulative_weight_.size()) - 1));
    if (drawn.insert(speaker).second) speakers.push_back(speaker);
  }
  return speakers;
}

std::vector<float> BatchLoader::draw_crop(Random& random, const std::vector<std::uint32_t>& recordings,
                                          std::size_t choice, std::size_t length) const {
  std::vector<float> crop;
  crop.reserve(length);
  std::size_t recording = choice;
  while (crop.size() < length) {
    const auto pcm = pack_.samples(pack_.records()[recordings[recording % recordings.size()]]);
    const std::size_t wanted = length - crop.size();
    // A recording that is long enough gives a run from anywhere; a shorter one is used whole and followed by the
    // speaker's next.
    const std::size_t begin = pcm.size() > wanted ? random.below(pcm.size() - wanted + 1) : 0;
    const std::size_t count = std::min(wanted, pcm.size());
    for (std::size_t i = 0; i < count; ++i) crop.push_back(static_cast<float>(pcm[begin + i]) / 32768.0f);
    ++recording;
  }
  return crop;
}

Batch BatchLoader::make(std::int64_t step) const {
  Random random{config_.run.seed, 0xba7c4, static_cast<std::uint64_t>(step)};
  FeatureExtractor extractor = make_extractor(config_);
  const auto length = static_cast<std::size_t>(random.uniform(config_.data.min_crop_s, config_.data.max_crop_s) *
                                               extractor.sample_rate_hz());
  const std::size_t num_bins = extractor.num_bins(), num_frames = extractor.num_frames(length);
  const std::int64_t crops = config_.data.crops_per_speaker,
                     batch_size = config_.data.speakers_per_batch / share_.count * crops;

  Batch batch{torch::empty({batch_size, static_cast<std::int64_t>(num_frames), static_cast<std::int64_t>(num_bins)}),
              torch::empty({batch_size}, torch::kInt64)};
  float* features = batch.features.data_ptr<float>();
  std::int64_t* labels = batch.labels.data_ptr<std::int64_t>();
  const std::vector<std::uint32_t> speakers = draw_speakers(random);
  for (auto s = static_cast<std::size_t>(share_.index); s < speakers.size();
       s += static_cast<std::size_t>(share_.count)) {
    // Draws of its own for each speaker, so that a share needs nothing of the others.
    random = Random{config_.run.seed, 0xba7c4, static_cast<std::uint64_t>(step), s};
    const std::uint32_t speaker = speakers[s];
    const auto& recordings = recordings_of_[speaker];
    const int speed = augmenter_.draw_speed(random);
    const std::size_t first = random.below(recordings.size());
    for (std::int64_t k = 0; k < crops; ++k) {
      std::vector<float> crop = draw_crop(random, recordings, first + static_cast<std::size_t>(k),
                                          Augmenter::samples_before_speed(length, speed));
      crop = Augmenter::change_speed(std::move(crop), speed, length);
      augmenter_.apply(random, crop);
      const std::span<float> target(features, num_frames * num_bins);
      extractor.compute(crop, target);
      subtract_mean(target, num_bins);
      augmenter_.mask(random, target, num_bins);
      features += num_frames * num_bins;
      *labels++ = static_cast<std::int64_t>(speaker) + speed * num_speakers();
    }
  }
  return batch;
}

}  // namespace voiceprint::trainer
