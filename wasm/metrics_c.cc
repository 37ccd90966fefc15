// The C ABI over the metrics of a trial list and of a diarization.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "status.h"
#include "voiceprint/diarization_metrics.h"
#include "voiceprint/trial_metrics.h"
#include "voiceprint_c.h"

using namespace voiceprint::abi;  // NOLINT: this file is their user

namespace {

constexpr std::int32_t kOk = VP_OK;

vp_estimate to_estimate(const voiceprint::Estimate& in) {
  return {in.value, in.interval.low, in.interval.high};
}

// Of [num_turns][3] values. kInvalidArgument where a speaker is no whole number.
voiceprint::Result<std::vector<voiceprint::SpeakerTurn>> to_turns(const double* values, std::uint32_t num_turns,
                                                                  const char* side) {
  std::vector<voiceprint::SpeakerTurn> turns;
  turns.reserve(num_turns);
  for (std::uint32_t i = 0; i < num_turns; ++i, values += 3) {
    std::uint32_t speaker = 0;
    if (!to_integer(values[2], speaker)) {
      return voiceprint::Error{
          voiceprint::ErrorCode::kInvalidArgument,
          std::string(side) + "[" + std::to_string(i) + "]: the speaker is no whole number; number speakers from 0"};
    }
    turns.push_back({values[0], values[1], speaker});
  }
  return turns;
}

}  // namespace

std::int32_t vp_measure_trials(const float* scores, const std::uint8_t* is_target, const std::uint32_t* enroll_speakers,
                               const std::uint32_t* test_speakers, std::uint32_t num_trials, const vp_cost_model* costs,
                               std::uint32_t num_costs, std::int32_t scores_are_llrs, std::uint32_t resamplings,
                               vp_trial_metrics* metrics, vp_cost_metrics* cost_metrics) {
  if (!is_array(scores, num_trials) || !is_array(is_target, num_trials) || !is_array(enroll_speakers, num_trials) ||
      !is_array(test_speakers, num_trials) || !is_array(costs, num_costs) || metrics == nullptr ||
      !is_array(cost_metrics, num_costs)) {
    return null_argument();
  }
  return guarded([&] {
    voiceprint::TrialMetricsOptions options;
    options.costs.clear();
    for (const vp_cost_model& cost : std::span(costs, num_costs)) {
      options.costs.push_back({cost.p_target, cost.c_miss, cost.c_fa});
    }
    options.scores_are_llrs = scores_are_llrs != 0;
    options.resamplings = resamplings;
    std::vector<voiceprint::ScoredTrial> trials;
    trials.reserve(num_trials);
    for (std::uint32_t i = 0; i < num_trials; ++i) {
      trials.push_back({scores[i], is_target[i] != 0, enroll_speakers[i], test_speakers[i]});
    }
    auto measured = voiceprint::measure_trials(trials, options);
    if (!measured) return fail(measured.error());
    *metrics = {static_cast<double>(measured->num_targets),
                static_cast<double>(measured->num_nontargets),
                static_cast<double>(measured->num_speakers),
                static_cast<double>(measured->num_resamplings),
                to_estimate(measured->eer),
                measured->eer_threshold,
                measured->eer_nearest,
                to_estimate(measured->min_cllr),
                to_estimate(measured->cllr)};
    for (std::uint32_t i = 0; i < num_costs; ++i) {
      const voiceprint::CostMetrics& cost = measured->costs[i];
      cost_metrics[i] = {to_estimate(cost.min_dcf), cost.min_dcf_threshold, to_estimate(cost.act_dcf)};
    }
    return kOk;
  });
}

std::int32_t vp_measure_diarization(const double* reference, std::uint32_t num_reference, const double* hypothesis,
                                    std::uint32_t num_hypothesis, double collar_s, vp_diarization_error* out) {
  if (!is_array(reference, num_reference) || !is_array(hypothesis, num_hypothesis) || out == nullptr) {
    return null_argument();
  }
  return guarded([&] {
    const auto of_reference = to_turns(reference, num_reference, "reference");
    if (!of_reference) return fail(of_reference.error());
    const auto of_hypothesis = to_turns(hypothesis, num_hypothesis, "hypothesis");
    if (!of_hypothesis) return fail(of_hypothesis.error());
    const auto error = voiceprint::diarization_error(*of_reference, *of_hypothesis, collar_s);
    if (!error) return fail(error.error());
    *out = {error->rate(), error->speech_s, error->missed_s, error->false_alarm_s, error->confusion_s};
    return kOk;
  });
}
