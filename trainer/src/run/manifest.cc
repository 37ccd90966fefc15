#include "run/manifest.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "error.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

using nlohmann::json;

// 0.97f is 0.97 to people: the shortest decimal that gives the same float back.
double shortest(float value) {
  char text[32];
  for (int digits = 6; digits <= 9; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(value));
    if (std::strtof(text, nullptr) == value) break;
  }
  return std::strtod(text, nullptr);
}

template <typename Options>
void write_mel_bins(json& j, const Options& o) {
  j["num_mel_bins"] = o.num_mel_bins;
  j["low_frequency_hz"] = shortest(o.low_frequency_hz);
  j["high_frequency_hz"] = shortest(o.high_frequency_hz);
}

template <typename Options>
void read_mel_bins(const json& j, Options& o) {
  o.num_mel_bins = j.at("num_mel_bins");
  o.low_frequency_hz = j.at("low_frequency_hz");
  o.high_frequency_hz = j.at("high_frequency_hz");
}

json to_json(const FbankOptions& o) {
  json j = {{"frame_length_ms", shortest(o.frame_length_ms)},
            {"frame_shift_ms", shortest(o.frame_shift_ms)},
            {"preemphasis", shortest(o.preemphasis)},
            {"window", "povey"},
            {"log_floor", 1.1920929e-07},
            {"dither", 0},
            {"snip_edges", true}};
  write_mel_bins(j, o);
  return j;
}

// Only what the kind has.
json to_json(FeatureKind kind, const SpectrogramOptions& o) {
  json j = {{"frame_length_ms", shortest(o.frame_length_ms)},
            {"frame_shift_ms", shortest(o.frame_shift_ms)},
            {"window", "hann"},
            {"padding", "reflect"},
            {"power", 2}};
  if (kind == FeatureKind::kSpectrogram) return j;
  write_mel_bins(j, o);
  j["mel_scale"] = "htk";
  if (kind == FeatureKind::kMelSpectrogram) return j;
  j["num_coefficients"] = o.num_coefficients;
  j["log_floor"] = 1e-10;
  j["top_db"] = 80;
  return j;
}

// Manifests written before there was a choice do not name the kind. REQUIRES: the name is known (check_manifest).
FeatureKind feature_kind_of(const json& front_end) {
  const std::string name = front_end.value("feature_kind", kFeatureKindNames[0]);
  std::int32_t kind = 0;
  while (name != kFeatureKindNames[kind]) ++kind;
  return static_cast<FeatureKind>(kind);
}

// Walks "a.b.c" and says which part is missing.
class Checker {
 public:
  Checker(const json& manifest, const std::string& path) : manifest_(manifest), path_(path) {}

  const json& at(const std::string& field) const {
    const json* here = &manifest_;
    std::size_t begin = 0;
    while (begin <= field.size()) {
      const std::size_t dot = std::min(field.find('.', begin), field.size());
      const std::string key = field.substr(begin, dot - begin);
      if (!here->is_object() || !here->contains(key)) fail(field, "is missing");
      here = &(*here)[key];
      begin = dot + 1;
    }
    return *here;
  }
  double number(const std::string& field, double low, double high) const {
    const json& value = at(field);
    if (!value.is_number()) fail(field, "must be a number");
    const double number = value.get<double>();
    if (!(number >= low && number <= high))
      fail(field, "= " + value.dump() + " lies outside " + std::to_string(low) + " to " + std::to_string(high));
    return number;
  }
  std::string text(const std::string& field) const {
    const json& value = at(field);
    if (!value.is_string() || value.get<std::string>().empty()) fail(field, "must be a non-empty string");
    return value.get<std::string>();
  }
  [[noreturn]] void fail(const std::string& field, const std::string& what) const {
    throw TrainerError(path_ + ": " + field + " " + what + "; write the model again with `trainer export`");
  }

 private:
  const json& manifest_;
  const std::string& path_;
};

