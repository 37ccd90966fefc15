// Trials with their scores, by condition: what metrics, calibration, pictures and reports start from.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "eval/trial_list.h"
#include "eval/utterance_facts.h"
#include "voiceprint/quality_calibration.h"
#include "voiceprint/trial_metrics.h"

namespace voiceprint::trainer {

// The recordings of one trial: indices into TrialSet::utterances.
struct TrialRecordings {
  std::uint32_t enroll = 0;  // the first of the model's
  std::uint32_t test = 0;
  std::uint32_t model = 0;  // index into TrialList::models
};

// Every quality measure of a trial, by the measures' numbers; that of the cohort is 0 without one.
inline constexpr std::size_t kNumQualityMeasures = std::size(kQualityMeasureNames);
using QualityMeasures = std::array<float, kNumQualityMeasures>;

struct ScoredCondition {
  std::string name;
  std::vector<ScoredTrial> trials;
  std::vector<TrialRecordings> recordings;  // one per trial
  std::vector<QualityMeasures> measures;    // one per trial; none where scores came from a file
  std::vector<float> llrs;                  // one per trial once calibrated (calibrate.h)
  std::size_t num_skipped = 0;              // trials left out: a recording holds no speech
};

// One system's.
struct ScoredSystem {
  std::string name;
  std::vector<ScoredCondition> conditions;
};

// Format: native/FORMATS.md, section "Scores". The scores in digits that give the same float back; skipped trials too,
// as nan. REQUIRES: conditions as the set's lists. Written atomically.
void write_scores(const std::string& path, const ScoredSystem& system, const TrialSet& set);
// The same of a calibrated system's LLRs.
void write_llrs(const std::string& path, const ScoredSystem& system, const TrialSet& set);

struct ScoreFile {
  ScoredSystem system;  // named as the file without its suffix
  TrialSet set;
  Speakers speakers;
};

// What write_scores or `voiceprint eval` wrote, or any file of such lines (labels also target and nontarget; without a
// line that names the condition it is named as the file). TrainerError names file and line of a line of another form, a
// score that is no finite number, a trial that stands twice, and a condition without targets or without non-targets.
// `metadata`: see read_utterance_facts(); may be empty.
ScoreFile read_scores(const std::string& path, const std::string& metadata);

}  // namespace voiceprint::trainer
