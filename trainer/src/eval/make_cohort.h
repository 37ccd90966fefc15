// Cohorts for score normalisation, from speech of speakers who are in no trial.
#pragma once

#include <cstddef>
#include <string>

#include "run/embedder.h"
#include "voiceprint/cohort.h"

namespace voiceprint::trainer {

struct CohortOptions {
  std::string source;               // a cohort file, a pack, or labelled recordings as `trainer prepare` reads them
  std::string root;                 // what the recordings' relative paths are relative to
  std::size_t max_speakers = 400;   // taken in turns from every corpus, and within it from every language
  std::size_t max_recordings = 10;  // of each speaker: one embedding is the mean of theirs
};

// A file is read, and refused (TrainerError) where another model made it; of a pack or of recordings the embeddings are
// made, in parallel and with progress, and kept in `cache_folder` (empty: not kept). `model_sha256`: of the ONNX file,
// in hex; of a checkpoint, that of the checkpoint.
Cohort load_cohort(const CohortOptions& options, const Embedder& embedder, const std::string& model_sha256,
                   const std::string& cache_folder);

}  // namespace voiceprint::trainer
