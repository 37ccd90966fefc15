// Trials are scored: cosine, by a rule for models of several recordings, normalised against a cohort or not.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "eval/scored_trials.h"
#include "run/embedded_file.h"
#include "voiceprint/cohort.h"
#include "voiceprint/score_norm.h"

namespace voiceprint::trainer {

enum class EnrollRule {
  kMeanEmbedding,  // one score, with the mean of the model's embeddings
  kMeanScore,      // the mean of the scores with each of them
};

struct ScoringOptions {
  EnrollRule rule = EnrollRule::kMeanEmbedding;
  std::optional<ScoreNorm> norm;  // AS-norm: kS with top_n > 0
  std::size_t top_n = 0;          // highest cohort scores that count; 0: all
};

// Every list's trials. `embeddings`: per utterance of the set. `cohort` may be null without normalisation. A model of
// several recordings has the sum of their speech, and the worst of their other qualities. Trials with a side that holds
// no speech are counted and left out. TrainerError: a cohort of another dimension, fewer than top_n rows, a list that
// keeps no target or no non-target.
ScoredSystem score_trials(const std::string& name, const TrialSet& set, const std::vector<EmbeddedFile>& embeddings,
                          const Speakers& speakers, const ScoringOptions& options, const Cohort* cohort);

}  // namespace voiceprint::trainer
