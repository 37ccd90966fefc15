// models/<name>/manifest.json: the contract between trainer and client (models/manifest.schema.json describes it).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "voiceprint/front_end.h"
#include "voiceprint/trial_scorer.h"

namespace voiceprint::trainer {

nlohmann::json front_end_to_json(const FrontEndOptions& options);
nlohmann::json quality_limits_to_json(const QualityLimits& limits);
FrontEndOptions front_end_from_json(const nlohmann::json& json);
QualityLimits quality_limits_from_json(const nlohmann::json& json);
// The fields of `calibration` that say how an LLR is computed: kind, score, scale, offset, terms.
nlohmann::json calibration_to_json(ScoreKind score, const QualityCalibration& calibration);
// Of a whole manifest that check_manifest accepts.
TrialScorerOptions trial_scorer_options_from_json(const nlohmann::json& manifest);

// "voiceprint-manifest/2": what is written; read is also version 1, whose calibration is linear in the cosine.
inline constexpr const char* kManifestSchema = "voiceprint-manifest/2";

// Throws TrainerError "<path>: <field> ..." unless every field that a client needs is there, of the right type and in
// range.
void check_manifest(const nlohmann::json& manifest, const std::string& path);
nlohmann::json read_manifest(const std::string& path);
// As it is written: indented, but lists of numbers on one line.
std::string manifest_text(const nlohmann::json& manifest);

// The sections that are also written into the ONNX metadata, each as JSON text.
inline constexpr const char* kMetadataSections[] = {"name",        "version",          "licence",
                                                    "tensors",     "front_end",        "quality_limits",
                                                    "calibration", "operating_points", "default_operating_point",
                                                    "training"};

}  // namespace voiceprint::trainer
