#include "eval/evaluate.h"

#include <cstdio>
#include <filesystem>

#include "error.h"
#include "eval/calibrate.h"
#include "eval/detection_pictures.h"
#include "eval/report.h"
#include "eval/training_curves.h"
#include "eval/tsne_picture.h"
#include "run/manifest.h"
#include "run/model_folder.h"
#include "run/sha256.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

// The network to judge, with what its folder says of decisions.
struct JudgedNetwork {
  std::string path, sha256;
  Embedder embedder;
  nlohmann::json manifest;  // null of a checkpoint
};

JudgedNetwork load_network(const EvalOptions& options) {
  if (options.model.empty())
    return {options.checkpoint,
            sha256_hex(read_file(options.checkpoint)),
            Embedder::from_checkpoint(options.checkpoint),
            {}};
  ModelFolder model = load_model_folder(options.model);
  std::string sha256 = model.manifest["onnx"]["sha256"];
  return {options.model, std::move(sha256), std::move(model.embedder), std::move(model.manifest)};
}

// How scores are made, after "model" was looked up.
struct Scoring {
  ScoringOptions options;
  std::optional<Cohort> cohort;
  std::string description;  // of the score
  std::string strangers;    // the cohort; empty: none
};

std::string cohort_source(const EvalOptions& options, const JudgedNetwork& network) {
  if (!options.cohort.source.empty() || !network.manifest.contains("cohort")) return options.cohort.source;
  return options.model + "/" + network.manifest["cohort"]["file"].get<std::string>();
}

Scoring choose_scoring(const EvalOptions& options, const JudgedNetwork& network) {
  std::string norm = options.norm;
  std::size_t top_n = options.top_n;
  const bool calibrated_by_model = options.calibration == "model";
  if (calibrated_by_model && norm != "none" && norm != "model")
    throw TrainerError("--calibration model is one of the model's own scores; leave out --norm " + norm);
  if (calibrated_by_model || norm == "model") {
    if (network.manifest.is_null())
      throw TrainerError(std::string(calibrated_by_model ? "--calibration" : "--norm") +
                         " model needs --model; a checkpoint has no decision");
    norm = network.manifest["calibration"].value("score", "cosine") == "as_norm" ? "as" : "none";
    if (network.manifest.contains("cohort")) top_n = network.manifest["cohort"]["top_n"];
  }
  Scoring scoring;
  scoring.options.rule = options.rule;
  if (norm == "z") scoring.options.norm = ScoreNorm::kZ;
  if (norm == "t") scoring.options.norm = ScoreNorm::kT;
  if (norm == "s" || norm == "as") scoring.options.norm = ScoreNorm::kS;
  scoring.options.top_n = norm == "as" || norm == "none" ? top_n : 0;
  CohortOptions cohort = options.cohort;
  cohort.source = cohort_source(options, network);
  if (!cohort.source.empty()) scoring.cohort = load_cohort(cohort, network.embedder, network.sha256, options.cache);
  if (scoring.options.norm && !scoring.cohort)
    throw TrainerError("--norm " + norm + " needs strangers: give --cohort, a training pack for example");
  scoring.description = norm == "none" ? "cosine" : norm + "-norm";
  if (scoring.cohort)
    scoring.strangers =
        std::to_string(scoring.cohort->size()) + " speakers of " + cohort.source +
        (scoring.options.top_n > 0 ? ", the nearest " + std::to_string(scoring.options.top_n) + " count" : "");
  return scoring;
}

std::vector<QualityMeasure> measures_of(const std::string& calibration) {
  using enum QualityMeasure;
  if (calibration == "duration") return {kLogNetSpeechShorter, kLogNetSpeechLonger};
  if (calibration == "cohort") return {kCohortMean};
  if (calibration == "quality") return {kLogNetSpeechShorter, kLogNetSpeechLonger, kSnrLower, kBandwidthLower};
  return {};
}

