// Pictures of a detector: DET, ROC, score histograms, error rates over thresholds, and how well its LLRs are
// calibrated.
#pragma once

#include <vector>

#include "eval/gnuplot.h"
#include "eval/scored_trials.h"

namespace voiceprint::trainer {

// One system: one panel with a curve per condition. Several: a panel per condition with a curve per system.
// REQUIRES: every condition has targets and non-targets; a condition that a system lacks has no curve of it.
Picture det_picture(const std::vector<ScoredSystem>& systems);
Picture roc_picture(const std::vector<ScoredSystem>& systems);

// A panel per condition.
Picture histogram_picture(const ScoredSystem& system);
Picture error_rates_picture(const ScoredSystem& system);

// Of calibrated systems. Reliability: stated against observed share of targets, both kinds weighing alike.
Picture reliability_picture(const ScoredSystem& system);
// Normalised cost over the prior: what the LLRs' Bayes thresholds cost, and the least that any threshold would.
Picture bayes_error_picture(const ScoredSystem& system);

}  // namespace voiceprint::trainer
