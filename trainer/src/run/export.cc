#include "run/export.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "error.h"
#include "run/calibrate.h"
#include "run/checkpoint.h"
#include "run/evaluate.h"
#include "run/manifest.h"
#include "run/model_folder.h"
#include "run/sha256.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double kFalseAlarmRates[] = {0.2, 0.1, 0.05, 0.01};
constexpr const char* kDefaultOperatingPoint = "far-0.1";

std::string rate_name(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, "far-%g", rate);
  return text;
}

json operating_points(const FittedDecisions& decisions, const std::string& trials) {
  json points = json::array();
  for (const ShippedOperatingPoint& point : decisions.operating_points) {
    // The costs that make this threshold the Bayes decision at p_target 0.5.
    points.push_back({{"name", rate_name(point.target_false_alarm_rate)},
                      {"target_false_alarm_rate", point.target_false_alarm_rate},
                      {"threshold_score", point.threshold_score},
                      {"threshold_llr", point.threshold_llr},
                      {"p_target", 0.5},
                      {"c_miss", 1.0},
                      {"c_fa", std::exp(point.threshold_llr)},
                      {"measured_p_fa", point.p_fa},
                      {"measured_p_miss", point.p_miss},
                      {"trial_list", trials}});
  }
  return points;
}

json evaluation(const std::vector<ConditionResult>& results) {
  json rows = json::array();
  for (const ConditionResult& r : results) {
    rows.push_back({{"condition", r.condition},
                    {"targets", r.target_scores.size()},
                    {"non_targets", r.nontarget_scores.size()},
                    {"speakers", r.num_speakers},
                    {"skipped", r.num_skipped},
                    {"eer", r.eer},
                    {"eer_interval", {r.eer_interval.low, r.eer_interval.high}},
                    {"min_dcf_001", r.min_dcf_001},
                    {"min_dcf_001_interval", {r.min_dcf_001_interval.low, r.min_dcf_001_interval.high}},
                    {"min_dcf_005", r.min_dcf_005}});
  }
  return rows;
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f", 100 * share);
  return text;
}

std::string card(const json& m, const ExportOptions& options) {
  std::string text = "# " + m["name"].get<std::string>() + " " + m["version"].get<std::string>() + "\n\n";
  const json& config = m["training"]["config"];
  text += "A speaker-embedding network for voiceprint-wasm: " + config["model"]["kind"].get<std::string>() + ", " +
          config["model"]["channels"].dump() + " channels, embedding of " + m["tensors"]["embedding_dim"].dump() +
          " values, weights as " + m["onnx"]["weights"].get<std::string>() + ", " + m["onnx"]["bytes"].dump() +
          " bytes. Written by `trainer export`; every number below comes from that run.\n\n";
  text +=
      "| | |\n| --- | --- |\n| trained on | " + options.data + " |\n| licence of the data | " + options.data_licence +
      " |\n| licence of the model | " + m["licence"].get<std::string>() + " |\n| recipe | `" + options.recipe +
      "` |\n| seed | " + m["training"]["seed"].dump() + " |\n| steps | " + m["training"]["steps"].dump() + " of " +
      std::to_string(config["data"]["speakers_per_batch"].get<int>() * config["data"]["crops_per_speaker"].get<int>()) +
      " crops of " + config["data"]["min_crop_s"].dump() + " to " + config["data"]["max_crop_s"].dump() +
      " s |\n| SHA-256 of model.onnx | `" + m["onnx"]["sha256"].get<std::string>() + "` |\n\n";
  text += "## Error rates on the development trials\n\nRaw cosine. Intervals: 95 %, from " +
          std::to_string(options.resamplings) +
          " resamplings of the speakers. The trials also chose the calibration and the thresholds, so expect somewhat "
          "higher rates elsewhere.\n\n"
          "| condition | speakers | targets | non-targets | EER % | interval | minDCF (p 0.01) | interval |\n| --- | "
          "--- | --- | --- | --- | --- | --- | --- |\n";
  for (const json& r : m["evaluation"]) {
    char row[256];
    std::snprintf(row, sizeof row, "| %s | %d | %d | %d | %s | %s to %s | %.3f | %.3f to %.3f |\n",
                  r["condition"].get<std::string>().c_str(), r["speakers"].get<int>(), r["targets"].get<int>(),
                  r["non_targets"].get<int>(), percent(r["eer"]).c_str(), percent(r["eer_interval"][0]).c_str(),
                  percent(r["eer_interval"][1]).c_str(), r["min_dcf_001"].get<double>(),
                  r["min_dcf_001_interval"][0].get<double>(), r["min_dcf_001_interval"][1].get<double>());
    text += row;
  }
  text += "\n## Operating points\n\nFitted on the same trials, every condition counting alike. Default: `" +
          m["default_operating_point"].get<std::string>() +
          "`.\n\n| name | threshold (score) | false alarms % | misses % |\n| --- | --- | --- | --- |\n";
  for (const json& p : m["operating_points"]) {
    char row[160];
    std::snprintf(row, sizeof row, "| %s | %.4f | %s | %s |\n", p["name"].get<std::string>().c_str(),
                  p["threshold_score"].get<double>(), percent(p["measured_p_fa"]).c_str(),
                  percent(p["measured_p_miss"]).c_str());
    text += row;
  }
  text += "\n## Limits\n\n";
  for (const std::string& limit : options.limits) text += "* " + limit + "\n";
  text +=
      "* Replayed recordings and synthetic or converted voices are not detected.\n"
      "* The shorter the speech, the higher the error rates. Less than " +
      m["quality_limits"]["min_net_speech_s"].dump() +
      " s of it is answered with `inconclusive`.\n"
      "* Not for decisions that harm somebody when they are wrong.\n";
  return text;
}

}  // namespace

