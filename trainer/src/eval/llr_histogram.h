// How a condition's LLRs lie, for the manifest: what a client draws behind a decision, and a DET curve at every edge of
// a bin.
#pragma once

#include <cstddef>
#include <vector>

#include "eval/scored_trials.h"

namespace voiceprint::trainer {

inline constexpr double kLlrBinWidth = 0.25;
// LLRs from here on, up and down, lie in the outermost bins.
inline constexpr double kLlrReach = 25;

// Bin i counts the trials with low + i * kLlrBinWidth <= LLR < low + (i + 1) * kLlrBinWidth. The first and the last bin
// hold a trial. Edges are multiples of the width, so that histograms of several conditions can be added.
struct LlrHistogram {
  double low = 0;
  std::vector<std::size_t> targets, nontargets;
};

// REQUIRES: at least one trial, and an LLR of each.
LlrHistogram llr_histogram(const ScoredCondition& condition);

}  // namespace voiceprint::trainer
