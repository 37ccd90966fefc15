#include "run/finetune.h"

#include <algorithm>

#include "data/pack.h"
#include "error.h"
#include "run/checkpoint.h"

namespace voiceprint::trainer {
namespace {

using nlohmann::json;

constexpr double kLongCropSeconds = 6.0;

json own_data_stage() {
  return {{"optim", {{"lr", 1e-4}, {"backbone_lr_scale", 0.5}}},
          {"run", {{"init_head", false}, {"freeze", "backbone"}, {"unfreeze_at", 0.05}}}};
}

json large_margin_stage(const Config& first) {
  const double margin = first.loss.kind == "aam" ? 0.5 : std::max(0.3, first.loss.margin);
  return {{"data",
           {{"min_crop_s", kLongCropSeconds},
            {"max_crop_s", kLongCropSeconds},
            {"speakers_per_batch", std::max<std::int64_t>(2, first.data.speakers_per_batch / 2)}}},
          {"augment", {{"speed", 0.0}}},
          {"loss", {{"margin", margin}, {"initial_margin", margin}, {"margin_start", 0.0}, {"margin_end", 0.0}}},
          {"optim",
           {{"lr", 1e-4},
            {"final_lr", 2.5e-5},
            {"schedule", "exponential"},
            {"warmup", 0.2},
            {"backbone_lr_scale", 1.0},
            {"head_lr_scale", 1.0}}},
          {"run",
           {{"steps", std::max<std::int64_t>(1, first.run.steps / 20)},
            {"init_head", true},
            {"freeze", ""},
            {"unfreeze_at", 1.0}}}};
}

// Half of the speakers have at least this much speech: a longer crop would mostly repeat itself.
double median_speech_seconds(const Pack& pack) {
  std::vector<double> seconds(pack.speakers().size());
  for (const PackRecord& record : pack.records())
    seconds[record.speaker] += static_cast<double>(record.num_samples) / pack.sample_rate_hz();
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return seconds.empty() ? kLongCropSeconds : *middle;
}

}  // namespace

Config finetune_config(const std::string& checkpoint, bool large_margin, const std::string& file,
                       const std::vector<std::string>& overrides) {
  const Config first = checkpoint_config(read_tensor_file(checkpoint), checkpoint);
  if (large_margin && first.loss.kind == "cross_entropy")
    throw TrainerError(checkpoint + ": was trained with loss.kind = cross_entropy, which has no margin to enlarge; " +
                       "leave --large-margin out, or train with loss.kind = aam");
  json base = to_json(first);
  base["model"].erase("num_mel_bins");  // follows from the features
  base.update(large_margin ? large_margin_stage(first) : own_data_stage(), /*merge_objects=*/true);
  base["run"]["init"] = checkpoint;
  const Config config = load_config(file, overrides, base);
  if (!large_margin) return config;
  const double crop =
      std::max(first.data.max_crop_s, std::min(kLongCropSeconds, median_speech_seconds(Pack(config.data.pack))));
  base["data"]["min_crop_s"] = base["data"]["max_crop_s"] = crop;
  return load_config(file, overrides, base);
}

}  // namespace voiceprint::trainer