void export_model(const ExportOptions& options) {
  const TensorFile file = read_tensor_file(options.checkpoint);
  const Config config = checkpoint_config(file, options.checkpoint);
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) throw TrainerError(options.out + ": cannot be created: " + error.message());
  const std::string draft = options.out + "/draft.onnx";
  run_trainer_onnx({"write", options.checkpoint, "--weights", options.weights, "--out", draft});
  const Embedder embedder = embedder_of_onnx(draft);  // as it ships: folded, rounded
  fs::remove(draft);
  const std::vector<ConditionResult> results =
      evaluate(embedder, options.trials, options.audio_root, options.resamplings);
  std::fprintf(stderr, "%s", format_results(results).c_str());
  const FittedDecisions decisions = fit_decisions(results, {std::begin(kFalseAlarmRates), std::end(kFalseAlarmRates)});

  const std::string trials = fs::path(options.trials)
                                 .lexically_relative(options.audio_root.empty() ? "." : options.audio_root)
                                 .generic_string();
  json manifest = {
      {"schema", kManifestSchema},
      {"name", fs::path(options.out + "/").parent_path().filename().string()},
      {"version", options.version},
      {"licence", "Apache-2.0"},
      {"tensors", {{"input", "fbank"}, {"output", "embedding"}, {"embedding_dim", config.model.embedding_dim}}},
      {"front_end", front_end_to_json(embedder.front_end())},
      {"quality_limits", quality_limits_to_json({})},
      {"calibration",
       calibration_to_json(ScoreKind::kCosine, {decisions.calibration.scale, decisions.calibration.offset, {}})},
      {"operating_points", operating_points(decisions, trials)},
      {"default_operating_point", kDefaultOperatingPoint},
      {"evaluation", evaluation(results)},
      {"training",
       {{"data", options.data},
        {"licence", options.data_licence},
        {"trainer_version", file.metadata.at("trainer_version")},
        {"recipe", options.recipe},
        {"seed", config.run.seed},
        {"steps", checkpoint_number(file, options.checkpoint, "step")},
        {"config", to_json(config)}}}};

  manifest["calibration"].update({{"p_target", 0.5}, {"trial_list", trials}, {"trials", decisions.num_trials}});
  if (file.metadata.count("git_version") > 0) manifest["training"]["git_version"] = file.metadata.at("git_version");

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
  check_manifest(manifest, options.out + "/manifest.json");
  write_file_atomically(options.out + "/manifest.json", manifest.dump(2) + "\n");
  write_file_atomically(options.out + "/MODEL_CARD.md", card(manifest, options));
}

}  // namespace voiceprint::trainer
