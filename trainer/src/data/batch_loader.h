// Batches of augmented crops, made on worker threads and handed out in step order.
//
// A batch is P speakers x K crops. It depends on (seed, step) alone, so a resumed run sees the batches that an
// uninterrupted one would have seen, and several processes share a batch without a word. Speakers are drawn without
// replacement, by weight min(seconds of speech, cap)^power; crops of a speaker come from different recordings as far as
// there are. Each crop is augmented on its own; a speaker's speed change makes a class of its own.
#pragma once

#include <torch/torch.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "data/augment.h"
#include "data/pack.h"
#include "run/config.h"

namespace voiceprint::trainer {

struct Batch {
  torch::Tensor features;  // [P * K, frames, bins], float32, mean-normalised; crops of one speaker are neighbours
  torch::Tensor labels;    // [P * K], int64, 0..num_classes-1
};

// Of several processes' joint batch, what one makes: the speakers index, index + count, ... of those drawn.
struct Share {
  std::int64_t index = 0, count = 1;
};

class BatchLoader {
 public:
  // Starts making batches, or this share of them, at `first_step`. `share.count` must divide P. TrainerError when the
  // pack cannot fill a batch (one speaker only, ...).
  BatchLoader(const Config& config, std::int64_t first_step, Share share = {});
  ~BatchLoader();

  // The batch of the next step. Rethrows what went wrong on a worker thread.
  Batch next();

  const std::vector<std::string>& speakers() const { return pack_.speakers(); }
  std::int64_t num_speakers() const { return static_cast<std::int64_t>(pack_.speakers().size()); }
  // Speakers, times three with speed perturbation.
  std::int64_t num_classes() const { return num_speakers() * (config_.augment.speed > 0 ? 3 : 1); }
  // Seconds that next() has waited so far: the loader held training up.
  double seconds_waited() const { return seconds_waited_; }

  // Builds the batch of one step on the calling thread (what the workers run).
  Batch make(std::int64_t step) const;

 private:
  std::vector<std::uint32_t> draw_speakers(Random& random) const;
  std::vector<float> draw_crop(Random& random, const std::vector<std::uint32_t>& recordings, std::size_t choice,
                               std::size_t length) const;
  void work();

  Config config_;
  Share share_;
  Pack pack_;
  Augmenter augmenter_;
  std::vector<std::vector<std::uint32_t>> recordings_of_;  // by speaker
  std::vector<double> cumulative_weight_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, Batch> ready_;
  std::int64_t next_to_make_, next_to_give_;
  bool stopping_ = false;
  std::exception_ptr failure_;
  double seconds_waited_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace voiceprint::trainer
