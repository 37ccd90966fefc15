#include "voiceprint/score_norm.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "dot.h"

namespace voiceprint {

Result<CohortStatistics> score_statistics(std::span<const float> cohort_scores, std::size_t top_n) {
  if (cohort_scores.size() < top_n)
    return Error{ErrorCode::kInvalidArgument, "the cohort has " + std::to_string(cohort_scores.size()) +
                                                  " scores, fewer than the top " + std::to_string(top_n) +
                                                  " that are asked for; use a larger cohort or a smaller top_n"};
  for (float score : cohort_scores)
    if (!std::isfinite(score))
      return Error{ErrorCode::kNonFiniteSample, "a cohort score is not a finite number; compute the cohort again"};
  // Sorted, so that the sums do not depend on how a library finds the highest.
  std::vector<float> sorted(cohort_scores.begin(), cohort_scores.end());
  std::sort(sorted.begin(), sorted.end());
  const std::span<const float> highest = std::span(sorted).last(top_n == 0 ? sorted.size() : top_n);
  if (highest.size() < 2)
    return Error{ErrorCode::kUndefined, "a deviation needs at least two cohort scores; use a larger cohort or top_n"};
  const double count = static_cast<double>(highest.size());
  double sum = 0, squares = 0;
  for (float score : highest) sum += static_cast<double>(score);
  const double mean = sum / count;
  for (float score : highest) {
    const double difference = static_cast<double>(score) - mean;
    squares += difference * difference;
  }
  const double deviation = std::sqrt(squares / count);
  // Below this, what differs is the rounding of floats.
  if (!(deviation > 1e-7 * std::max(1.0, std::abs(mean))))
    return Error{ErrorCode::kUndefined, "all cohort scores are equal: they normalise nothing; use another cohort"};
  return CohortStatistics{mean, deviation};
}

Result<CohortStatistics> cohort_statistics(std::span<const float> embedding, std::span<const float> cohort,
                                           std::size_t top_n) {
  if (embedding.empty() || cohort.empty() || cohort.size() % embedding.size() != 0)
    return Error{ErrorCode::kInvalidArgument, "a cohort of " + std::to_string(cohort.size()) +
                                                  " values holds no embeddings of " + std::to_string(embedding.size()) +
                                                  " values; use one model for both"};
  const double length = std::sqrt(dot(embedding, embedding));
  if (!std::isfinite(length))
    return Error{ErrorCode::kNonFiniteSample, "the embedding is not finite; compute it again"};
  if (length == 0) return Error{ErrorCode::kUndefined, "the embedding is zero and has no direction; compute it again"};
  std::vector<float> scores(cohort.size() / embedding.size());
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = static_cast<float>(dot(embedding, cohort.subspan(i * embedding.size(), embedding.size())) / length);
  return score_statistics(scores, top_n);
}

double normalise_score(ScoreNorm norm, double score, const CohortStatistics& enroll, const CohortStatistics& test) {
  const double z = (score - enroll.mean) / enroll.deviation, t = (score - test.mean) / test.deviation;
  return norm == ScoreNorm::kZ ? z : norm == ScoreNorm::kT ? t : (z + t) / 2;
}

}  // namespace voiceprint
