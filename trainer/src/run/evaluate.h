// Trial lists through the client's path: EER and minDCF per condition with intervals from resampled speakers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/embedder.h"
#include "voiceprint/trial_metrics.h"

namespace voiceprint::trainer {

struct ConditionResult {
  std::string condition;  // the list's file name without .txt
  std::vector<float> target_scores, nontarget_scores;
  std::int64_t num_speakers = 0;
  std::int64_t num_skipped = 0;                                     // trials with a recording that holds no speech
  double eer = 0, threshold = 0, min_dcf_001 = 0, min_dcf_005 = 0;  // minDCF at p_target 0.01 and 0.05, costs 1
  Interval eer_interval, min_dcf_001_interval;
};

// `trials`: a list, or a folder whose .txt files are lists. Paths in them are relative to `audio_root`; the folder that
// holds a recording names its speaker. `resamplings` of the speakers (0: no intervals).
std::vector<ConditionResult> evaluate(const Embedder& embedder, const std::string& trials,
                                      const std::string& audio_root, std::int64_t resamplings);

// A table for people.
std::string format_results(const std::vector<ConditionResult>& results);

}  // namespace voiceprint::trainer