void check_features(const Checker& check) {
  std::string kind = kFeatureKindNames[0], known;
  bool is_known = false;
  if (check.at("front_end").contains("feature_kind")) kind = check.text("front_end.feature_kind");
  for (const char* name : kFeatureKindNames) {
    is_known = is_known || kind == name;
    known += std::string(known.empty() ? "" : ", ") + name;
  }
  if (!is_known) check.fail("front_end.feature_kind", "= \"" + kind + "\" is none of " + known);
  const std::string section = kind == "fbank" ? "front_end.fbank." : "front_end.spectrogram.";
  std::vector<std::string> fields = {"frame_length_ms", "frame_shift_ms"};
  if (kind == "fbank") fields.push_back("preemphasis");
  if (kind != "spectrogram") fields.insert(fields.end(), {"num_mel_bins", "low_frequency_hz", "high_frequency_hz"});
  if (kind == "mfcc") fields.push_back("num_coefficients");
  for (const std::string& field : fields) check.number(section + field, 0, 48000);
}

QualityMeasure measure_of(const Checker& term) {
  const std::string name = term.text("measure");
  std::string known;
  for (std::size_t i = 0; i < std::size(kQualityMeasureNames); ++i) {
    if (name == kQualityMeasureNames[i]) return static_cast<QualityMeasure>(i);
    known += std::string(known.empty() ? "" : ", ") + kQualityMeasureNames[i];
  }
  term.fail("measure", "= \"" + name + "\" is none of " + known);
}

// How LLRs are computed, and that the cohort and the points' thresholds go with it.
void check_calibration(const json& manifest, const Checker& check, const std::string& path, bool has_version_2) {
  check.number("calibration.scale", 1e-6, 1e6);
  check.number("calibration.offset", -1e6, 1e6);
  const json& calibration = check.at("calibration");
  if (!has_version_2) {
    if (calibration.contains("score") || calibration.contains("terms") || manifest.contains("cohort"))
      check.fail("schema",
                 std::string("must be \"") + kManifestSchema + "\" for calibration.score, terms and a cohort");
    return;
  }
  const std::string score = check.text("calibration.score");
  if (score != "cosine" && score != "as_norm") check.fail("calibration.score", "must be \"cosine\" or \"as_norm\"");
  const json& terms = check.at("calibration.terms");
  if (!terms.is_array() || terms.size() > 16) check.fail("calibration.terms", "must list at most 16 quality terms");
  bool uses_cohort = score == "as_norm";
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::string where = path + ": calibration.terms[" + std::to_string(i) + "]";
    const Checker term(terms[i], where);
    const QualityMeasure measure = measure_of(term);
    uses_cohort = uses_cohort || measure == QualityMeasure::kCohortMean;
    term.number("weight", -1e6, 1e6);
    term.number("high", term.number("low", -1e6, 1e6), 1e6);
  }
  if (uses_cohort != manifest.contains("cohort"))
    check.fail("cohort",
               uses_cohort ? "is missing: the calibration uses it" : "is there, but the calibration uses none");
  if (!uses_cohort) return;
  check.text("cohort.file");
  if (check.text("cohort.sha256").size() != 64) check.fail("cohort.sha256", "must be 64 hex digits");
  check.number("cohort.bytes", 1, 67108864);
  check.number("cohort.top_n", 2, 1e6);
}

}  // namespace

json front_end_to_json(const FrontEndOptions& o) {
  json j = {{"sample_rate_hz", o.vad.sample_rate_hz},
            {"sample_scale", 1.0},
            {"feature_kind", kFeatureKindNames[static_cast<std::size_t>(o.feature_kind)]},
            {"mean_normalisation", kMeanNormalisationNames[static_cast<std::size_t>(o.mean_normalisation)]},
            {"vad",
             {{"min_level_dbfs", shortest(o.vad.min_level_dbfs)},
              {"margin_db", shortest(o.vad.margin_db)},
              {"pad_ms", shortest(o.vad.pad_ms)},
              {"min_speech_ms", shortest(o.vad.min_speech_ms)},
              {"max_gap_ms", shortest(o.vad.max_gap_ms)}}},
            {"crop",
             {{"window_s", shortest(o.crop.window_s)},
              {"max_segment_s", shortest(o.crop.max_segment_s)},
              {"max_speech_s", shortest(o.crop.max_speech_s)},
              {"combine", "mean_embedding"}}}};
  if (o.feature_kind == FeatureKind::kFbank)
    j["fbank"] = to_json(o.fbank);
  else
    j["spectrogram"] = to_json(o.feature_kind, o.spectrogram);
  return j;
}

