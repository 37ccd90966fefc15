#include "voiceprint/scoring.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "dot.h"

namespace voiceprint {
namespace {

// Squares of finite floats cannot overflow a double, so a sum of them is finite and above 0 exactly for a usable
// vector.
bool has_direction(double squared_length) {
  return std::isfinite(squared_length) && squared_length > 0;
}

Error no_direction() {
  return {ErrorCode::kUndefined, "the embedding is zero or not finite and has no direction; compute it again"};
}

}  // namespace

Result<void> l2_normalise(std::span<float> embedding) {
  const double squared = dot(embedding, embedding);
  if (!has_direction(squared)) return no_direction();
  const double scale = 1.0 / std::sqrt(squared);
  for (float& value : embedding) value = static_cast<float>(static_cast<double>(value) * scale);
  return {};
}

Result<float> cosine_score(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size() || a.empty())
    return Error{ErrorCode::kInvalidArgument, "embeddings of " + std::to_string(a.size()) + " and " +
                                                  std::to_string(b.size()) +
                                                  " values cannot be compared; use one model for both"};
  const double aa = dot(a, a), bb = dot(b, b);
  if (!has_direction(aa) || !has_direction(bb)) return no_direction();
  const double cosine = dot(a, b) / (std::sqrt(aa) * std::sqrt(bb));
  return static_cast<float>(std::clamp(cosine, -1.0, 1.0));
}

Result<std::vector<float>> mean_embedding(std::span<const float> embeddings, std::size_t dimension) {
  if (dimension == 0 || embeddings.empty() || embeddings.size() % dimension != 0)
    return Error{ErrorCode::kInvalidArgument, std::to_string(embeddings.size()) + " values are not rows of " +
                                                  std::to_string(dimension) + "; pass whole embeddings"};
  std::vector<double> sum(dimension, 0.0);
  for (std::size_t row = 0; row < embeddings.size(); row += dimension) {
    const std::span<const float> embedding = embeddings.subspan(row, dimension);
    const double squared = dot(embedding, embedding);
    if (!has_direction(squared)) return no_direction();
    const double scale = 1.0 / std::sqrt(squared);
    for (std::size_t i = 0; i < dimension; ++i) sum[i] += static_cast<double>(embedding[i]) * scale;
  }
  double squared = 0;
  for (double value : sum) squared += value * value;
  // Unit vectors that cancel to rounding noise have no mean direction.
  if (squared < 1e-12) return no_direction();
  const double scale = 1.0 / std::sqrt(squared);
  std::vector<float> mean(dimension);
  for (std::size_t i = 0; i < dimension; ++i) mean[i] = static_cast<float>(sum[i] * scale);
  return mean;
}

}  // namespace voiceprint