// Fills the LLRs as asked for and says how.
std::string calibrate_as(const std::string& kind, ScoredSystem& system, const ScoredSystem* other,
                         const nlohmann::json& manifest) {
  if (kind == "none") return "none";
  if (kind == "model") {
    const QualityCalibration own = trial_scorer_options_from_json(manifest).calibration;
    calibrate(system, own);
    std::string text = "the model's own, " + manifest["calibration"].value("score", "cosine");
    for (const QualityTerm& term : own.terms)
      text += std::string(" + ") + kQualityMeasureNames[static_cast<std::size_t>(term.measure)];
    return text;
  }
  if (kind == "best") {
    const std::vector<CalibrationForm> forms =
        try_calibration_forms(other == nullptr ? system : *other, other == nullptr ? nullptr : &system);
    const CalibrationForm& best = best_form(forms);
    std::printf("%s", format_forms(forms).c_str());
    if (!best.normalised && other != nullptr) system = *other;
    calibrate_by_speaker(system, best.measures);
    return best.name() + ", cross-validated by speaker in 5 folds";
  }
  const std::vector<QualityMeasure> measures = measures_of(kind);
  calibrate_by_speaker(system, measures);
  std::string text = "linear";
  for (const QualityMeasure measure : measures)
    text += std::string(" + ") + kQualityMeasureNames[static_cast<std::size_t>(measure)];
  return text + ", cross-validated by speaker in 5 folds";
}

std::string describe(const EmbedPolicy& policy) {
  if (policy.crops == 0) return "all speech of a recording";
  char text[80];
  std::snprintf(text, sizeof text, "mean of %d crops of %g s", policy.crops, policy.crop_s);
  return text;
}

std::vector<Picture> pictures_of(const std::vector<ScoredSystem>& systems) {
  std::vector<Picture> pictures = {det_picture(systems), roc_picture(systems)};
  if (systems.size() > 1) return pictures;
  const ScoredSystem& system = systems.front();
  pictures.push_back(histogram_picture(system));
  pictures.push_back(error_rates_picture(system));
  if (!system.conditions.front().llrs.empty()) {
    pictures.push_back(reliability_picture(system));
    pictures.push_back(bayes_error_picture(system));
  }
  return pictures;
}

std::string name_of(const EvalOptions& options) {
  const fs::path path = options.model.empty() ? fs::path(options.checkpoint) : fs::path(options.model + "/");
  return options.model.empty() ? path.parent_path().filename().string() + "/" + path.filename().string()
                               : path.parent_path().filename().string();
}

}  // namespace