FrontEndOptions front_end_from_json(const json& j) {
  FrontEndOptions o;
  const json &vad = j.at("vad"), &crop = j.at("crop");
  o.feature_kind = feature_kind_of(j);
  o.mean_normalisation = static_cast<MeanNormalisation>(
      std::find(std::begin(kMeanNormalisationNames), std::end(kMeanNormalisationNames), j.at("mean_normalisation")) -
      std::begin(kMeanNormalisationNames));
  o.vad.sample_rate_hz = j.at("sample_rate_hz");
  if (o.feature_kind == FeatureKind::kFbank) {
    const json& fbank = j.at("fbank");
    o.fbank.sample_rate_hz = o.vad.sample_rate_hz;
    read_mel_bins(fbank, o.fbank);
    o.fbank.frame_length_ms = fbank.at("frame_length_ms");
    o.fbank.frame_shift_ms = fbank.at("frame_shift_ms");
    o.fbank.preemphasis = fbank.at("preemphasis");
  } else {
    const json& spectrogram = j.at("spectrogram");
    o.spectrogram.sample_rate_hz = o.vad.sample_rate_hz;
    o.spectrogram.frame_length_ms = spectrogram.at("frame_length_ms");
    o.spectrogram.frame_shift_ms = spectrogram.at("frame_shift_ms");
    if (o.feature_kind != FeatureKind::kSpectrogram) read_mel_bins(spectrogram, o.spectrogram);
    if (o.feature_kind == FeatureKind::kMfcc) o.spectrogram.num_coefficients = spectrogram.at("num_coefficients");
  }
  o.vad.min_level_dbfs = vad.at("min_level_dbfs");
  o.vad.margin_db = vad.at("margin_db");
  o.vad.pad_ms = vad.at("pad_ms");
  o.vad.min_speech_ms = vad.at("min_speech_ms");
  o.vad.max_gap_ms = vad.at("max_gap_ms");
  o.crop.window_s = crop.at("window_s");
  o.crop.max_segment_s = crop.at("max_segment_s");
  o.crop.max_speech_s = crop.at("max_speech_s");
  return o;
}

json quality_limits_to_json(const QualityLimits& limits) {
  return {{"min_net_speech_s", shortest(limits.min_net_speech_s)},
          {"min_level_dbfs", shortest(limits.min_level_dbfs)},
          {"max_clipped_fraction", shortest(limits.max_clipped_fraction)},
          {"min_snr_db", shortest(limits.min_snr_db)},
          {"min_bandwidth_hz", shortest(limits.min_bandwidth_hz)}};
}

QualityLimits quality_limits_from_json(const json& j) {
  return {j.at("min_net_speech_s"), j.at("min_level_dbfs"), j.at("max_clipped_fraction"), j.at("min_snr_db"),
          j.at("min_bandwidth_hz")};
}

json calibration_to_json(ScoreKind score, const QualityCalibration& calibration) {
  json terms = json::array();
  for (const QualityTerm& term : calibration.terms)
    terms.push_back({{"measure", kQualityMeasureNames[static_cast<std::size_t>(term.measure)]},
                     {"weight", term.weight},
                     {"low", term.low},
                     {"high", term.high}});
  return {{"kind", "logistic"},
          {"score", score == ScoreKind::kAsNorm ? "as_norm" : "cosine"},
          {"scale", calibration.scale},
          {"offset", calibration.offset},
          {"terms", terms}};
}

TrialScorerOptions trial_scorer_options_from_json(const json& manifest) {
  const json& calibration = manifest.at("calibration");
  TrialScorerOptions options;
  options.dimension = manifest.at("tensors").at("embedding_dim");
  options.score = calibration.value("score", "cosine") == "as_norm" ? ScoreKind::kAsNorm : ScoreKind::kCosine;
  options.calibration.scale = calibration.at("scale");
  options.calibration.offset = calibration.at("offset");
  if (calibration.contains("terms")) {
    for (const json& j : calibration["terms"]) {
      const std::string where = "calibration.terms";
      options.calibration.terms.push_back({measure_of(Checker(j, where)), j.at("weight"), j.at("low"), j.at("high")});
    }
  }
  if (manifest.contains("cohort")) options.top_n = manifest["cohort"].at("top_n");
  return options;
}

