// MODEL_CARD.md: what a model is, where it comes from, and what was measured of it, for people.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eval/calibrate.h"
#include "eval/condition_metrics.h"
#include "eval/robustness.h"

namespace voiceprint::trainer {

struct CardFacts {
  nlohmann::json manifest;          // complete
  std::vector<std::string> limits;  // known weaknesses
  std::uint32_t resamplings = 0;
  std::vector<ConditionMetrics> cosine;     // raw scores
  std::vector<ConditionMetrics> decisions;  // LLRs, cross-validated by speaker
  std::vector<CalibrationForm> forms;       // that were tried
  std::vector<Breakdown> breakdowns;        // of the LLRs
  std::vector<ConditionMetrics> fp32;       // raw scores of unrounded weights; empty where the weights are fp32
  std::optional<Robustness> robustness;     // none: not measured
};

std::string model_card(const CardFacts& facts);

}  // namespace voiceprint::trainer
