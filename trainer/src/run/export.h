// `trainer export`: a checkpoint becomes models/<name>: model.onnx, manifest.json, MODEL_CARD.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace voiceprint::trainer {

struct ExportOptions {
  std::string checkpoint;
  std::string out;  // the model's folder; its last part is the model's name
  std::string version = "0.1.0";
  std::string weights = "int8";  // or "fp16", "fp32"
  std::string trials;            // list or folder: calibration, thresholds and the card's numbers come from it
  std::string audio_root;
  std::string data;  // one sentence for the card: what it was trained on
  std::string data_licence;
  std::string recipe;               // the command that trains it
  std::vector<std::string> limits;  // for the card: what this model is known to do badly
  std::int64_t resamplings = 300;
};

void export_model(const ExportOptions& options);

}  // namespace voiceprint::trainer
