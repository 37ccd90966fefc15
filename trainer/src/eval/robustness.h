// Error rates when the second recording of each trial is made worse, while the first stays as it is: what happens to
// a speaker who enrolled well and then calls from the street.
#pragma once

#include <string>
#include <vector>

#include "eval/load_trials.h"
#include "run/embedder.h"
#include "voiceprint/trial_metrics.h"

namespace voiceprint::trainer {

struct RobustnessOptions {
  std::string noise_pack, rir_pack;  // see Degrader
  std::size_t recordings = 150;      // second recordings of each condition, drawn by name; the trials with them count
  std::string cache;                 // folder of embeddings; empty: none are kept
  std::uint32_t resamplings = 300;
};

struct RobustnessRow {
  std::string name;
  std::vector<Estimate> eers;  // per condition; NaN where too few trials are left
};

struct Robustness {
  std::vector<std::string> conditions;
  std::vector<std::size_t> num_trials;  // per condition
  std::vector<RobustnessRow> rows;      // first the recordings as they are
};

// Scores are cosines. `clean`: the embeddings of the set's utterances as they are.
Robustness measure_robustness(const Embedder& embedder, const LoadedTrials& trials,
                              const std::vector<EmbeddedFile>& clean, const RobustnessOptions& options);

}  // namespace voiceprint::trainer
