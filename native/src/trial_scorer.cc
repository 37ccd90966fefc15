#include "voiceprint/trial_scorer.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "voiceprint/scoring.h"

namespace voiceprint {
namespace {

Error invalid(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

bool asks_for_cohort(const TrialScorerOptions& options) {
  if (options.score == ScoreKind::kAsNorm) return true;
  for (const QualityTerm& term : options.calibration.terms)
    if (term.measure == QualityMeasure::kCohortMean) return true;
  return false;
}

}  // namespace

Result<TrialScorer> TrialScorer::create(const TrialScorerOptions& options, Cohort cohort) {
  const QualityCalibration& calibration = options.calibration;
  if (!(calibration.scale > 0) || !std::isfinite(calibration.scale) || !std::isfinite(calibration.offset))
    return invalid("the calibration needs a positive scale and a finite offset");
  if (!rises_with_score(calibration)) return invalid("the weight of score_squared bends the calibration down");
  for (const QualityTerm& term : calibration.terms)
    if (!std::isfinite(term.weight) || !std::isfinite(term.low) || !std::isfinite(term.high) || term.low > term.high)
      return invalid("a quality term of the calibration has a number that is not finite, or low above high");
  if (options.dimension == 0) return invalid("the embeddings must have at least one value");
  if (asks_for_cohort(options) != (cohort.size() > 0))
    return invalid(cohort.size() > 0 ? "the calibration uses no cohort, but there is one; use a matching pair"
                                     : "the calibration is made for a cohort, but there is none; add its file");
  if (cohort.size() > 0) {
    if (cohort.dimension != options.dimension)
      return invalid("the cohort's embeddings have " + std::to_string(cohort.dimension) + " values, the model's " +
                     std::to_string(options.dimension) + "; use the cohort of this model");
    if (options.top_n > cohort.size())
      return invalid("the cohort has " + std::to_string(cohort.size()) + " embeddings, fewer than the top " +
                     std::to_string(options.top_n) + " that are asked for; use a larger cohort or a smaller top_n");
  }
  return TrialScorer(options, std::move(cohort));
}

Result<CohortStatistics> TrialScorer::statistics(std::span<const float> embedding) const {
  if (embedding.size() != options_.dimension)
    return invalid("an embedding of " + std::to_string(embedding.size()) +
                   " values is not of this model, which gives " + std::to_string(options_.dimension));
  return cohort_statistics(embedding, cohort_.embeddings, options_.top_n);
}

Result<TrialScore> TrialScorer::score(const TrialSide& a, const TrialSide& b) const {
  for (const TrialSide* side : {&a, &b})
    if (side->embedding.size() != options_.dimension)
      return invalid("an embedding of " + std::to_string(side->embedding.size()) +
                     " values is not of this model, which gives " + std::to_string(options_.dimension));
  const Result<float> cosine = cosine_score(a.embedding, b.embedding);
  if (!cosine) return cosine.error();
  TrialScore result{static_cast<double>(*cosine), std::numeric_limits<double>::quiet_NaN(), 0};
  double cohort_mean = 0;
  if (has_cohort()) {
    result.as_norm = s_norm(result.score, a.cohort, b.cohort);
    cohort_mean = (a.cohort.mean + b.cohort.mean) / 2;
  }
  const double judged = options_.score == ScoreKind::kAsNorm ? result.as_norm : result.score;
  std::vector<double> measures;
  for (const QualityTerm& term : options_.calibration.terms)
    measures.push_back(quality_measure(term.measure, judged, a.quality, b.quality, cohort_mean));
  result.llr = to_llr(options_.calibration, judged, measures);
  return result;
}

Result<TrialScore> TrialScorer::score_once(TrialSide a, TrialSide b) const {
  if (has_cohort())
    for (TrialSide* side : {&a, &b}) {
      const Result<CohortStatistics> found = statistics(side->embedding);
      if (!found) return found.error();
      side->cohort = *found;
    }
  return score(a, b);
}

}  // namespace voiceprint
