// From scores to log-likelihood ratios on development trials: fitted on all of them for a model that ships, and
// cross-validated to say how good that is. Every condition counts alike, and within it both kinds of trial.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "eval/scored_trials.h"
#include "voiceprint/quality_calibration.h"

namespace voiceprint::trainer {

inline constexpr double kCalibrationPrior = 0.5;  // p_target of the fit

// REQUIRES: the system's conditions have measures, unless `measures` is empty. TrainerError where the core finds no
// fit.
QualityCalibration fit_calibration(const ScoredSystem& system, const std::vector<QualityMeasure>& measures);

// Fills every condition's llrs. Each trial's comes from a fit that saw no trial of either of its speakers: speakers lie
// in 5 folds, and each pair of folds has a fit on the others. TrainerError with fewer than 3 speakers in every
// condition.
void calibrate_by_speaker(ScoredSystem& system, const std::vector<QualityMeasure>& measures);

// The same, from fits on the other conditions alone: what a calibration is worth where nothing like it was seen. Needs
// two conditions.
void calibrate_by_condition(ScoredSystem& system, const std::vector<QualityMeasure>& measures);

// By one calibration, a model's.
void calibrate(ScoredSystem& system, const QualityCalibration& calibration);

// Mean Cllr of the conditions' llrs.
double mean_cllr(const ScoredSystem& system);

// A way to LLRs, and what it is worth.
struct CalibrationForm {
  bool normalised = false;  // the score is AS-normalised, else the cosine
  std::vector<QualityMeasure> measures;
  double cllr_by_speaker = 0, cllr_by_condition = 0;  // mean_cllr() of the two cross-validations
  std::string name() const;                           // "as_norm + cohort_mean"
};

// Every form that is tried. The best has the lowest mean of both figures, but no more measures than lower it by 1 %: a
// measure that helps among these conditions and not across them is not worth having. `normalised` and `raw`: the same
// trials scored both ways; `normalised` may be null. Without a second condition the first figure decides.
std::vector<CalibrationForm> try_calibration_forms(const ScoredSystem& raw, const ScoredSystem* normalised);
const CalibrationForm& best_form(const std::vector<CalibrationForm>& forms);
// A table for the terminal, the best one marked.
std::string format_forms(const std::vector<CalibrationForm>& forms);

}  // namespace voiceprint::trainer
