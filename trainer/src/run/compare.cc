#include "run/compare.h"

#include <cstdio>

#include "error.h"
#include "run/manifest.h"
#include "run/model_folder.h"
#include "voiceprint/calibration.h"

namespace voiceprint::trainer {

nlohmann::json quality_to_json(const Quality& q) {
  return {{"duration_s", q.duration_s},    {"net_speech_s", q.net_speech_s},         {"level_dbfs", q.level_dbfs},
          {"peak_dbfs", q.peak_dbfs},      {"clipped_fraction", q.clipped_fraction}, {"snr_db", q.snr_db},
          {"bandwidth_hz", q.bandwidth_hz}};
}

int compare(const std::string& model_folder, const std::string& a, const std::string& b) {
  const ModelFolder model = load_model_folder(model_folder);
  const EmbeddedFile first = model.embedder.embed(a), second = model.embedder.embed(b);
  for (const EmbeddedFile* file : {&first, &second}) {
    if (!file->problem.empty()) throw TrainerError(file->problem);
  }
  const auto limits = quality_limits_from_json(model.manifest["quality_limits"]);
  const std::uint32_t reasons = quality_reasons(first.quality, limits) | quality_reasons(second.quality, limits);
  nlohmann::json out = {{"score", nullptr},
                        {"llr", nullptr},
                        {"probability", nullptr},
                        {"decision", "inconclusive"},
                        {"quality", {quality_to_json(first.quality), quality_to_json(second.quality)}}};
  int status = kCompareInconclusive;
  if (!first.embedding.empty() && !second.embedding.empty()) {
    const TrialScore score =
        take(model.scorer.score_once({first.embedding, first.quality, {}}, {second.embedding, second.quality, {}}));
    out["score"] = score.score;
    if (model.scorer.has_cohort()) out["as_norm"] = score.as_norm;
    out["llr"] = score.llr;
    out["probability"] = posterior(score.llr, model.manifest["calibration"]["p_target"]);
    for (const auto& point : model.manifest["operating_points"]) {
      if (point["name"] != model.manifest["default_operating_point"]) continue;
      out["threshold"] = point;
      if (!is_inconclusive(reasons))
        status = score.llr >= point["threshold_llr"].get<double>() ? kCompareAccepts : kCompareRejects;
    }
  }
  if (status != kCompareInconclusive) out["decision"] = status == kCompareAccepts ? "accept" : "reject";
  std::printf("%s\n", out.dump(2).c_str());
  return status;
}

}  // namespace voiceprint::trainer
