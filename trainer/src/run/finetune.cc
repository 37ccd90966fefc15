#include "run/finetune.h"

#include <algorithm>
#include <set>

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

json large_margin_stage(const Config& first, const std::string& loss_kind) {
  const double margin = loss_kind == "aam" ? 0.5 : std::max(0.3, first.loss.margin);
  return {{"data",
           {{"min_crop_s", kLongCropSeconds},
            {"max_crop_s", kLongCropSeconds},
            {"speakers_per_batch", std::max<std::int64_t>(2, first.data.speakers_per_batch / 2)}}},
          {"augment", {{"speed", 0.0}}},
          {"loss",
           {{"margin", margin},
            {"initial_margin", margin},
            {"margin_start", 0.0},
            {"margin_end", 0.0},
            {"inter_top_k", 0}}},
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

// The stage is for a head that knows its speakers.
void require_head_for(const Config& config, const Config& first, const TensorFile& file, const std::string& checkpoint,
                      const Pack& pack) {
  const std::string cure = "; --large-margin trains on with the same head: set it back, or leave --large-margin out";
  if (config.loss.sub_centers != first.loss.sub_centers)
    throw TrainerError(checkpoint + ": was trained with loss.sub_centers = " + std::to_string(first.loss.sub_centers) +
                       ", the configuration has " + std::to_string(config.loss.sub_centers) + cure);
  const std::vector<std::string> known = checkpoint_speakers(file);
  const std::set<std::string> speakers(known.begin(), known.end());
  for (const std::string& speaker : pack.speakers()) {
    if (speakers.count(speaker) == 0)
      throw TrainerError(checkpoint + ": its head has no row for speaker '" + speaker +
                         "' of data.pack = " + config.data.pack + cure);
  }
}

}  // namespace

Config finetune_config(const std::string& checkpoint, bool large_margin, const std::string& file,
                       const std::vector<std::string>& overrides) {
  const TensorFile stored = read_tensor_file(checkpoint);
  const Config first = checkpoint_config(stored, checkpoint);
  json base = to_json(first);
  base["model"].erase("num_mel_bins");  // follows from the features
  base["run"]["init"] = checkpoint;
  const auto take_stage = [&](const std::string& loss_kind) {
    base.update(large_margin ? large_margin_stage(first, loss_kind) : own_data_stage(), /*merge_objects=*/true);
    return load_config(file, overrides, base);
  };
  const std::string loss_kind = take_stage(first.loss.kind).loss.kind;
  if (large_margin && loss_kind == "cross_entropy")
    throw TrainerError(checkpoint + ": loss.kind = cross_entropy has no margin to enlarge; leave --large-margin out, " +
                       "or train with loss.kind = aam");
  const Config config = take_stage(loss_kind);
  if (!large_margin) return config;
  const Pack pack(config.data.pack);
  require_head_for(config, first, stored, checkpoint, pack);
  const double crop = std::max(first.data.max_crop_s, std::min(kLongCropSeconds, median_speech_seconds(pack)));
  base["data"]["min_crop_s"] = base["data"]["max_crop_s"] = crop;
  return load_config(file, overrides, base);
}

}  // namespace voiceprint::trainer
