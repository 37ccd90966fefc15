// models/<name>: model.onnx and manifest.json, loaded back into LibTorch. This is how the trainer judges the very file
// that ships.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "run/embedder.h"
#include "voiceprint/trial_scorer.h"

namespace voiceprint::trainer {

struct ModelFolder {
  nlohmann::json manifest;
  Embedder embedder;
  TrialScorer scorer;  // as the client scores
};

// The network of an ONNX file that this trainer wrote.
Embedder embedder_of_onnx(const std::string& onnx);

// Checks the manifest and the SHA-256 of the ONNX file and of the cohort; TrainerError names file and field.
ModelFolder load_model_folder(const std::string& folder);

// Runs the program `trainer-onnx`, which lies beside this one; TrainerError when it fails (it has said why).
void run_trainer_onnx(const std::vector<std::string>& arguments);

}  // namespace voiceprint::trainer
