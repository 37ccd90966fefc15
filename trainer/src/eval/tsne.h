// Exact t-SNE: points in the plane whose neighbours are those of the high-dimensional space.
//
// L. van der Maaten and G. Hinton, "Visualizing data using t-SNE", JMLR 9, 2008: Gaussian neighbourhoods of a given
// perplexity, symmetrised; Student-t neighbourhoods in the plane; gradient descent on their Kullback-Leibler
// divergence with momentum, gains and early exaggeration. O(n^2) per iteration: for some thousand points.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint::trainer {

struct TsneOptions {
  double perplexity = 30;  // effective number of neighbours; at most (n - 1) / 3 is used
  int iterations = 750;
  std::uint64_t seed = 1;
};

// `points` is [n][dimension], n >= 4, finite. Distances are squared Euclidean: for embeddings of unit length twice
// 1 - cosine. Deterministic. kInvalidArgument on other sizes, kNonFiniteSample on a NaN.
Result<std::vector<std::array<double, 2>>> tsne(std::span<const float> points, std::size_t dimension,
                                                const TsneOptions& options = {});

}  // namespace voiceprint::trainer
