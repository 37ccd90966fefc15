#include "eval/llr_histogram.h"

#include <algorithm>
#include <cmath>

namespace voiceprint::trainer {
namespace {

// Counted from the bin that begins at 0.
int bin_of(float llr) {
  const double inside = std::clamp(static_cast<double>(llr), -kLlrReach, kLlrReach - kLlrBinWidth);
  return static_cast<int>(std::floor(inside / kLlrBinWidth));
}

}  // namespace

LlrHistogram llr_histogram(const ScoredCondition& condition) {
  const auto [least, greatest] = std::minmax_element(condition.llrs.begin(), condition.llrs.end());
  const int first = bin_of(*least);
  const std::size_t num_bins = static_cast<std::size_t>(bin_of(*greatest) - first) + 1;
  LlrHistogram histogram{first * kLlrBinWidth, std::vector<std::size_t>(num_bins), std::vector<std::size_t>(num_bins)};
  for (std::size_t i = 0; i < condition.llrs.size(); ++i) {
    std::vector<std::size_t>& side = condition.trials[i].is_target ? histogram.targets : histogram.nontargets;
    ++side[static_cast<std::size_t>(bin_of(condition.llrs[i]) - first)];
  }
  return histogram;
}

}  // namespace voiceprint::trainer
