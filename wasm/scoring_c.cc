// The C ABI over scoring, calibration and the trial scorer: what a decision is made of.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <span>
#include <utility>

#include "convert.h"
#include "status.h"
#include "voiceprint/calibration.h"
#include "voiceprint/scoring.h"
#include "voiceprint/trial_scorer.h"
#include "voiceprint_c.h"

using namespace voiceprint::abi;  // NOLINT: this file is their user
using voiceprint::Error;
using voiceprint::ErrorCode;
using voiceprint::Result;

struct vp_trial_scorer {
  voiceprint::TrialScorer core;
  std::size_t dimension;
};

namespace {

constexpr std::int32_t kOk = VP_OK;

Result<voiceprint::TrialScorerOptions> to_trial_scorer_options(const vp_trial_scorer_options& in,
                                                               std::span<const vp_quality_term> terms) {
  voiceprint::TrialScorerOptions out;
  std::uint32_t kind = 0;
  if (!to_integer(in.dimension, out.dimension) || !to_integer(in.top_n, out.top_n)) {
    return Error{ErrorCode::kInvalidArgument, "dimension or top_n is not a whole number."};
  }
  if (!to_integer(in.score, kind) || kind > static_cast<std::uint32_t>(voiceprint::ScoreKind::kAsNorm)) {
    return Error{ErrorCode::kInvalidArgument, "score is neither 0 nor 1."};
  }
  out.score = static_cast<voiceprint::ScoreKind>(kind);
  out.calibration = {in.scale, in.offset, {}};
  for (const vp_quality_term& term : terms) {
    std::uint32_t measure = 0;
    if (!to_integer(term.measure, measure) ||
        measure > static_cast<std::uint32_t>(voiceprint::QualityMeasure::kScoreSquared)) {
      return Error{ErrorCode::kInvalidArgument, "A quality term has an unknown measure."};
    }
    out.calibration.terms.push_back(
        {static_cast<voiceprint::QualityMeasure>(measure), term.weight, term.low, term.high});
  }
  return out;
}

}  // namespace

std::int32_t vp_l2_normalise(float* embedding, std::uint32_t dimension) {
  if (embedding == nullptr) return null_argument();
  return guarded([&] {
    auto normalised = voiceprint::l2_normalise({embedding, dimension});
    return normalised ? kOk : fail(normalised.error());
  });
}

std::int32_t vp_cosine_score(const float* a, const float* b, std::uint32_t dimension, float* score) {
  if (a == nullptr || b == nullptr || score == nullptr) return null_argument();
  return guarded([&] {
    auto cosine = voiceprint::cosine_score({a, dimension}, {b, dimension});
    if (!cosine) return fail(cosine.error());
    *score = *cosine;
    return kOk;
  });
}

std::int32_t vp_mean_embedding(const float* embeddings, std::uint32_t num_embeddings, std::uint32_t dimension,
                               float* mean) {
  if (embeddings == nullptr || mean == nullptr) return null_argument();
  const std::uint64_t num_values = std::uint64_t{num_embeddings} * dimension;
  if (num_values == 0 || num_values > std::numeric_limits<std::size_t>::max() / sizeof(float)) {
    return fail(ErrorCode::kInvalidArgument, "num_embeddings times dimension is 0 or more than memory can address.");
  }
  return guarded([&] {
    auto result = voiceprint::mean_embedding({embeddings, static_cast<std::size_t>(num_values)}, dimension);
    if (!result) return fail(result.error());
    std::copy(result->begin(), result->end(), mean);
    return kOk;
  });
}

std::int32_t vp_posterior(double llr, double p_target, double* probability) {
  if (probability == nullptr) return null_argument();
  if (!(p_target > 0.0 && p_target < 1.0)) {
    return fail(ErrorCode::kInvalidArgument, "p_target is not between 0 and 1, both excluded.");
  }
  if (!std::isfinite(llr)) return fail(ErrorCode::kNonFiniteSample, "The LLR is not a finite number.");
  *probability = voiceprint::posterior(llr, p_target);
  return kOk;
}

