// How well speakers are found again: Recall@k among recordings, and open-set identification rates in a gallery.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "voiceprint/detection_metrics.h"
#include "voiceprint/result.h"

namespace voiceprint {

struct Recall {
  std::vector<double> at;      // for each k: share of probes with a recording of their speaker among the k most similar
  std::size_t num_probes = 0;  // recordings with another one of the same speaker; the rest are only searched
};

// Each recording in turn is the probe, all others are searched by cosine; equal cosines count against the probe.
// `embeddings` is [n][dimension], `speakers` has n labels. kInvalidArgument where these disagree or a k is 0,
// kUndefined where no speaker has two recordings or an embedding has no direction. O(n^2 dimension).
Result<Recall> recall_at_k(std::span<const float> embeddings, std::size_t dimension,
                           std::span<const std::uint32_t> speakers, std::span<const std::size_t> ks);

// One search of a gallery for a probe whose speaker is enrolled (a mated search).
struct MatedSearch {
  float mate_score = 0;         // of the probe's own speaker
  std::uint32_t mate_rank = 1;  // 1: nobody scores higher
};

// Rank of the mate among a probe's scores against the whole gallery; equal scores count against it. REQUIRES: mate <
// gallery_scores.size().
MatedSearch mated_search(std::span<const float> gallery_scores, std::size_t mate);

struct IdentificationRates {
  double threshold = 0;
  double fpir = 0;  // share of searches for strangers that name somebody: the false-alarm rate (FAR)
  double fnir = 0;  // share of mated searches whose mate is below the threshold or beyond the rank
  double dir = 0;   // detection and identification rate, 1 - fnir
};

// Open-set identification as in NIST FRVT and P. J. Phillips et al., "Evaluation methods in face recognition", 2011.
class IdentificationCurve {
 public:
  // `nonmated_top_scores`: of each probe that nobody in the gallery is, the highest score. kUndefined without mated or
  // without non-mated searches, kNonFiniteSample on a NaN, kInvalidArgument for a rank of 0.
  static Result<IdentificationCurve> create(std::span<const MatedSearch> mated,
                                            std::span<const float> nonmated_top_scores, std::uint32_t max_rank = 1);

  // At the lowest threshold with fpir <= target: "DIR at FAR".
  IdentificationRates at_false_alarm_rate(double target_fpir) const;
  IdentificationRates at_threshold(double threshold) const;

 private:
  explicit IdentificationCurve(DetectionCurve curve, double beyond_rank)
      : curve_(std::move(curve)), beyond_rank_(beyond_rank) {}
  IdentificationRates rates(const OperatingPoint& point) const;

  DetectionCurve curve_;    // mates within the rank are targets, those beyond it score -infinity
  double beyond_rank_ = 0;  // share of mated searches that no threshold saves
};

}  // namespace voiceprint
