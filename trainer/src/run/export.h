// `trainer export`: a checkpoint becomes models/<name>: model.onnx, manifest.json, MODEL_CARD.md and, given speech of
// strangers, cohort.bin.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/make_cohort.h"
#include "eval/robustness.h"

namespace voiceprint::trainer {

struct ExportOptions {
  std::string checkpoint;
  std::string out;  // the model's folder; its last part is the model's name
  std::string version = "0.1.0";
  std::string weights = "int8";  // or "fp16", "fp32"
  std::string trials;            // list or folder: calibration, thresholds and the card's numbers come from it
  std::string audio_root;
  CohortOptions cohort;    // source empty: calibration without a cohort
  std::size_t top_n = 50;  // of the cohort's scores
  std::string default_operating_point = "far-0.1";
  bool robustness = false;  // measure for the card what noise, rooms, codecs and brevity do: a dozen more passes
  RobustnessOptions robust;
  std::string data;  // one sentence for the card: what it was trained on
  std::string data_licence;
  std::string recipe;               // the command that trains it
  std::vector<std::string> limits;  // for the card: what this model is known to do badly
  std::uint32_t resamplings = 1000;
  std::string cache;  // folder of embeddings, see eval/embedding_cache.h; empty: none are kept
};

// The calibration is the best of those that are tried (eval/calibrate.h). The manifest names the cohort where that uses
// it; cohort.bin is written in any case. Prints what was measured to standard error.
void export_model(const ExportOptions& options);

}  // namespace voiceprint::trainer