std::int32_t vp_trial_scorer_create(const vp_trial_scorer_options* options, const vp_quality_term* terms,
                                    std::uint32_t num_terms, const std::uint8_t* cohort, std::uint32_t cohort_bytes,
                                    const std::uint8_t* model_sha256, vp_trial_scorer** out) {
  if (options == nullptr || !is_array(terms, num_terms) || !is_array(cohort, cohort_bytes) ||
      !is_array(model_sha256, cohort_bytes) || out == nullptr) {
    return null_argument();
  }
  return guarded([&] {
    auto core_options = to_trial_scorer_options(*options, {terms, num_terms});
    if (!core_options) return fail(core_options.error());
    voiceprint::Cohort core_cohort;
    if (cohort_bytes > 0) {
      auto decoded = voiceprint::decode_cohort({cohort, cohort_bytes});
      if (!decoded) return fail(decoded.error());
      core_cohort = std::move(*decoded);
      if (!std::equal(core_cohort.model_sha256.begin(), core_cohort.model_sha256.end(), model_sha256)) {
        return fail(ErrorCode::kInvalidArgument, "The cohort file is of another model: use the one beside this model.");
      }
    }
    auto core = voiceprint::TrialScorer::create(*core_options, std::move(core_cohort));
    if (!core) return fail(core.error());
    auto* handle = new (std::nothrow) vp_trial_scorer{std::move(*core), core_options->dimension};
    if (handle == nullptr) return out_of_memory();
    *out = handle;
    return kOk;
  });
}

void vp_trial_scorer_destroy(vp_trial_scorer* scorer) {
  delete scorer;
}

std::int32_t vp_trial_scorer_statistics(const vp_trial_scorer* scorer, const float* embedding,
                                        vp_cohort_statistics* out) {
  if (scorer == nullptr || embedding == nullptr || out == nullptr) return null_argument();
  if (!scorer->core.has_cohort()) return fail(ErrorCode::kUndefined, "The calibration uses no cohort.");
  return guarded([&] {
    auto statistics = scorer->core.statistics({embedding, scorer->dimension});
    if (!statistics) return fail(statistics.error());
    *out = {statistics->mean, statistics->deviation};
    return kOk;
  });
}

std::int32_t vp_trial_scorer_score(const vp_trial_scorer* scorer, const float* a, const vp_quality* quality_a,
                                   const vp_cohort_statistics* statistics_a, const float* b,
                                   const vp_quality* quality_b, const vp_cohort_statistics* statistics_b,
                                   vp_trial_score* out) {
  if (scorer == nullptr || a == nullptr || quality_a == nullptr || b == nullptr || quality_b == nullptr ||
      out == nullptr) {
    return null_argument();
  }
  return guarded([&] {
    auto make_side = [&](const float* embedding, const vp_quality& quality,
                         const vp_cohort_statistics* statistics) -> Result<voiceprint::TrialSide> {
      auto core_quality = to_quality(quality);
      if (!core_quality) return core_quality.error();
      voiceprint::TrialSide side{{embedding, scorer->dimension}, *core_quality, {}};
      if (statistics != nullptr) {
        side.cohort = {statistics->mean, statistics->deviation};
      } else if (scorer->core.has_cohort()) {
        auto computed = scorer->core.statistics(side.embedding);
        if (!computed) return computed.error();
        side.cohort = *computed;
      }
      return side;
    };
    auto side_a = make_side(a, *quality_a, statistics_a);
    if (!side_a) return fail(side_a.error());
    auto side_b = make_side(b, *quality_b, statistics_b);
    if (!side_b) return fail(side_b.error());
    auto score = scorer->core.score(*side_a, *side_b);
    if (!score) return fail(score.error());
    *out = {score->score, score->as_norm, score->llr};
    return kOk;
  });
}
