// Finished batches in a folder, for runs that shall train on the very same crops: architectures, losses and optimisers
// are then compared on equal data, and augmentation is paid for once.
//
// Any number of processes and threads may use one folder at a time: the first to ask for a step makes its batch, the
// others wait for it. The folder grows by about 25 kB per crop (80 bins, 1.6 s; float16) and is the user's to delete;
// on a memory disk it is as fast as memory.
//
// Files: batches.json, what the batches depend on; STEP.batch, see batch_cache.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "data/batch.h"
#include "run/config.h"

namespace voiceprint::trainer {

class Pack;

class BatchCache {
 public:
  // TrainerError when the folder holds batches of another pack (speech, noise or impulse responses; where they lie does
  // not matter), or of other data, features or augment settings, or by a version that did not note all of these; the
  // message names the first key that differs.
  BatchCache(const Config& config, const Pack& pack);

  // The batch of a step: read if it is there, otherwise made by `make` and kept. TrainerError for a damaged file and a
  // full disk. Thread-safe.
  Batch get(std::int64_t step, bool pinned, const std::function<Batch()>& make) const;

 private:
  std::string folder_;
};

}  // namespace voiceprint::trainer
