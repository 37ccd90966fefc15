// Fits the projection of long-term statistics (model/long_term_statistics.cc) by linear discriminant analysis, and puts
// it beside a trained network or alone.
//
// R. A. Fisher 1936; S. Ioffe, "Probabilistic linear discriminant analysis", 2006, for the whitening within classes.
// Rows v of the projection solve C v = lambda S v with v' S v = 1, largest lambda first: C the covariance of all
// recordings, S = W + spread_share C + copy_share N + ridge (trace(W) / size) I, W the covariance within speakers and N
// the mean square of what augmentation does to a recording's statistics. Statistics are first divided by their
// deviation; those that hardly have one (1e-4) are left out. Speakers with one recording count in C alone; one with
// n >= 2 counts in W as min(n, cap) recordings.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "run/config.h"

namespace voiceprint::trainer {

// y = weight x + bias.
struct Projection {
  torch::Tensor weight;  // [dim, size], float32
  torch::Tensor bias;    // [dim]
};

// `vectors` [recordings, size], the speaker of each; `changes` [any number, size]: statistics of an augmented copy less
// its recording's own; may be empty. TrainerError: fewer recordings than dim + 1, nobody has two, or not finite.
Projection fit_discriminant(const torch::Tensor& vectors, const std::vector<std::int64_t>& speakers,
                            const torch::Tensor& changes, const LdaConfig& options);

// Writes `out`: the averaged network of `checkpoint` with the statistics of config.lda beside it; without a checkpoint
// the statistics alone (model.kind = statistics). For evaluation and export: it holds no optimiser and no head.
// `config` is the checkpoint's, as overrides may have changed its data, augment and lda. TrainerError: the network has
// statistics already, config.lda.weight is 0, or as for fit_discriminant.
void fit_statistics(const Config& config, const std::string& checkpoint, const std::string& out);

}  // namespace voiceprint::trainer
