// Calibration: from a raw score to a log-likelihood ratio, a posterior and a threshold.
//
// LLR(s) = scale * s + offset, fitted by logistic regression with the two classes weighted to a stated prior (N.
// Brummer, "Measuring, refining and calibrating speaker and language information", 2010). Natural logarithms. With the
// recordings' quality: quality_calibration.h.
#pragma once

#include <span>

#include "voiceprint/result.h"

namespace voiceprint {

struct Calibration {
  double scale = 1.0;  // > 0
  double offset = 0.0;
};

double to_llr(const Calibration& calibration, double score);
double to_score(const Calibration& calibration, double llr);

// P(same speaker | score) = sigmoid(llr + logit(p_target)); p_target in (0, 1).
double posterior(double llr, double p_target);

// The Bayes threshold on the LLR: ln(c_fa / c_miss) - logit(p_target).
double bayes_threshold(double p_target, double c_miss, double c_fa);

// Minimises prior-weighted cross-entropy by Newton's method. `weights` are per-trial (empty: all 1) and let several
// conditions count alike. kUndefined without targets, without non-targets or when no positive scale fits;
// kNonFiniteSample on a NaN score.
Result<Calibration> fit_calibration(std::span<const float> target_scores, std::span<const float> nontarget_scores,
                                    double p_target, std::span<const double> target_weights = {},
                                    std::span<const double> nontarget_weights = {});

}  // namespace voiceprint
