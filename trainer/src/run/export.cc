#include "run/export.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "error.h"
#include "eval/calibrate.h"
#include "eval/condition_metrics.h"
#include "eval/embed_utterances.h"
#include "eval/llr_histogram.h"
#include "eval/load_trials.h"
#include "eval/operating_points.h"
#include "eval/score_trials.h"
#include "run/checkpoint.h"
#include "run/manifest.h"
#include "run/model_card.h"
#include "run/model_folder.h"
#include "run/sha256.h"
#include "run/write_file.h"
#include "voiceprint/calibration.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double kShippedRates[] = {0.2, 0.1, 0.05, 0.01, 0.001};
constexpr const char* kCohortFile = "cohort.bin";

// What was found on the development trials.
struct Findings {
  CalibrationForm form;
  QualityCalibration calibration;
  std::vector<ShippedOperatingPoint> operating_points;
  std::size_t num_trials = 0;
  std::vector<ConditionMetrics> shipped;  // by the LLR that ships, fitted on all trials
  std::vector<LlrHistogram> histograms;   // of the same LLRs
  CardFacts card;
};

std::vector<EmbeddedFile> embed(const Embedder& embedder, const LoadedTrials& trials, const std::string& cache_folder) {
  EmbeddingCache cache =
      cache_folder.empty() ? EmbeddingCache() : EmbeddingCache(cache_folder, cache_key(embedder, {}));
  return embed_utterances(embedder, trials.files, {}, cache);
}

std::vector<ConditionMetrics> measure(const ScoredSystem& system, std::uint32_t resamplings) {
  std::vector<ConditionMetrics> metrics;
  for (const ScoredCondition& condition : system.conditions)
    metrics.push_back(measure_condition(condition, resamplings));
  return metrics;
}

Findings judge(const ExportOptions& options, const Embedder& embedder, const Cohort* cohort) {
  TrialSource source;
  source.lists.trials = options.trials, source.names.audio_root = options.audio_root;
  const LoadedTrials trials = load_trials(source);
  const std::vector<EmbeddedFile> embeddings = embed(embedder, trials, options.cache);
  const auto score = [&](const std::vector<EmbeddedFile>& of, std::optional<ScoreNorm> norm, const Cohort* strangers) {
    return score_trials("", trials.set, of, trials.speakers, {EnrollRule::kMeanEmbedding, norm, options.top_n},
                        strangers);
  };
  const ScoredSystem raw = score(embeddings, {}, cohort);
  std::optional<ScoredSystem> normalised;
  if (cohort != nullptr) normalised = score(embeddings, ScoreNorm::kS, cohort);

  Findings findings;
  findings.card.forms = try_calibration_forms(raw, normalised ? &*normalised : nullptr);
  findings.form = best_form(findings.card.forms);
  std::fprintf(stderr, "%s", format_forms(findings.card.forms).c_str());
  ScoredSystem system = findings.form.normalised ? *normalised : raw;
  calibrate_by_speaker(system, findings.form.measures);
  findings.card.cosine = measure(raw, options.resamplings);
  findings.card.decisions = measure(system, options.resamplings);
  findings.card.breakdowns = break_down(system, trials.facts, options.resamplings);
  findings.card.resamplings = options.resamplings;
  findings.card.limits = options.limits;
  std::fprintf(stderr, "%s", format_table(findings.card.decisions).c_str());

  findings.calibration = fit_calibration(system, findings.form.measures);
  calibrate(system, findings.calibration);
  findings.shipped = measure(system, options.resamplings);
  for (const ScoredCondition& condition : system.conditions) findings.histograms.push_back(llr_histogram(condition));
  findings.operating_points = fit_operating_points(system, kShippedRates);
  for (const ScoredCondition& condition : system.conditions) findings.num_trials += condition.trials.size();

  if (options.weights != "fp32") {
    const Embedder exact = Embedder::from_checkpoint(options.checkpoint);
    findings.card.fp32 = measure(score(embed(exact, trials, options.cache), {}, nullptr), 0);
  }
  if (options.robustness) {
    RobustnessOptions robust = options.robust;
    robust.cache = options.cache;
    findings.card.robustness = measure_robustness(embedder, trials, embeddings, robust);
  }
  return findings;
}

json operating_points(const Findings& findings, const std::string& trials) {
  json points = json::array();
  for (const ShippedOperatingPoint& point : findings.operating_points) {
    // The costs that make this threshold the Bayes decision at p_target 0.5.
    points.push_back({{"name", point.name},
                      {"target_false_alarm_rate", point.target_false_alarm_rate},
                      {"threshold_llr", point.threshold_llr},
                      {"p_target", kCalibrationPrior},
                      {"c_miss", 1.0},
                      {"c_fa", std::exp(point.threshold_llr)},
                      {"measured_p_fa", point.p_fa},
                      {"measured_p_miss", point.p_miss},
                      {"trial_list", trials}});
    // A cosine stands for an LLR where nothing else counts.
    if (!findings.form.normalised && findings.form.measures.empty())
      points.back()["threshold_score"] =
          to_score({findings.calibration.scale, findings.calibration.offset}, point.threshold_llr);
  }
  return points;
}

json histogram_to_json(const LlrHistogram& histogram) {
  return {{"low", histogram.low},
          {"bin_width", kLlrBinWidth},
          {"targets", histogram.targets},
          {"non_targets", histogram.nontargets}};
}

