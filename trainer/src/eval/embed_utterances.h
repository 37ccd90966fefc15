// The recordings of an evaluation become embeddings: whole or in crops, as they are or made worse, kept on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eval/embedding_cache.h"
#include "run/embedder.h"

namespace voiceprint::trainer {

// How a recording becomes an embedding. The default is the client's way: all of its speech.
struct EmbedPolicy {
  std::int32_t crops = 0;   // > 0: the mean of the embeddings of this many crops, evenly spread over the speech
  double crop_s = 3;        // their length; a recording with less speech is one crop
  double max_speech_s = 0;  // > 0: no more than the first seconds of the speech
  // What is done to the samples (mono, 16 kHz) before the front end hears them; `index` counts the files. Thread-safe.
  std::function<void(std::size_t index, std::vector<float>& samples)> degrade;
  std::string degradation;  // its name, for the cache; empty: none

  // What the cache is told of it.
  std::string key() const;
};

// What embeddings depend on but the recordings; see EmbeddingCache.
std::string cache_key(const Embedder& embedder, const EmbedPolicy& policy);

// One per file, in parallel, with progress on standard error. Already known ones come from the cache; new ones are put
// into it and saved every minute, at the end, and when stopped (TrainerError then). TrainerError names a file that
// cannot be read; one without speech has an empty embedding.
std::vector<EmbeddedFile> embed_utterances(const Embedder& embedder, const std::vector<std::string>& files,
                                           const EmbedPolicy& policy, EmbeddingCache& cache);

}  // namespace voiceprint::trainer
