// From two recordings' embeddings and qualities to what a decision is made of: the cosine, where the model asks for it
// the cosine normalised by the cohort, and the LLR. Trainer and client decide by this one class.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "voiceprint/cohort.h"
#include "voiceprint/quality.h"
#include "voiceprint/quality_calibration.h"
#include "voiceprint/result.h"
#include "voiceprint/score_norm.h"

namespace voiceprint {

// What the calibration's `scale` multiplies. The numbers are part of the C ABI.
enum class ScoreKind : std::int32_t { kCosine = 0, kAsNorm = 1 };

struct TrialScorerOptions {
  std::size_t dimension = 0;  // of the model's embeddings
  ScoreKind score = ScoreKind::kCosine;
  QualityCalibration calibration;
  std::size_t top_n = 0;  // of the cohort, for its statistics; 0: all of it
};

// One side of a trial.
struct TrialSide {
  std::span<const float> embedding;
  Quality quality;
  CohortStatistics cohort;  // from TrialScorer::statistics; not read where the scorer has no cohort
};

struct TrialScore {
  double score = 0;    // cosine, [-1, 1]
  double as_norm = 0;  // NaN where the scorer has no cohort
  double llr = 0;      // natural logarithm
};

class TrialScorer {
 public:
  // The calibration asks for a cohort where the score is kAsNorm or a term is kCohortMean; a cohort that it does not
  // ask for is kInvalidArgument, as is a missing one, one of another dimension or smaller than top_n, a calibration
  // that does not rise with the score, a number that is not finite, or low above high.
  static Result<TrialScorer> create(const TrialScorerOptions& options, Cohort cohort = {});

  bool has_cohort() const { return cohort_.size() > 0; }
  // Of a recording or voiceprint, for all trials that it takes part in. REQUIRES: has_cohort(). Errors as
  // cohort_statistics.
  Result<CohortStatistics> statistics(std::span<const float> embedding) const;
  // Symmetric: score(a, b) is score(b, a). Errors as cosine_score; kInvalidArgument for another dimension than the
  // model's.
  Result<TrialScore> score(const TrialSide& a, const TrialSide& b) const;
  // Computes both sides' statistics first, where there is a cohort.
  Result<TrialScore> score_once(TrialSide a, TrialSide b) const;

 private:
  TrialScorer(TrialScorerOptions options, Cohort cohort) : options_(std::move(options)), cohort_(std::move(cohort)) {}

  TrialScorerOptions options_;
  Cohort cohort_;
};

}  // namespace voiceprint
