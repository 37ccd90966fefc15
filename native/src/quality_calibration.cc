#include "voiceprint/quality_calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "logistic_regression.h"
#include "portable_math.h"

namespace voiceprint {
namespace {

Result<RegressionClass> make_class(const CalibrationTrials& trials, std::size_t num_measures) {
  if (trials.measures.size() != trials.scores.size() * num_measures)
    return Error{ErrorCode::kInvalidArgument, "a calibration needs every quality measure of every trial"};
  RegressionClass made;
  made.weights = trials.weights;
  made.features.reserve(trials.scores.size() * (num_measures + 1));
  for (std::size_t i = 0; i < trials.scores.size(); ++i) {
    made.features.push_back(static_cast<double>(trials.scores[i]));
    const auto row = trials.measures.subspan(i * num_measures, num_measures);
    made.features.insert(made.features.end(), row.begin(), row.end());
  }
  return made;
}

}  // namespace

double quality_measure(QualityMeasure measure, double score, const Quality& a, const Quality& b, double cohort_mean) {
  constexpr float kLeastSpeechS = 0.01f;
  switch (measure) {
    case QualityMeasure::kLogNetSpeechShorter:
      return portable_log(static_cast<double>(std::max(kLeastSpeechS, std::min(a.net_speech_s, b.net_speech_s))));
    case QualityMeasure::kLogNetSpeechLonger:
      return portable_log(static_cast<double>(std::max(kLeastSpeechS, std::max(a.net_speech_s, b.net_speech_s))));
    case QualityMeasure::kSnrLower:
      return static_cast<double>(std::min(a.snr_db, b.snr_db));
    case QualityMeasure::kBandwidthLower:
      return static_cast<double>(std::min(a.bandwidth_hz, b.bandwidth_hz)) / 1000;
    case QualityMeasure::kCohortMean:
      return cohort_mean;
    case QualityMeasure::kScoreSquared:
      break;
  }
  return score > 0 ? score * score : 0;
}

bool rises_with_score(const QualityCalibration& calibration) {
  double steepness = calibration.scale;  // where the squared score has its greatest say
  for (const QualityTerm& term : calibration.terms)
    if (term.measure == QualityMeasure::kScoreSquared && term.weight < 0)
      steepness += 2 * term.weight * std::sqrt(std::max(0.0, term.high));
  return calibration.scale > 0 && steepness > 0;
}

double to_llr(const QualityCalibration& calibration, double score, std::span<const double> measures) {
  double llr = calibration.scale * score + calibration.offset;
  for (std::size_t i = 0; i < calibration.terms.size(); ++i) {
    const QualityTerm& term = calibration.terms[i];
    llr += term.weight * std::clamp(measures[i], term.low, term.high);
  }
  return llr;
}

Result<QualityCalibration> fit_quality_calibration(std::span<const QualityMeasure> measures,
                                                   const CalibrationTrials& targets,
                                                   const CalibrationTrials& nontargets, double p_target) {
  const auto target_class = make_class(targets, measures.size());
  if (!target_class) return target_class.error();
  const auto nontarget_class = make_class(nontargets, measures.size());
  if (!nontarget_class) return nontarget_class.error();
  std::vector<const char*> names = {"the score"};
  for (QualityMeasure measure : measures) names.push_back(kQualityMeasureNames[static_cast<std::size_t>(measure)]);
  constexpr double kPenalty = 1e-4;
  const auto fit = fit_logistic(*target_class, *nontarget_class, p_target, kPenalty, names);
  if (!fit) return fit.error();

  QualityCalibration calibration{fit->front(), fit->back(), {}};
  for (std::size_t k = 0; k < measures.size(); ++k) {
    const double infinity = std::numeric_limits<double>::infinity();
    QualityTerm term{measures[k], (*fit)[k + 1], infinity, -infinity};
    for (const CalibrationTrials* trials : {&targets, &nontargets})
      for (std::size_t i = k; i < trials->measures.size(); i += measures.size()) {
        term.low = std::min(term.low, trials->measures[i]);
        term.high = std::max(term.high, trials->measures[i]);
      }
    calibration.terms.push_back(term);
  }
  if (!rises_with_score(calibration))
    return Error{ErrorCode::kUndefined, "the squared score would bend the calibration down; leave it out"};
  return calibration;
}

}  // namespace voiceprint
