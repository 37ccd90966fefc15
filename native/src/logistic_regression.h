// Prior-weighted logistic regression by Newton's method: the fit behind every calibration.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint {

// The trials of one class.
struct RegressionClass {
  std::vector<double> features;     // [n][width]; the first of each row is the score
  std::span<const double> weights;  // n, or empty: all equal
};

// Weights [width] and, last, the offset of the LLR: those that minimise the cross-entropy at the prior p_target, plus
// half of `penalty` times the squared weights of the standardised features after the first. `names` (width) are for
// messages. kUndefined without targets or non-targets, where a feature is the same in all trials, where the classes are
// separated without error, or where the score's weight is not positive; kNonFiniteSample, kInvalidArgument.
Result<std::vector<double>> fit_logistic(const RegressionClass& targets, const RegressionClass& nontargets,
                                         double p_target, double penalty, std::span<const char* const> names);

}  // namespace voiceprint
