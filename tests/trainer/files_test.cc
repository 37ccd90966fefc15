// Files that must survive a kill and must not be believed: atomic writes, safetensors, SHA-256, manifests.
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "expect_error.h"
#include "run/manifest.h"
#include "run/quantise.h"
#include "run/safetensors.h"
#include "run/sha256.h"
#include "run/write_file.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

TensorFile small_file() {
  const std::vector<float> values = {1.5f, -2.0f, 3.25f, 0.0f, 5.0f, -6.5f};
  TensorFile file;
  file.metadata["step"] = "7";
  file.tensors["a/weight"] = {"F32", {2, 3}, std::string(reinterpret_cast<const char*>(values.data()), 24)};
  file.tensors["count"] = {"I64", {}, std::string("\x2a\0\0\0\0\0\0\0", 8)};
  return file;
}

TEST(Safetensors, ReadsBackWhatWasWritten) {
  const TemporaryFolder folder;
  write_tensor_file(folder / "x", small_file());
  const TensorFile file = read_tensor_file(folder / "x");
  EXPECT_EQ(file.metadata.at("step"), "7");
  EXPECT_EQ(file.at("a/weight", "x").floats(), (std::vector<float>{1.5f, -2.0f, 3.25f, 0.0f, 5.0f, -6.5f}));
  EXPECT_EQ(file.at("a/weight", "x").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(file.at("count", "x").data[0], 42);
}

TEST(Safetensors, RefusesEveryTruncation) {
  const TemporaryFolder folder;
  write_tensor_file(folder / "whole", small_file());
  const std::string bytes = read_file(folder / "whole");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    write_file_atomically(folder / "cut", bytes.substr(0, length));
    EXPECT_ERROR(read_tensor_file(folder / "cut"), "not a usable safetensors file");
  }
}

TEST(Safetensors, RefusesLyingHeaders) {
  const TemporaryFolder folder;
  const auto with_header = [&](const std::string& header, std::size_t data_bytes) {
    const std::uint64_t length = header.size();
    std::string bytes(reinterpret_cast<const char*>(&length), 8);
    write_file_atomically(folder / "x", bytes + header + std::string(data_bytes, '\0'));
  };
  with_header(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,8]}})", 8);
  EXPECT_ERROR(read_tensor_file(folder / "x"), "does not fill its shape");
  with_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", 8);
  EXPECT_ERROR(read_tensor_file(folder / "x"), "does not fill its shape");
  with_header(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 8);
  EXPECT_ERROR(read_tensor_file(folder / "x"), "impossible shape");
  with_header(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})", 8);
  EXPECT_ERROR(read_tensor_file(folder / "x"), "impossible shape");
  with_header(R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})", 8);
  EXPECT_ERROR(read_tensor_file(folder / "x"), "F64");
  with_header(R"({"a":3})", 8);
  EXPECT_ERROR(read_tensor_file(folder / "x"), "not the expected JSON");
}

TEST(Safetensors, NamesAMissingTensor) {
  EXPECT_ERROR(small_file().at("b", "file.x"), "file.x: holds no tensor 'b'");
}

TEST(WriteFile, AFullDiskLeavesTheOldFile) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "x", "old");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = error_of([&] { write_file_atomically(folder / "x", std::string(100000, 'n')); });
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_NE(message.find("cannot be written"), std::string::npos) << message;
  EXPECT_EQ(read_file(folder / "x"), "old");
  EXPECT_FALSE(std::filesystem::exists(folder / "x.writing"));
}

TEST(WriteFile, NamesAFolderThatIsNotThere) {
  EXPECT_ERROR(write_file_atomically("/nowhere/at/all", "x"), "/nowhere/at/all");
}

TEST(Sha256, KnowsThePublishedVectors) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Quantise, ErrsByHalfAStepAtMost) {
  const std::vector<float> weights = {0.5f, -1.27f, 0.004f, 1.0f, 0, 0, 0, 0, 3e-5f, 1e-5f, -2e-5f, 0};
  const QuantisedWeights rounded = quantise_rows(weights, 3);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float scale = rounded.scales[i / 4];
    EXPECT_LE(std::abs(static_cast<float>(rounded.values[i]) * scale - weights[i]), scale * 0.5001f);
  }
  EXPECT_EQ(rounded.values[1], -127);
}

nlohmann::json good_manifest() {
  nlohmann::json m = {{"schema", "voiceprint-manifest/1"}, {"name", "n"}, {"version", "1"}, {"licence", "l"}};
  m["onnx"] = {{"file", "model.onnx"}, {"bytes", 10}, {"sha256", std::string(64, 'a')}, {"weights", "int8"}};
  m["tensors"] = {{"input", "fbank"}, {"output", "embedding"}, {"embedding_dim", 192}};
  m["front_end"] = front_end_to_json({});
  m["quality_limits"] = quality_limits_to_json({});
  m["calibration"] = {{"scale", 10.0}, {"offset", -3.0}};
  m["operating_points"] = {{{"name", "p"},
                            {"target_false_alarm_rate", 0.1},
                            {"threshold_score", 0.3},
                            {"threshold_llr", 0.0},
                            {"measured_p_fa", 0.1},
                            {"measured_p_miss", 0.1}}};
  m["default_operating_point"] = "p";
  m["training"] = {{"data", "d"}, {"licence", "l"}, {"trainer_version", "0"}};
  return m;
}

