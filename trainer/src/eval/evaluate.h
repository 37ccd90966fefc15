// `trainer eval` and `trainer report`: from trials and a network, or from score files, to metrics, pictures, a report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/condition_metrics.h"
#include "eval/embed_utterances.h"
#include "eval/load_trials.h"
#include "eval/make_cohort.h"
#include "eval/score_trials.h"

namespace voiceprint::trainer {

struct EvalOptions {
  std::string checkpoint, model;  // one of them: a checkpoint, or a model's folder
  TrialSource trials;
  EnrollRule rule = EnrollRule::kMeanEmbedding;
  EmbedPolicy embed;
  std::string norm = "none";           // none, z, t, s, as; "model": as the model's folder says
  std::string calibration = "linear";  // linear, duration, cohort, quality, best: cross-validated; none; "model", which
                                       // means the norm too
  CohortOptions cohort;                // source empty: the model folder's
  std::size_t top_n = 50;              // of as
  std::uint32_t resamplings = 1000;
  std::string cache;   // folder of embeddings; empty: none are kept
  std::string scores;  // file to write; empty: none
  std::string llrs;    // the same
  std::string out;     // folder of the report; empty: none
};

// Prints the table of conditions, and writes what was asked for.
void evaluate(const EvalOptions& options);

struct ReportOptions {
  std::vector<std::string> score_files;  // one per system
  std::string metadata;
  std::string calibration = "linear";  // linear, none
  std::uint32_t resamplings = 1000;
  std::string out;
};
void report_scores(const ReportOptions& options);

// EER of each condition by cosine, for a network in training.
struct ConditionError {
  std::string condition;
  double eer = 0;
};
std::vector<ConditionError> measure_eers(const Embedder& embedder, const LoadedTrials& trials);

}  // namespace voiceprint::trainer
