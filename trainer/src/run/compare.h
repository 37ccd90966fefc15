// `trainer compare`: two recordings and a model folder to the decision that the client makes of them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "voiceprint/quality.h"

namespace voiceprint::trainer {

// Exit statuses, as of the npm package's command line.
inline constexpr int kCompareAccepts = 0, kCompareRejects = 1, kCompareInconclusive = 2, kCompareFailed = 3;

// Prints one JSON object and returns the exit status; TrainerError where a file cannot be read.
int compare(const std::string& model_folder, const std::string& a, const std::string& b);

nlohmann::json quality_to_json(const Quality& quality);

}  // namespace voiceprint::trainer
