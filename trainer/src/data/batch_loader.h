// Batches of augmented crops, made on worker threads as data/batch_plan has drawn them, and handed out in step order.
//
// At most data.prefetch batches per worker are made ahead. With a CUDA device their memory is pinned, and LibTorch's
// pinned-memory allocator serves it to later batches as soon as the copies that read it have finished.
#pragma once

#include <torch/torch.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "data/augment.h"
#include "data/batch.h"
#include "data/batch_cache.h"
#include "data/batch_plan.h"
#include "data/pack.h"
#include "run/config.h"

namespace voiceprint::trainer {

// Who computes the features: the loader's threads, or the device, which is given crops.
enum class FeaturesBy { kLoader, kDevice };

// Of several processes' joint batch, what one makes: the speakers (data.sampler = random: crops) index, index + count,
// ... of those planned.
struct Share {
  std::int64_t index = 0, count = 1;
};

class BatchLoader {
 public:
  // Starts making batches, or this share of them, at `first_step`. `share.count` must divide P. TrainerError when the
  // pack cannot fill a batch (one speaker only, ...), or when cached batches or those of changing size would have to be
  // shared.
  BatchLoader(const Config& config, std::int64_t first_step, Share share = {},
              FeaturesBy features_by = FeaturesBy::kLoader);
  ~BatchLoader();

  // The batch of the next step. Rethrows what went wrong on a worker thread.
  Batch next();

  // Impulse responses by the numbers that device_crops gives them.
  std::vector<std::vector<float>> responses() const { return augmenter_.responses(); }
  const std::vector<std::string>& speakers() const { return pack_.speakers(); }
  std::int64_t num_speakers() const { return planner_.num_speakers(); }
  std::int64_t num_classes() const { return planner_.num_classes(); }
  // Seconds that next() has waited so far: the loader held training up.
  double seconds_waited() const { return seconds_waited_; }
  // Seconds that the workers have worked on finished batches, all of them together. What they did not work they waited
  // for room: headroom.
  double seconds_worked() const;
  std::int64_t num_ready() const;  // finished batches that wait for next()

  // Builds the batch of one step on the calling thread (what the workers run where no cache has it).
  Batch make(std::int64_t step) const;

 private:
  void work();

  Config config_;
  Share share_;
  FeaturesBy features_by_;
  Pack pack_;
  Augmenter augmenter_;
  BatchPlanner planner_;
  std::optional<BatchCache> cache_;  // with data.cache
  bool pinned_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, Batch> ready_;
  std::int64_t next_to_make_, next_to_give_;
  bool stopping_ = false;
  std::exception_ptr failure_;
  double seconds_waited_ = 0, seconds_worked_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace voiceprint::trainer
