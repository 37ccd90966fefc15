// Fits the projection of long-term statistics (model/long_term_statistics.cc) by linear discriminant analysis, and puts
// it beside a trained network or alone.
//
// R. A. Fisher 1936; S. Ioffe, "Probabilistic linear discriminant analysis", 2006, for the whitening within classes.
// Rows v of the projection solve C v = lambda S v with v' S v = 1, largest lambda first: C the covariance of all
// recordings, S = W + spread_share C + ridge (trace(W) / size) I, W that within speakers. Statistics are first divided
// by their deviation. Speakers with one recording count in C alone; one with n >= 2 counts in W as min(n, cap)
// recordings.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "run/config.h"

namespace voiceprint::trainer {

struct DiscriminantOptions {
  std::int64_t dim = 64;
  double cap = 30;
  double spread_share = 0.03;
  double ridge = 3e-3;
};

// y = weight x + bias.
struct Projection {
  torch::Tensor weight;  // [dim, size], float32
  torch::Tensor bias;    // [dim]
};

// `vectors` [recordings, size], the speaker of each. TrainerError: fewer recordings than dim + 1, nobody has two, or
// not finite.
Projection fit_discriminant(const torch::Tensor& vectors, const std::vector<std::int64_t>& speakers,
                            const DiscriminantOptions& options);

struct LdaOptions {
  std::string checkpoint;  // whose network it is joined to; empty: model.kind = statistics, by `config`
  Config config;
  std::string pack;
  std::string out;  // checkpoint, without optimiser and head: for evaluation and export
  double weight = 1.0;
  std::int64_t copies = 0;  // of each recording under config.augment (but for speed), as recordings of its speaker
  DiscriminantOptions discriminant;
};

void fit_statistics(const LdaOptions& options);

}  // namespace voiceprint::trainer
