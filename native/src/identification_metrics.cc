#include "voiceprint/identification_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "dot.h"
#include "voiceprint/scoring.h"

namespace voiceprint {

Result<Recall> recall_at_k(std::span<const float> embeddings, std::size_t dimension,
                           std::span<const std::uint32_t> speakers, std::span<const std::size_t> ks) {
  if (dimension == 0 || embeddings.size() != speakers.size() * dimension)
    return Error{ErrorCode::kInvalidArgument, std::to_string(embeddings.size()) + " values are not " +
                                                  std::to_string(speakers.size()) + " embeddings of " +
                                                  std::to_string(dimension) + "; pass one label per embedding"};
  for (std::size_t k : ks)
    if (k == 0) return Error{ErrorCode::kInvalidArgument, "Recall@0 does not exist; k counts from 1"};
  std::vector<float> unit(embeddings.begin(), embeddings.end());
  for (std::size_t i = 0; i < speakers.size(); ++i)
    if (auto done = l2_normalise(std::span(unit).subspan(i * dimension, dimension)); !done) return done.error();

  Recall recall;
  std::vector<std::size_t> hits(ks.size(), 0);
  std::vector<double> scores(speakers.size());
  for (std::size_t probe = 0; probe < speakers.size(); ++probe) {
    const std::span<const float> row = std::span(unit).subspan(probe * dimension, dimension);
    double mate = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < speakers.size(); ++i) {
      scores[i] = dot(row, std::span(unit).subspan(i * dimension, dimension));
      if (i != probe && speakers[i] == speakers[probe]) mate = std::max(mate, scores[i]);
    }
    if (std::isinf(mate)) continue;
    ++recall.num_probes;
    std::size_t better = 0;
    for (std::size_t i = 0; i < speakers.size(); ++i) better += speakers[i] != speakers[probe] && scores[i] >= mate;
    for (std::size_t k = 0; k < ks.size(); ++k) hits[k] += better < ks[k];
  }
  if (recall.num_probes == 0)
    return Error{ErrorCode::kUndefined, "no speaker has two recordings: there is nothing to recall"};
  for (std::size_t hit : hits) recall.at.push_back(static_cast<double>(hit) / static_cast<double>(recall.num_probes));
  return recall;
}

MatedSearch mated_search(std::span<const float> gallery_scores, std::size_t mate) {
  MatedSearch search{gallery_scores[mate], 1};
  for (std::size_t i = 0; i < gallery_scores.size(); ++i)
    if (i != mate && !(gallery_scores[i] < search.mate_score)) ++search.mate_rank;
  return search;
}

Result<IdentificationCurve> IdentificationCurve::create(std::span<const MatedSearch> mated,
                                                        std::span<const float> nonmated_top_scores,
                                                        std::uint32_t max_rank) {
  if (max_rank == 0) return Error{ErrorCode::kInvalidArgument, "rank 0 does not exist; ranks count from 1"};
  if (mated.empty())
    return Error{ErrorCode::kUndefined, "no search for an enrolled speaker: identification rates need both kinds"};
  if (nonmated_top_scores.empty())
    return Error{ErrorCode::kUndefined, "no search for a stranger: identification rates need both kinds"};
  std::vector<float> scores;
  std::size_t beyond = 0;
  for (const MatedSearch& search : mated) {
    const bool within = search.mate_rank <= max_rank;
    scores.push_back(within || std::isnan(search.mate_score) ? search.mate_score
                                                             : -std::numeric_limits<float>::infinity());
    beyond += !within;
  }
  Result<DetectionCurve> curve = DetectionCurve::create(scores, nonmated_top_scores);
  if (!curve) return curve.error();
  return IdentificationCurve(std::move(*curve), static_cast<double>(beyond) / static_cast<double>(mated.size()));
}

IdentificationRates IdentificationCurve::rates(const OperatingPoint& point) const {
  const double fnir = std::max(point.p_miss, beyond_rank_);
  return {point.threshold, point.p_fa, fnir, 1 - fnir};
}

IdentificationRates IdentificationCurve::at_false_alarm_rate(double target_fpir) const {
  return rates(curve_.at_false_alarm_rate(target_fpir));
}

IdentificationRates IdentificationCurve::at_threshold(double threshold) const {
  return rates(curve_.at_threshold(threshold));
}

}  // namespace voiceprint
