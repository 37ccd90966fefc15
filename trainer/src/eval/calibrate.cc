#include "eval/calibrate.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <utility>

#include "error.h"
#include "random.h"
#include "voiceprint/detection_metrics.h"

namespace voiceprint::trainer {
namespace {

constexpr std::size_t kFolds = 5;

// Which trials a fit may see.
using Keep = std::function<bool(std::size_t condition, const ScoredTrial& trial)>;

std::vector<double> chosen_measures(const ScoredCondition& condition, std::size_t trial,
                                    const std::vector<QualityMeasure>& measures) {
  std::vector<double> values;
  for (const QualityMeasure measure : measures)
    values.push_back(static_cast<double>(condition.measures[trial][static_cast<std::size_t>(measure)]));
  return values;
}

struct Side {
  std::vector<float> scores;
  std::vector<double> measures, weights;

  void add(const ScoredCondition& condition, std::size_t trial, const std::vector<QualityMeasure>& which,
           double weight) {
    scores.push_back(condition.trials[trial].score);
    for (const double value : chosen_measures(condition, trial, which)) measures.push_back(value);
    weights.push_back(weight);
  }
  CalibrationTrials trials() const { return {scores, measures, weights}; }
};

// A condition without both kinds among the kept trials has no say.
Result<QualityCalibration> fit(const ScoredSystem& system, const std::vector<QualityMeasure>& measures,
                               const Keep& keep) {
  Side targets, nontargets;
  for (std::size_t c = 0; c < system.conditions.size(); ++c) {
    const ScoredCondition& condition = system.conditions[c];
    std::vector<std::size_t> kept[2];
    for (std::size_t i = 0; i < condition.trials.size(); ++i) {
      if (keep(c, condition.trials[i])) kept[condition.trials[i].is_target].push_back(i);
    }
    if (kept[0].empty() || kept[1].empty()) continue;
    for (const std::size_t i : kept[1]) targets.add(condition, i, measures, 1.0 / static_cast<double>(kept[1].size()));
    for (const std::size_t i : kept[0])
      nontargets.add(condition, i, measures, 1.0 / static_cast<double>(kept[0].size()));
  }
  return fit_quality_calibration(measures, targets.trials(), nontargets.trials(), kCalibrationPrior);
}

float llr_of(const QualityCalibration& calibration, const ScoredCondition& condition, std::size_t trial,
             const std::vector<QualityMeasure>& measures) {
  return static_cast<float>(to_llr(calibration, static_cast<double>(condition.trials[trial].score),
                                   chosen_measures(condition, trial, measures)));
}

// Every condition's speakers, shuffled, spread over the folds; who is in several conditions stays in one fold.
std::map<std::uint32_t, std::size_t> folds_of(const ScoredSystem& system) {
  std::map<std::uint32_t, std::size_t> folds;
  for (const ScoredCondition& condition : system.conditions) {
    std::map<std::uint64_t, std::uint32_t> shuffled;
    for (const ScoredTrial& trial : condition.trials) {
      for (const std::uint32_t speaker : {trial.enroll_speaker, trial.test_speaker})
        shuffled[Random{0x666f6c64, speaker}.bits()] = speaker;
    }
    std::size_t next = 0;
    for (const auto& [place, speaker] : shuffled) folds.try_emplace(speaker, next++ % kFolds);
  }
  return folds;
}

std::vector<QualityMeasure> measures_of(const QualityCalibration& calibration) {
  std::vector<QualityMeasure> measures;
  for (const QualityTerm& term : calibration.terms) measures.push_back(term.measure);
  return measures;
}

}  // namespace

QualityCalibration fit_calibration(const ScoredSystem& system, const std::vector<QualityMeasure>& measures) {
  return take(fit(system, measures, [](std::size_t, const ScoredTrial&) { return true; }));
}

void calibrate_by_speaker(ScoredSystem& system, const std::vector<QualityMeasure>& measures) {
  const std::map<std::uint32_t, std::size_t> folds = folds_of(system);
  for (ScoredCondition& condition : system.conditions) condition.llrs.assign(condition.trials.size(), 0);
  for (std::size_t a = 0; a < kFolds; ++a) {
    for (std::size_t b = a; b < kFolds; ++b) {
      // The trials between folds a and b are judged, and those of neither fold fitted on.
      std::vector<std::pair<std::size_t, std::size_t>> judged;
      for (std::size_t c = 0; c < system.conditions.size(); ++c) {
        const auto& trials = system.conditions[c].trials;
        for (std::size_t i = 0; i < trials.size(); ++i) {
          const auto pair = std::minmax(folds.at(trials[i].enroll_speaker), folds.at(trials[i].test_speaker));
          if (pair.first == a && pair.second == b) judged.emplace_back(c, i);
        }
      }
      if (judged.empty()) continue;
      const auto fitted = fit(system, measures, [&](std::size_t, const ScoredTrial& trial) {
        const std::size_t x = folds.at(trial.enroll_speaker), y = folds.at(trial.test_speaker);
        return x != a && x != b && y != a && y != b;
      });
      if (!fitted)
        throw TrainerError(
            "these speakers do not suffice for a calibration cross-validated by speaker: " + fitted.error().message +
            "; add speakers (error rates alone: `trainer eval --calibration none`)");
      for (const auto& [c, i] : judged)
        system.conditions[c].llrs[i] = llr_of(*fitted, system.conditions[c], i, measures);
    }
  }
}

void calibrate_by_condition(ScoredSystem& system, const std::vector<QualityMeasure>& measures) {
  for (std::size_t c = 0; c < system.conditions.size(); ++c) {
    const QualityCalibration fitted =
        take(fit(system, measures, [&](std::size_t other, const ScoredTrial&) { return other != c; }));
    ScoredCondition& condition = system.conditions[c];
    condition.llrs.resize(condition.trials.size());
    for (std::size_t i = 0; i < condition.trials.size(); ++i)
      condition.llrs[i] = llr_of(fitted, condition, i, measures);
  }
}

void calibrate(ScoredSystem& system, const QualityCalibration& calibration) {
  const std::vector<QualityMeasure> measures = measures_of(calibration);
  for (ScoredCondition& condition : system.conditions) {
    condition.llrs.resize(condition.trials.size());
    for (std::size_t i = 0; i < condition.trials.size(); ++i)
      condition.llrs[i] = llr_of(calibration, condition, i, measures);
  }
}

double mean_cllr(const ScoredSystem& system) {
  double sum = 0;
  for (const ScoredCondition& condition : system.conditions) {
    std::vector<float> sides[2];
    for (std::size_t i = 0; i < condition.trials.size(); ++i)
      sides[condition.trials[i].is_target].push_back(condition.llrs[i]);
    sum += take(cllr(sides[1], sides[0]));
  }
  return sum / static_cast<double>(system.conditions.size());
}

std::string CalibrationForm::name() const {
  std::string text = normalised ? "as_norm" : "cosine";
  for (const QualityMeasure measure : measures)
    text += std::string(" + ") + kQualityMeasureNames[static_cast<std::size_t>(measure)];
  return text;
}

std::vector<CalibrationForm> try_calibration_forms(const ScoredSystem& raw, const ScoredSystem* normalised) {
  using enum QualityMeasure;
  const std::vector<std::vector<QualityMeasure>> sets = {
      {},
      {kScoreSquared},
      {kLogNetSpeechShorter, kLogNetSpeechLonger},
      {kCohortMean},
      {kCohortMean, kScoreSquared},
      {kLogNetSpeechShorter, kLogNetSpeechLonger, kCohortMean},
      {kLogNetSpeechShorter, kLogNetSpeechLonger, kCohortMean, kScoreSquared},
      {kLogNetSpeechShorter, kLogNetSpeechLonger, kSnrLower, kBandwidthLower}};
  std::vector<CalibrationForm> forms;
  for (const ScoredSystem* system : {&raw, normalised}) {
    if (system == nullptr) continue;
    for (const auto& measures : sets) {
      const bool needs_cohort = std::find(measures.begin(), measures.end(), kCohortMean) != measures.end();
      if (needs_cohort && normalised == nullptr) continue;
      CalibrationForm form{system == normalised, measures, 0, 0};
      ScoredSystem judged = *system;
      try {
        calibrate_by_speaker(judged, measures);
        form.cllr_by_speaker = form.cllr_by_condition = mean_cllr(judged);
        if (judged.conditions.size() > 1) {
          calibrate_by_condition(judged, measures);
          form.cllr_by_condition = mean_cllr(judged);
        }
      } catch (const TrainerError&) {
        if (measures.empty()) throw;
        continue;  // a measure that is the same in all trials, or bends the LLR down, is no loss
      }
      forms.push_back(std::move(form));
    }
  }
  return forms;
}

const CalibrationForm& best_form(const std::vector<CalibrationForm>& forms) {
  constexpr double kLeastGain = 0.01;
  const auto worth = [](const CalibrationForm& form) { return (form.cllr_by_speaker + form.cllr_by_condition) / 2; };
  const CalibrationForm* best = &forms.front();
  for (const CalibrationForm& form : forms) {
    const bool larger = form.measures.size() > best->measures.size() || form.normalised != best->normalised;
    if (worth(form) < worth(*best) * (larger ? 1 - kLeastGain : 1)) best = &form;
  }
  return *best;
}

std::string format_forms(const std::vector<CalibrationForm>& forms) {
  std::string text = "Cllr, mean over conditions, cross-validated by speaker and by condition:\n";
  for (const CalibrationForm& form : forms) {
    char line[256];
    std::snprintf(line, sizeof line, "%s %.3f %.3f  %s\n", &form == &best_form(forms) ? "*" : " ", form.cllr_by_speaker,
                  form.cllr_by_condition, form.name().c_str());
    text += line;
  }
  return text;
}

}  // namespace voiceprint::trainer