void evaluate(const EvalOptions& options) {
  if (!options.out.empty()) require_gnuplot();
  if (!options.llrs.empty() && options.calibration == "none")
    throw TrainerError("--llrs needs a calibration; --calibration none leaves no LLRs to write");
  const LoadedTrials trials = load_trials(options.trials);
  const JudgedNetwork network = load_network(options);
  EmbeddingCache cache = options.cache.empty()
                             ? EmbeddingCache()
                             : EmbeddingCache(options.cache, cache_key(network.embedder, options.embed));
  const std::vector<EmbeddedFile> embeddings = embed_utterances(network.embedder, trials.files, options.embed, cache);
  const Scoring scoring = choose_scoring(options, network);
  const Cohort* cohort = scoring.cohort ? &*scoring.cohort : nullptr;
  const auto score = [&](const ScoringOptions& how) {
    return score_trials(name_of(options), trials.set, embeddings, trials.speakers, how, cohort);
  };
  ScoredSystem system = score(scoring.options);
  std::optional<ScoredSystem> raw;
  if (options.calibration == "best" && cohort != nullptr) {  // scores of both kinds take part
    raw = score({options.rule, {}, scoring.options.top_n});
    if (!scoring.options.norm) system = score({options.rule, ScoreNorm::kS, scoring.options.top_n});
  }
  const std::string calibrated = calibrate_as(options.calibration, system, raw ? &*raw : nullptr, network.manifest);

  Report report;
  report.title = "Evaluation of " + system.name;
  ReportedSystem reported{system.name, {}, {}};
  for (std::size_t i = 0; i < system.conditions.size(); ++i) {
    reported.metrics.push_back(measure_condition(system.conditions[i], options.resamplings));
    reported.metrics.back().identification = measure_identification(trials.set.lists[i], trials.speakers, embeddings);
  }
  std::printf("%s", format_table(reported.metrics).c_str());
  if (!options.scores.empty()) write_scores(options.scores, system, trials.set);
  if (!options.llrs.empty()) write_llrs(options.llrs, system, trials.set);
  if (options.out.empty()) return;

  reported.breakdowns = break_down(system, trials.facts, options.resamplings);
  report.setup = {{"network", network.path},
                  {"trials", options.trials.lists.trials},
                  {"embeddings", describe(options.embed)},
                  {"several enrollment recordings",
                   options.rule == EnrollRule::kMeanScore ? "mean of the scores" : "mean of the embeddings"},
                  {"score", options.calibration == "best" ? "as its calibration says" : scoring.description},
                  {"calibration", calibrated},
                  {"intervals", "95 %, " + std::to_string(options.resamplings) + " resamplings of the speakers"}};
  if (!scoring.strangers.empty()) report.setup.emplace_back("cohort", scoring.strangers);
  report.systems.push_back(std::move(reported));
  report.pictures = pictures_of({system});
  report.pictures.push_back(tsne_picture(trials.set, trials.speakers, embeddings));
  const std::string log = (fs::path(options.checkpoint).parent_path() / "metrics.jsonl").string();
  if (!options.checkpoint.empty() && fs::is_regular_file(log)) report.pictures.push_back(training_picture(log));
  write_report(report, options.out);
  std::printf("report: %s/report.html\n", options.out.c_str());
}

void report_scores(const ReportOptions& options) {
  if (!options.out.empty()) require_gnuplot();
  Report report;
  std::vector<ScoredSystem> systems;
  for (const std::string& path : options.score_files) {
    ScoreFile file = read_scores(path, options.metadata);
    if (options.calibration != "none") calibrate_by_speaker(file.system, {});
    ReportedSystem reported{file.system.name, {}, {}};
    for (const ScoredCondition& condition : file.system.conditions)
      reported.metrics.push_back(measure_condition(condition, options.resamplings));
    std::printf("%s\n%s\n", file.system.name.c_str(), format_table(reported.metrics).c_str());
    if (!options.metadata.empty())
      reported.breakdowns =
          break_down(file.system, read_utterance_facts(options.metadata, file.set), options.resamplings);
    report.systems.push_back(std::move(reported));
    systems.push_back(std::move(file.system));
    report.setup.emplace_back(report.systems.back().name, path);
  }
  if (options.out.empty()) return;
  report.title = systems.size() == 1 ? "Evaluation of " + systems.front().name
                                     : "Comparison of " + std::to_string(systems.size()) + " systems";
  report.setup.emplace_back("calibration",
                            options.calibration == "none" ? "none" : "linear, cross-validated by speaker in 5 folds");
  report.setup.emplace_back("intervals",
                            "95 %, " + std::to_string(options.resamplings) + " resamplings of the speakers");
  report.pictures = pictures_of(systems);
  write_report(report, options.out);
  std::printf("report: %s/report.html\n", options.out.c_str());
}

std::vector<ConditionError> measure_eers(const Embedder& embedder, const LoadedTrials& trials) {
  EmbeddingCache none;
  const ScoredSystem system =
      score_trials("", trials.set, embed_utterances(embedder, trials.files, {}, none), trials.speakers, {}, nullptr);
  std::vector<ConditionError> errors;
  for (const ScoredCondition& condition : system.conditions) {
    std::vector<float> sides[2];
    for (const ScoredTrial& trial : condition.trials) sides[trial.is_target].push_back(trial.score);
    errors.push_back({condition.name, take(DetectionCurve::create(sides[1], sides[0])).eer().p_fa});
  }
  return errors;
}

}  // namespace voiceprint::trainer