TEST(Manifest, IsWrittenForPeopleToo) {
  const nlohmann::json json = {
      {"a", {1, -2.5, 1e-9}}, {"b", {"[", "1"}}, {"c", nlohmann::json::array()}, {"d", {{{"e", {0}}}}}};
  EXPECT_EQ(manifest_text(json), R"({
  "a": [1, -2.5, 1e-09],
  "b": [
    "[",
    "1"
  ],
  "c": [],
  "d": [
    {
      "e": [0]
    }
  ]
}
)");
  EXPECT_EQ(nlohmann::json::parse(manifest_text(json)), json);
}

TEST(Manifest, NamesTheFieldThatIsWrong) {
  check_manifest(good_manifest(), "m.json");
  const auto broken = [](const char* pointer, const nlohmann::json& value) {
    nlohmann::json m = good_manifest();
    m[nlohmann::json::json_pointer(pointer)] = value;
    return error_of([&] { check_manifest(m, "m.json"); });
  };
  EXPECT_NE(broken("/schema", "voiceprint-manifest/9").find("m.json: schema is"), std::string::npos);
  EXPECT_NE(broken("/onnx/sha256", "abc").find("onnx.sha256"), std::string::npos);
  EXPECT_NE(broken("/tensors/embedding_dim", "many").find("tensors.embedding_dim must be a number"), std::string::npos);
  EXPECT_NE(broken("/calibration/scale", -1).find("calibration.scale"), std::string::npos);
  EXPECT_NE(broken("/operating_points", nlohmann::json::array()).find("operating_points"), std::string::npos);
  EXPECT_NE(broken("/default_operating_point", "q").find("default_operating_point"), std::string::npos);
  nlohmann::json m = good_manifest();
  m["front_end"]["vad"].erase("pad_ms");
  EXPECT_ERROR(check_manifest(m, "m.json"), "front_end.vad.pad_ms is missing");
  m = good_manifest();
  m["front_end"].erase("feature_kind");  // as before there was a choice
  check_manifest(m, "m.json");
  EXPECT_EQ(front_end_from_json(m["front_end"]).feature_kind, FeatureKind::kFbank);
  EXPECT_EQ(front_end_from_json(m["front_end"]).mean_normalisation, MeanNormalisation::kUtterance);
  m["front_end"]["mean_normalisation"] = "none";
  EXPECT_ERROR(check_manifest(m, "m.json"), "front_end.mean_normalisation must be \"utterance\" or \"level\"");
  m["front_end"]["mean_normalisation"] = "level";
  m["front_end"]["feature_kind"] = "lpc";
  EXPECT_ERROR(check_manifest(m, "m.json"), "front_end.feature_kind = \"lpc\" is none of fbank, spectrogram,");
  m["front_end"]["feature_kind"] = "mfcc";
  EXPECT_ERROR(check_manifest(m, "m.json"), "front_end.spectrogram.frame_length_ms is missing");
}

