// Scores between embeddings.
#pragma once

#include <span>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint {

// Scales to unit length in place. kUndefined for a zero or non-finite vector.
Result<void> l2_normalise(std::span<float> embedding);

// Cosine of two vectors of equal length (summed in double); kInvalidArgument on unequal or zero length, kUndefined for
// a zero or non-finite vector. In [-1, 1].
Result<float> cosine_score(std::span<const float> a, std::span<const float> b);

// L2-normalised mean of L2-normalised rows: `embeddings` is [n][dimension]. The embedding of a recording from those of
// its segments.
Result<std::vector<float>> mean_embedding(std::span<const float> embeddings, std::size_t dimension);

}  // namespace voiceprint