void check_manifest(const json& manifest, const std::string& path) {
  const Checker check(manifest, path);
  const std::string schema = check.text("schema");
  const bool has_version_2 = schema == kManifestSchema;
  if (!has_version_2 && schema != "voiceprint-manifest/1")
    check.fail("schema", "is \"" + schema + "\"; this program reads voiceprint-manifest/1 and /2");
  for (const char* field : {"name", "version", "licence", "onnx.file", "tensors.input", "tensors.output",
                            "training.data", "training.licence", "training.trainer_version"})
    check.text(field);
  if (check.text("onnx.sha256").size() != 64) check.fail("onnx.sha256", "must be 64 hex digits");
  check.number("onnx.bytes", 1, 2147483647);
  const std::string weights = check.text("onnx.weights");
  if (weights != "int8" && weights != "fp16" && weights != "fp32")
    check.fail("onnx.weights", "must be \"int8\", \"fp16\" or \"fp32\"");
  check.number("tensors.embedding_dim", 2, 4096);
  check.number("front_end.sample_rate_hz", 8000, 48000);
  check.number("front_end.sample_scale", 1, 1);
  const std::string normalisation = check.text("front_end.mean_normalisation");
  if (std::find(std::begin(kMeanNormalisationNames), std::end(kMeanNormalisationNames), normalisation) ==
      std::end(kMeanNormalisationNames))
    check.fail("front_end.mean_normalisation", "must be \"utterance\" or \"level\"");
  check_features(check);
  for (const char* field : {"min_level_dbfs", "margin_db", "pad_ms", "min_speech_ms", "max_gap_ms"})
    check.number(std::string("front_end.vad.") + field, -200, 10000);
  for (const char* field : {"window_s", "max_segment_s", "max_speech_s"})
    check.number(std::string("front_end.crop.") + field, 0.1, 3600);
  for (const char* field :
       {"min_net_speech_s", "min_level_dbfs", "max_clipped_fraction", "min_snr_db", "min_bandwidth_hz"})
    check.number(std::string("quality_limits.") + field, -200, 48000);
  check_calibration(manifest, check, path, has_version_2);
  const TrialScorerOptions scorer = trial_scorer_options_from_json(manifest);
  const bool has_score_thresholds = scorer.score == ScoreKind::kCosine && scorer.calibration.terms.empty();
  const json& points = check.at("operating_points");
  if (!points.is_array() || points.empty()) check.fail("operating_points", "must list at least one operating point");
  bool default_found = false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::string where = path + ": operating_points[" + std::to_string(i) + "]";
    const Checker point(points[i], where);
    default_found = point.text("name") == check.text("default_operating_point") || default_found;
    point.number("target_false_alarm_rate", 0, 1);
    point.number("threshold_llr", -1e6, 1e6);
    if (has_score_thresholds)
      point.number("threshold_score", -2, 2);
    else if (points[i].contains("threshold_score"))
      point.fail("threshold_score", "is there, but no cosine stands for an LLR of this calibration");
    point.number("measured_p_fa", 0, 1);
    point.number("measured_p_miss", 0, 1);
  }
  if (!default_found) check.fail("default_operating_point", "names none of operating_points");
}

json read_manifest(const std::string& path) {
  json manifest = json::parse(read_file(path), nullptr, false);
  if (manifest.is_discarded()) throw TrainerError(path + ": is no JSON; write the model again with `trainer export`");
  check_manifest(manifest, path);
  return manifest;
}

std::string manifest_text(const json& manifest) {
  const std::string indented = manifest.dump(2);
  std::string text;
  for (std::size_t i = 0; i < indented.size();) {
    // No string holds a line's end, so this is a list.
    const bool is_list = indented.compare(i, 2, "[\n") == 0;
    const std::size_t end = is_list ? indented.find_first_not_of("-+.eE0123456789, \n", i + 1) : i;
    if (!is_list || indented[end] != ']') {
      text += indented[i++];
      continue;
    }
    for (; i < end; ++i) {
      if (indented[i] == ',') text += ", ";
      if (indented[i] != ',' && indented[i] != ' ' && indented[i] != '\n') text += indented[i];
    }
  }
  return text + "\n";
}

}  // namespace voiceprint::trainer