// Error rates by the LLR that ships, as a client finds them again; what it costs, cross-validated.
json evaluation(const Findings& findings) {
  const auto interval = [](const Interval& i) { return json{i.low, i.high}; };
  json rows = json::array();
  for (std::size_t i = 0; i < findings.shipped.size(); ++i) {
    const TrialMetrics &shipped = *findings.shipped[i].llrs, &judged = *findings.card.decisions[i].llrs;
    rows.push_back({{"condition", findings.shipped[i].name},
                    {"targets", shipped.num_targets},
                    {"non_targets", shipped.num_nontargets},
                    {"speakers", shipped.num_speakers},
                    {"skipped", findings.shipped[i].num_skipped},
                    {"eer", shipped.eer.value},
                    {"eer_interval", interval(shipped.eer.interval)},
                    {"eer_cosine", findings.card.cosine[i].scores.eer.value},
                    {"min_dcf_001", shipped.costs[2].min_dcf.value},
                    {"min_dcf_001_interval", interval(shipped.costs[2].min_dcf.interval)},
                    {"min_dcf_005", shipped.costs[1].min_dcf.value},
                    {"cllr", judged.cllr.value},
                    {"min_cllr", judged.min_cllr.value},
                    {"llr_histogram", histogram_to_json(findings.histograms[i])}});
  }
  return rows;
}

json manifest_of(const ExportOptions& options, const Config& config, const TensorFile& file, const Embedder& embedder,
                 const Findings& findings) {
  const std::string trials = fs::path(options.trials)
                                 .lexically_relative(options.audio_root.empty() ? "." : options.audio_root)
                                 .generic_string();
  json manifest = {
      {"schema", kManifestSchema},
      {"name", fs::path(options.out + "/").parent_path().filename().string()},
      {"version", options.version},
      {"licence", "Apache-2.0"},
      {"tensors", {{"input", "fbank"}, {"output", "embedding"}, {"embedding_dim", embedder.embedding_dim()}}},
      {"front_end", front_end_to_json(embedder.front_end())},
      {"quality_limits", quality_limits_to_json({})},
      {"calibration",
       calibration_to_json(findings.form.normalised ? ScoreKind::kAsNorm : ScoreKind::kCosine, findings.calibration)},
      {"operating_points", operating_points(findings, trials)},
      {"default_operating_point", options.default_operating_point},
      {"evaluation", evaluation(findings)},
      {"training",
       {{"data", options.data},
        {"licence", options.data_licence},
        {"trainer_version", file.metadata.at("trainer_version")},
        {"recipe", options.recipe},
        {"seed", config.run.seed},
        {"steps", checkpoint_number(file, options.checkpoint, "step")},
        {"config", to_json(config)}}}};
  manifest["calibration"].update(
      {{"p_target", kCalibrationPrior}, {"trial_list", trials}, {"trials", findings.num_trials}});
  if (file.metadata.count("git_version") > 0) manifest["training"]["git_version"] = file.metadata.at("git_version");
  return manifest;
}

// The rows as they will be read back: what is fitted is what ships.
Cohort rounded(const Cohort& cohort) {
  return take(decode_cohort(encode_cohort(cohort, CohortEncoding::kInt8)));
}

std::string cohort_bytes(const Cohort& cohort, const Sha256& model) {
  Cohort bound = cohort;
  bound.model_sha256 = model;
  const std::vector<std::uint8_t> bytes = encode_cohort(bound, CohortEncoding::kInt8);
  return {bytes.begin(), bytes.end()};
}

bool uses_cohort(const CalibrationForm& form) {
  return form.normalised ||
         std::find(form.measures.begin(), form.measures.end(), QualityMeasure::kCohortMean) != form.measures.end();
}

// The network without metadata: what is judged.
Embedder draft_of(const ExportOptions& options) {
  const std::string draft = options.out + "/draft.onnx";
  run_trainer_onnx({"write", options.checkpoint, "--weights", options.weights, "--out", draft});
  Embedder embedder = embedder_of_onnx(draft);  // as it ships: folded, rounded
  fs::remove(draft);
  return embedder;
}

}  // namespace

void export_model(const ExportOptions& options) {
  const TensorFile file = read_tensor_file(options.checkpoint);
  const Config config = checkpoint_config(file, options.checkpoint);
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) throw TrainerError(options.out + ": cannot be created: " + error.message());
  const Embedder embedder = draft_of(options);
  std::optional<Cohort> cohort;
  if (!options.cohort.source.empty())
    cohort = rounded(load_cohort(options.cohort, embedder, to_hex(Sha256{}), options.cache));
  Findings findings = judge(options, embedder, cohort ? &*cohort : nullptr);
  json manifest = manifest_of(options, config, file, embedder, findings);

  json metadata = json::object();
  for (const char* section : kMetadataSections) metadata[section] = manifest[section];
  const std::string onnx = options.out + "/model.onnx", metadata_path = options.out + "/metadata.json";
  write_file_atomically(metadata_path, metadata.dump());
  run_trainer_onnx(
      {"write", options.checkpoint, "--metadata", metadata_path, "--weights", options.weights, "--out", onnx});
  fs::remove(metadata_path);

  const std::string bytes = read_file(onnx);
  manifest["onnx"] = {{"file", "model.onnx"},
                      {"bytes", bytes.size()},
                      {"sha256", sha256_hex(bytes)},
                      {"opset", 17},
                      {"weights", options.weights}};
  if (cohort) {
    const std::string strangers = cohort_bytes(*cohort, sha256(bytes));
    write_file_atomically(options.out + "/" + kCohortFile, strangers);
    if (uses_cohort(findings.form))
      manifest["cohort"] = {{"file", kCohortFile},
                            {"bytes", strangers.size()},
                            {"sha256", sha256_hex(strangers)},
                            {"top_n", options.top_n}};
  }
  check_manifest(manifest, options.out + "/manifest.json");
  write_file_atomically(options.out + "/manifest.json", manifest_text(manifest));
  findings.card.manifest = std::move(manifest);
  write_file_atomically(options.out + "/MODEL_CARD.md", model_card(findings.card));
}

}  // namespace voiceprint::trainer
