// Score normalisation: a raw score against what strangers score with the same two recordings.
//
// The strangers are a cohort: unit-length embeddings of speakers who are in no trial (cohort.h). Each side of a trial
// has its own mean and deviation of cosines with the cohort:
//
//   Z-norm   (s - mean_enroll) / deviation_enroll    statistics of the enrolled side
//   T-norm   (s - mean_test) / deviation_test        statistics of the test side
//   S-norm   the mean of both
//   AS-norm  S-norm where each side's statistics come from its `top_n` highest cohort scores alone (P. Matejka et al.,
//            "Analysis of score normalization in multilingual speaker recognition", Interspeech 2017, AS-norm 1)
#pragma once

#include <cstddef>
#include <span>

#include "voiceprint/result.h"

namespace voiceprint {

enum class ScoreNorm { kZ, kT, kS };  // AS-norm: kS with statistics of the top n

struct CohortStatistics {
  double mean = 0;
  double deviation = 0;  // of the population: divided by n; > 0
};

// Of an embedding's cosines with the rows of `cohort` ([size][dimension], unit length), the `top_n` highest (0: all).
// kInvalidArgument where the cohort is no rows of the embedding's length or holds fewer than top_n; kNonFiniteSample on
// a NaN or infinity; kUndefined for an embedding of length 0, fewer than two scores, or scores that are all equal.
Result<CohortStatistics> cohort_statistics(std::span<const float> embedding, std::span<const float> cohort,
                                           std::size_t top_n = 0);

// The same of scores that are there already.
Result<CohortStatistics> score_statistics(std::span<const float> cohort_scores, std::size_t top_n = 0);

double normalise_score(ScoreNorm norm, double score, const CohortStatistics& enroll, const CohortStatistics& test);

// S-norm and, with statistics of the top n, AS-norm; symmetric in the two sides.
inline double s_norm(double score, const CohortStatistics& enroll, const CohortStatistics& test) {
  return normalise_score(ScoreNorm::kS, score, enroll, test);
}

}  // namespace voiceprint