TEST(Manifest, CalibrationOfVersion2SurvivesTheRoundTrip) {
  const QualityCalibration calibration{
      0.8, -2.5, {{QualityMeasure::kLogNetSpeechShorter, 0.5, -1, 3}, {QualityMeasure::kCohortMean, -4, 0, 0.5}}};
  nlohmann::json m = good_manifest();
  m["schema"] = kManifestSchema;
  m["calibration"] = calibration_to_json(ScoreKind::kAsNorm, calibration);
  m["cohort"] = {{"file", "cohort.bin"}, {"bytes", 1000}, {"sha256", std::string(64, 'b')}, {"top_n", 50}};
  m["operating_points"][0].erase("threshold_score");
  check_manifest(m, "m.json");
  const TrialScorerOptions options = trial_scorer_options_from_json(m);
  EXPECT_EQ(options.dimension, 192u);
  EXPECT_EQ(options.score, ScoreKind::kAsNorm);
  EXPECT_EQ(options.top_n, 50u);
  EXPECT_EQ(options.calibration.scale, 0.8);
  EXPECT_EQ(options.calibration.offset, -2.5);
  ASSERT_EQ(options.calibration.terms.size(), 2u);
  EXPECT_EQ(options.calibration.terms[1].measure, QualityMeasure::kCohortMean);
  EXPECT_EQ(options.calibration.terms[1].weight, -4);
  EXPECT_EQ(options.calibration.terms[0].high, 3);

  // Version 1 is linear in the cosine.
  const TrialScorerOptions old = trial_scorer_options_from_json(good_manifest());
  EXPECT_EQ(old.score, ScoreKind::kCosine);
  EXPECT_EQ(old.calibration.scale, 10);
  EXPECT_TRUE(old.calibration.terms.empty());

  const auto broken = [&](const char* pointer, const nlohmann::json& value) {
    nlohmann::json changed = m;
    const nlohmann::json::json_pointer place(pointer);
    if (value.is_discarded())
      changed[place.parent_pointer()].erase(place.back());
    else
      changed[place] = value;
    return error_of([&] { check_manifest(changed, "m.json"); });
  };
  const nlohmann::json absent(nlohmann::json::value_t::discarded);
  const auto names = [](const std::string& message, const char* field) {
    return message.find(field) != std::string::npos ? "" : "\"" + message + "\" does not name " + field;
  };
  EXPECT_EQ(names(broken("/calibration/score", "plda"), "calibration.score must be"), "");
  EXPECT_EQ(names(broken("/calibration/score", absent), "calibration.score is missing"), "");
  EXPECT_EQ(names(broken("/calibration/terms", absent), "calibration.terms is missing"), "");
  EXPECT_EQ(names(broken("/calibration/terms/0/measure", "age"), "terms[0]: measure = \"age\" is none of log_net"), "");
  EXPECT_EQ(names(broken("/calibration/terms/1/high", -1), "terms[1]: high"), "");
  EXPECT_EQ(names(broken("/cohort", absent), "cohort is missing: the calibration uses it"), "");
  EXPECT_EQ(names(broken("/cohort/sha256", "b"), "cohort.sha256"), "");
  EXPECT_EQ(names(broken("/cohort/top_n", 1), "cohort.top_n"), "");
  EXPECT_EQ(names(broken("/operating_points/0/threshold_score", 0.3), "threshold_score is there"), "");
  EXPECT_EQ(names(broken("/schema", "voiceprint-manifest/1"), "schema must be \"voiceprint-manifest/2\""), "");
  m["calibration"] = calibration_to_json(ScoreKind::kCosine, {10, -3, {}});
  EXPECT_EQ(names(broken("/name", "n"), "cohort is there, but the calibration uses none"), "");
  m.erase("cohort");
  EXPECT_EQ(names(broken("/name", "n"), "threshold_score is missing"), "");
}

TEST(Manifest, FrontEndSurvivesTheRoundTrip) {
  FrontEndOptions options;
  options.vad.margin_db = 7.3f;
  options.crop.max_segment_s = 8.1f;
  const FrontEndOptions back = front_end_from_json(nlohmann::json::parse(front_end_to_json(options).dump()));
  EXPECT_EQ(back.vad.margin_db, options.vad.margin_db);
  EXPECT_EQ(back.crop.max_segment_s, options.crop.max_segment_s);
  EXPECT_EQ(back.fbank.preemphasis, options.fbank.preemphasis);
}

TEST(Manifest, EveryFeatureKindSurvivesTheRoundTrip) {
  for (FeatureKind kind :
       {FeatureKind::kFbank, FeatureKind::kSpectrogram, FeatureKind::kMelSpectrogram, FeatureKind::kMfcc}) {
    FrontEndOptions options;
    options.feature_kind = kind;
    options.mean_normalisation = MeanNormalisation::kLevel;
    options.fbank.sample_rate_hz = options.spectrogram.sample_rate_hz = options.vad.sample_rate_hz = 8000;
    options.fbank.num_mel_bins = 41;
    options.spectrogram = {8000, 42, 60.1f, 3700.7f, 20, 8.3f, 13};
    nlohmann::json m = good_manifest();
    m["front_end"] = nlohmann::json::parse(front_end_to_json(options).dump());
    check_manifest(m, "m.json");
    const FrontEndOptions back = front_end_from_json(m["front_end"]);
    EXPECT_EQ(back.feature_kind, kind);
    EXPECT_EQ(back.mean_normalisation, MeanNormalisation::kLevel);
    EXPECT_EQ(back.vad.sample_rate_hz, 8000);
    if (kind == FeatureKind::kFbank) {
      EXPECT_EQ(back.fbank.sample_rate_hz, 8000);
      EXPECT_EQ(back.fbank.num_mel_bins, 41);
      continue;
    }
    EXPECT_EQ(back.spectrogram.sample_rate_hz, 8000);
    EXPECT_EQ(back.spectrogram.frame_length_ms, 20);
    EXPECT_EQ(back.spectrogram.frame_shift_ms, 8.3f);
    const bool has_mel_bins = kind != FeatureKind::kSpectrogram;
    EXPECT_EQ(back.spectrogram.num_mel_bins == 42, has_mel_bins);
    EXPECT_EQ(back.spectrogram.low_frequency_hz == 60.1f, has_mel_bins);
    EXPECT_EQ(back.spectrogram.high_frequency_hz == 3700.7f, has_mel_bins);
    EXPECT_EQ(back.spectrogram.num_coefficients == 13, kind == FeatureKind::kMfcc);
  }
}

}  // namespace
}  // namespace voiceprint::trainer
