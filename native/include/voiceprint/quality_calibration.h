// Calibration that knows how good the recordings are: the same cosine says less after one second than after ten.
//
// LLR = scale * score + sum of weight_k * clamp(measure_k, low_k, high_k) + offset: logistic regression on the score
// and quality measures of the trial (quality measure functions, QMF: M. I. Mandasari et al., "Quality measure functions
// for calibration of speaker recognition systems in various duration conditions", 2013). Rising in the score; outside
// the range that the fit saw, a measure counts as that range's end. Every measure is symmetric in the two recordings.
// One of them is no quality: the squared score lets the LLR rise ever faster, as it does where the scores of the
// targets spread more than those of the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "voiceprint/quality.h"
#include "voiceprint/result.h"

namespace voiceprint {

// The numbers are part of the C ABI: never renumber, only append.
enum class QualityMeasure : std::int32_t {
  kLogNetSpeechShorter = 0,  // ln of the seconds of speech in the recording with less of it (at least 0.01 s)
  kLogNetSpeechLonger = 1,   // and with more
  kSnrLower = 2,             // dB, of the noisier recording
  kBandwidthLower = 3,       // kHz, of the narrower recording
  kCohortMean = 4,           // mean of both sides' mean cosines with the cohort (score_norm.h)
  kScoreSquared = 5,         // of the score that `scale` multiplies; 0 where that is negative
};
// As in manifest.json, by number.
inline constexpr const char* kQualityMeasureNames[] = {
    "log_net_speech_shorter", "log_net_speech_longer", "snr_lower_db",
    "bandwidth_lower_khz",    "cohort_mean",           "score_squared"};

// `score` is read by kScoreSquared alone, `cohort_mean` by kCohortMean alone.
double quality_measure(QualityMeasure measure, double score, const Quality& a, const Quality& b, double cohort_mean);

struct QualityTerm {
  QualityMeasure measure = QualityMeasure::kLogNetSpeechShorter;
  double weight = 0;  // LLR per unit of the measure
  double low = 0, high = 0;
};

struct QualityCalibration {
  double scale = 1;  // > 0
  double offset = 0;
  std::vector<QualityTerm> terms;  // none: the linear calibration of calibration.h
};

// Whether the LLR rises in the score everywhere: a squared score with a negative weight may bend it down.
bool rises_with_score(const QualityCalibration& calibration);

// `measures`: one value per term, in their order.
double to_llr(const QualityCalibration& calibration, double score, std::span<const double> measures);

// Trials of one kind: `measures` is [scores.size()][number of measures], `weights` one per trial or none (all 1).
struct CalibrationTrials {
  std::span<const float> scores;
  std::span<const double> measures;
  std::span<const double> weights;
};

// Minimises prior-weighted cross-entropy by Newton's method, with a small penalty (1e-4) on the standardised weights of
// the measures, so that they are unique even where two measures say the same. low and high are the measures' range in
// these trials. kUndefined without targets, without non-targets, where a measure is the same in all trials, where the
// trials are separated without error, or where the LLR that fits does not rise; kNonFiniteSample on a NaN or infinity;
// kInvalidArgument for a p_target outside (0, 1) or sizes that do not fit.
Result<QualityCalibration> fit_quality_calibration(std::span<const QualityMeasure> measures,
                                                   const CalibrationTrials& targets,
                                                   const CalibrationTrials& nontargets, double p_target);

}  // namespace voiceprint
