#include "eval/operating_points.h"

#include <algorithm>
#include <cstdio>

namespace voiceprint::trainer {
namespace {

struct Weighted {
  double llr, weight;
};

// One kind of trial, falling; the weights sum to 1.
std::vector<Weighted> pool(const ScoredSystem& system, bool target) {
  std::vector<Weighted> all;
  for (const ScoredCondition& condition : system.conditions) {
    const auto count = std::count_if(condition.trials.begin(), condition.trials.end(),
                                     [&](const ScoredTrial& trial) { return trial.is_target == target; });
    for (std::size_t i = 0; i < condition.trials.size(); ++i) {
      if (condition.trials[i].is_target == target)
        all.push_back({static_cast<double>(condition.llrs[i]),
                       1.0 / static_cast<double>(count) / static_cast<double>(system.conditions.size())});
    }
  }
  std::sort(all.begin(), all.end(), [](const Weighted& a, const Weighted& b) { return a.llr > b.llr; });
  return all;
}

double share_accepted(const std::vector<Weighted>& falling, double threshold) {
  double share = 0;
  for (const Weighted& trial : falling) share += trial.llr >= threshold ? trial.weight : 0.0;
  return share;
}

// Halfway between the first LLR that would be one false alarm too many and the next higher one.
double threshold_at(const std::vector<Weighted>& nontargets, double target_share) {
  double share = 0;
  for (std::size_t first = 0; first < nontargets.size();) {
    std::size_t next = first;  // past those of equal LLR, which are accepted together
    for (; next < nontargets.size() && nontargets[next].llr == nontargets[first].llr; ++next)
      share += nontargets[next].weight;
    if (share > target_share) {
      const double above = first == 0 ? nontargets[first].llr + 1 : nontargets[first - 1].llr;
      return (nontargets[first].llr + above) / 2;
    }
    first = next;
  }
  return nontargets.back().llr - 1;
}

}  // namespace

std::vector<ShippedOperatingPoint> fit_operating_points(const ScoredSystem& system, std::span<const double> rates) {
  const std::vector<Weighted> targets = pool(system, true), nontargets = pool(system, false);
  std::vector<ShippedOperatingPoint> points;
  for (const double rate : rates) {
    char name[32];
    std::snprintf(name, sizeof name, "far-%g", rate);
    const double threshold = threshold_at(nontargets, rate);
    points.push_back(
        {name, rate, threshold, share_accepted(nontargets, threshold), 1 - share_accepted(targets, threshold)});
  }
  return points;
}

}  // namespace voiceprint::trainer
