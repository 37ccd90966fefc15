#include "run/config.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <sstream>
#include <type_traits>

#include "error.h"
#include "model/presets.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

using nlohmann::json;

constexpr std::int64_t kMany = 1'000'000'000;

// One call per field: (section, key, value, lowest, highest) for numbers, (section, key, value, allowed names) for
// strings, (section, key, value) for booleans.
template <typename ConfigType, typename Visitor>
void visit_fields(ConfigType& c, Visitor&& visit) {
  const std::vector<std::string> any;
  visit("data", "pack", c.data.pack, any);
  visit("data", "noise_pack", c.data.noise_pack, any);
  visit("data", "rir_pack", c.data.rir_pack, any);
  visit("data", "min_crop_s", c.data.min_crop_s, 0.2, 60.0);
  visit("data", "max_crop_s", c.data.max_crop_s, 0.2, 60.0);
  visit("data", "whole_utterances", c.data.whole_utterances);
  visit("data", "sampler", c.data.sampler, {"speakers", "balanced", "random"});
  visit("data", "groups", c.data.groups);
  visit("data", "speakers_per_batch", c.data.speakers_per_batch, 2, 65536);
  visit("data", "crops_per_speaker", c.data.crops_per_speaker, 1, 256);
  visit("data", "speaker_weight_power", c.data.speaker_weight_power, 0.0, 4.0);
  visit("data", "speaker_weight_cap_s", c.data.speaker_weight_cap_s, 0.1, 1e6);
  visit("data", "loader_threads", c.data.loader_threads, 1, 256);
  visit("data", "prefetch", c.data.prefetch, 1, 1024);
  visit("data", "cache", c.data.cache, any);
  visit("data", "on_device", c.data.on_device, {"auto", "true", "false"});
  visit("features", "kind", c.features.kind,
        std::vector<std::string>(std::begin(kFeatureKindNames), std::end(kFeatureKindNames)));
  visit("features", "num_mel_bins", c.features.num_mel_bins, 4, 256);
  visit("features", "low_frequency_hz", c.features.low_frequency_hz, 0.0, 8000.0);
  visit("features", "high_frequency_hz", c.features.high_frequency_hz, 0.0, 8000.0);
  visit("features", "frame_length_ms", c.features.frame_length_ms, 5.0, 100.0);
  visit("features", "frame_shift_ms", c.features.frame_shift_ms, 1.0, 100.0);
  visit("features", "preemphasis", c.features.preemphasis, 0.0, 1.0);
  visit("features", "num_coefficients", c.features.num_coefficients, 1, 256);
  visit("features", "mean_normalisation", c.features.mean_normalisation,
        std::vector<std::string>(std::begin(kMeanNormalisationNames), std::end(kMeanNormalisationNames)));
  visit("augment", "speed", c.augment.speed, 0.0, 1.0);
  visit("augment", "speed_classes", c.augment.speed_classes);
  visit("augment", "time_shift", c.augment.time_shift, 0.0, 1.0);
  visit("augment", "time_shift_ms", c.augment.time_shift_ms, 0.0, 10000.0);
  visit("augment", "room", c.augment.room, 0.0, 1.0);
  visit("augment", "simulated_rooms", c.augment.simulated_rooms, 0, 100000);
  visit("augment", "room_min_rt60_s", c.augment.room_min_rt60_s, 0.05, 2.0);
  visit("augment", "room_max_rt60_s", c.augment.room_max_rt60_s, 0.05, 2.0);
  visit("augment", "device", c.augment.device, 0.0, 1.0);
  visit("augment", "device_measured", c.augment.device_measured, 0.0, 1.0);
  visit("augment", "device_db", c.augment.device_db, 0.0, 40.0);
  visit("augment", "noise", c.augment.noise, 0.0, 1.0);
  visit("augment", "noise_coloured", c.augment.noise_coloured, 0.0, 1.0);
  visit("augment", "noise_babble", c.augment.noise_babble, 0.0, 1.0);
  visit("augment", "min_snr_db", c.augment.min_snr_db, -20.0, 80.0);
  visit("augment", "max_snr_db", c.augment.max_snr_db, -20.0, 80.0);
  visit("augment", "babble", c.augment.babble, 0.0, 1.0);
  visit("augment", "babble_min_snr_db", c.augment.babble_min_snr_db, -20.0, 80.0);
  visit("augment", "babble_max_snr_db", c.augment.babble_max_snr_db, -20.0, 80.0);
  visit("augment", "babble_min_voices", c.augment.babble_min_voices, 1, 100);
  visit("augment", "babble_max_voices", c.augment.babble_max_voices, 1, 100);
  visit("augment", "gain", c.augment.gain, 0.0, 1.0);
  visit("augment", "gain_db", c.augment.gain_db, 0.0, 60.0);
  visit("augment", "clip", c.augment.clip, 0.0, 1.0);
  visit("augment", "clip_share", c.augment.clip_share, 0.0, 0.5);
  visit("augment", "codec", c.augment.codec, 0.0, 1.0);
  visit("augment", "codecs", c.augment.codecs, any);
  visit("augment", "codec_min_compression", c.augment.codec_min_compression, 0.0, 1.0);
  visit("augment", "codec_max_compression", c.augment.codec_max_compression, 0.0, 1.0);
  visit("augment", "spec", c.augment.spec, 0.0, 1.0);
  visit("augment", "spec_time_masks", c.augment.spec_time_masks, 0, 100);
  visit("augment", "spec_time_frames", c.augment.spec_time_frames, 0, 1000);
  visit("augment", "spec_freq_masks", c.augment.spec_freq_masks, 0, 100);
  visit("augment", "spec_bins", c.augment.spec_bins, 0, 1000);
  visit("model", "kind", c.model.kind, model_kinds());
  visit("model", "num_mel_bins", c.model.num_mel_bins, 1, 4096);
  visit("model", "channels", c.model.channels, 4, 8192);
  visit("model", "embedding_dim", c.model.embedding_dim, 2, 4096);
  visit("model", "embedding_layers", c.model.embedding_layers, 1, 2);
  visit("model", "embedding_norm", c.model.embedding_norm, {"none", "plain", "affine"});
  visit("model", "pooled_norm", c.model.pooled_norm);
  visit("model", "pooling", c.model.pooling, {"asp", "sap", "tap", "tsp", "tstp"});
  visit("model", "attention_channels", c.model.attention_channels, 1, 4096);
  visit("model", "global_context", c.model.global_context);
  visit("model", "attention_norm", c.model.attention_norm);
  visit("model", "unbiased_std", c.model.unbiased_std);
  visit("model", "padding", c.model.padding, {"zeros", "reflect", "none"});
  visit("model", "members", c.model.members, 1, 16);
  visit("model", "statistics_dim", c.model.statistics_dim, 0, 4096);
  visit("model", "statistics_weight", c.model.statistics_weight, 0.0, 100.0);
  visit("model", "num_blocks", c.model.num_blocks, 1, 16);
  visit("model", "mfa_channels", c.model.mfa_channels, 0, 16384);
  visit("model", "mfa_norm", c.model.mfa_norm);
  visit("model", "se_channels", c.model.se_channels, 1, 4096);
  visit("model", "res2_scale", c.model.res2_scale, 2, 64);
  visit("model", "res2_first_passes", c.model.res2_first_passes);
  visit("model", "block_input", c.model.block_input, {"chain", "sum"});
  visit("model", "block_residual", c.model.block_residual);
  visit("model", "conv_bias", c.model.conv_bias);
  visit("model", "base_width", c.model.base_width, 4, 512);
  visit("model", "expansion", c.model.expansion, 1, 16);
  visit("model", "se_reduction", c.model.se_reduction, 1, 64);
  visit("model", "growth", c.model.growth, 4, 512);
  visit("model", "bottleneck", c.model.bottleneck, 1, 64);
  visit("loss", "kind", c.loss.kind, {"aam", "am", "arm", "cross_entropy", "sphereface2", "triplet"});
  visit("loss", "scale", c.loss.scale, 1.0, 200.0);
  visit("loss", "margin", c.loss.margin, 0.0, 1.5);
  visit("loss", "initial_margin", c.loss.initial_margin, 0.0, 1.5);
  visit("loss", "margin_schedule", c.loss.margin_schedule, {"linear", "exponential"});
  visit("loss", "margin_start", c.loss.margin_start, 0.0, 1.0);
  visit("loss", "margin_end", c.loss.margin_end, 0.0, 1.0);
  visit("loss", "sub_centers", c.loss.sub_centers, 1, 16);
  visit("loss", "easy_margin", c.loss.easy_margin);
  visit("loss", "fallback", c.loss.fallback, {"sine", "cosine"});
  visit("loss", "inter_top_k", c.loss.inter_top_k, 0, 1000);
  visit("loss", "inter_margin", c.loss.inter_margin, 0.0, 1.5);
  visit("loss", "label_smoothing", c.loss.label_smoothing, 0.0, 0.9);
  visit("loss", "sphereface2_type", c.loss.sphereface2_type, {"A", "C"});
  visit("loss", "sphereface2_lambda", c.loss.sphereface2_lambda, 0.0, 1.0);
  visit("loss", "sphereface2_t", c.loss.sphereface2_t, 1.0, 20.0);
  visit("loss", "triplet_positive", c.loss.triplet_positive, -1.0, 1.0);
  visit("loss", "triplet_negative", c.loss.triplet_negative, -1.0, 1.0);
  visit("loss", "triplet_weight", c.loss.triplet_weight, 0.0, 100.0);
  visit("loss", "contrast", c.loss.contrast, 0.0, 100.0);
  visit("optim", "kind", c.optim.kind, {"adamw", "adam", "sgd"});
  visit("optim", "lr", c.optim.lr, 0.0, 10.0);
  visit("optim", "final_lr", c.optim.final_lr, 0.0, 10.0);
  visit("optim", "schedule", c.optim.schedule, {"warmup_cosine", "cosine", "exponential", "step"});
  visit("optim", "warmup", c.optim.warmup, 0.0, 1.0);
  visit("optim", "cosine_span", c.optim.cosine_span, 0.01, 100.0);
  visit("optim", "step_share", c.optim.step_share, 1e-6, 1.0);
  visit("optim", "step_gamma", c.optim.step_gamma, 0.0, 1.0);
  visit("optim", "backbone_lr_scale", c.optim.backbone_lr_scale, 0.0, 1000.0);
  visit("optim", "head_lr_scale", c.optim.head_lr_scale, 0.0, 1000.0);
  visit("optim", "weight_decay", c.optim.weight_decay, 0.0, 10.0);
  visit("optim", "head_weight_decay", c.optim.head_weight_decay, 0.0, 10.0);
  visit("optim", "clip_norm", c.optim.clip_norm, 0.0, 1e9);
  visit("optim", "average", c.optim.average, {"none", "ema", "mean"});
  visit("optim", "ema_decay", c.optim.ema_decay, 0.1, 0.999999);
  visit("optim", "average_share", c.optim.average_share, 0.0, 1.0);
  visit("optim", "precision", c.optim.precision, {"auto", "bf16", "fp16", "fp32"});
  visit("lda", "weight", c.lda.weight, 0.0, 100.0);
  visit("lda", "dim", c.lda.dim, 2, 4096);
  visit("lda", "cap", c.lda.cap, 2.0, 1e9);
  visit("lda", "copy_share", c.lda.copy_share, 0.0, 100.0);
  visit("lda", "spread_share", c.lda.spread_share, 0.0, 100.0);
  visit("lda", "ridge", c.lda.ridge, 0.0, 100.0);
  visit("lda", "copies", c.lda.copies, 0, 100);
  visit("run", "seed", c.run.seed, 0, std::numeric_limits<std::int64_t>::max());
  visit("run", "steps", c.run.steps, 1, kMany);
  visit("run", "log_every", c.run.log_every, 1, kMany);
  visit("run", "checkpoint_every", c.run.checkpoint_every, 1, kMany);
  visit("run", "eval_every", c.run.eval_every, 1, kMany);
  visit("run", "keep_every", c.run.keep_every, 0, kMany);
  visit("run", "keep_last", c.run.keep_last, 0, kMany);
  visit("run", "patience", c.run.patience, 0, kMany);
  visit("run", "device", c.run.device, any);
  visit("run", "threads", c.run.threads, 0, 1024);
  visit("run", "cuda_graph", c.run.cuda_graph);
  visit("run", "distributed_timeout_s", c.run.distributed_timeout_s, 1, 86400);
  visit("run", "trials", c.run.trials, any);
  visit("run", "audio_root", c.run.audio_root, any);
  visit("run", "init", c.run.init, any);
  visit("run", "init_head", c.run.init_head);
  visit("run", "freeze", c.run.freeze, any);
  visit("run", "unfreeze_at", c.run.unfreeze_at, 0.0, 1.0);
}

class Reader {
 public:
  Reader(const json& source, std::string name) : json_(source), name_(std::move(name)) {}

  template <typename Number, typename Low, typename High>
  void operator()(const char* section, const char* key, Number& value, Low low, High high) {
    const json* entry = find(section, key);
    if (entry == nullptr) return;
    if (std::is_integral_v<Number> ? !entry->is_number_integer() : !entry->is_number()) {
      fail(section, key, std::is_integral_v<Number> ? "must be a whole number" : "must be a number", *entry);
    }
    const double number = entry->get<double>();
    if (!(number >= static_cast<double>(low) && number <= static_cast<double>(high))) {
      std::ostringstream range;
      range << "must lie between " << low << " and " << high;
      fail(section, key, range.str(), *entry);
    }
    value = entry->get<Number>();
  }

  void operator()(const char* section, const char* key, std::string& value, const std::vector<std::string>& allowed) {
    const json* entry = find(section, key);
    if (entry == nullptr) return;
    // "true" may be written as true.
    const bool has_truths = std::find(allowed.begin(), allowed.end(), "true") != allowed.end();
    if (!entry->is_string() && !(has_truths && entry->is_boolean()))
      fail(section, key, has_truths ? "must be true, false or a string" : "must be a string", *entry);
    value = entry->is_boolean() ? entry->dump() : entry->get<std::string>();
    if (allowed.empty()) return;
    for (const std::string& name : allowed) {
      if (name == value) return;
    }
    fail(section, key, "is not known; did you mean \"" + nearest_name(value, allowed) + "\"?", *entry);
  }

  void operator()(const char* section, const char* key, bool& value) {
    const json* entry = find(section, key);
    if (entry == nullptr) return;
    if (!entry->is_boolean()) fail(section, key, "must be true or false", *entry);
    value = entry->get<bool>();
  }

 private:
  const json* find(const char* section, const char* key) const {
    const auto part = json_.find(section);
    if (part == json_.end()) return nullptr;
    const auto entry = part->find(key);
    return entry == part->end() ? nullptr : &*entry;
  }
  [[noreturn]] void fail(const char* section, const char* key, const std::string& what, const json& value) const {
    throw TrainerError(name_ + ": " + section + "." + key + " = " + value.dump() + " " + what);
  }
  const json& json_;
  std::string name_;
};

struct Writer {
  json out = json::object();
  template <typename Value, typename Low, typename High>
  void operator()(const char* section, const char* key, const Value& value, Low, High) {
    out[section][key] = value;
  }
  void operator()(const char* section, const char* key, const std::string& value, const std::vector<std::string>&) {
    out[section][key] = value;
  }
  void operator()(const char* section, const char* key, bool value) { out[section][key] = value; }
};

struct KeyLister {
  std::vector<std::string>& keys;
  template <typename Value, typename Low, typename High>
  void operator()(const char* section, const char* key, const Value&, Low, High) {
    keys.push_back(std::string(section) + "." + key);
  }
  void operator()(const char* section, const char* key, const std::string&, const std::vector<std::string>&) {
    keys.push_back(std::string(section) + "." + key);
  }
  void operator()(const char* section, const char* key, bool) { keys.push_back(std::string(section) + "." + key); }
};

std::vector<std::string> known_keys() {
  const Config config;
  std::vector<std::string> keys;
  visit_fields(config, KeyLister{keys});
  return keys;
}

void refuse_unknown_keys(const json& source, const std::string& name) {
  const std::vector<std::string> keys = known_keys();
  const auto refuse = [&](const std::string& key) {
    throw TrainerError(name + ": unknown key '" + key + "'; did you mean '" + nearest_name(key, keys) + "'?");
  };
  if (!source.is_object())
    throw TrainerError(
        name + ": must hold one JSON object with the sections data, features, augment, model, loss, optim, run");
  for (const auto& [section, part] : source.items()) {
    if (!part.is_object()) refuse(section);
    for (const auto& entry : part.items()) {
      const std::string key = section + "." + entry.key();
      bool known = false;
      for (const std::string& candidate : keys) known = known || candidate == key;
      if (!known) refuse(key);
    }
  }
}

void check_together(const Config& c, const std::string& name) {
  const auto need = [&](bool holds, const char* what) {
    if (!holds) throw TrainerError(name + ": " + what);
  };
  need(c.data.min_crop_s <= c.data.max_crop_s, "data.min_crop_s must not exceed data.max_crop_s");
  const AugmentConfig& a = c.augment;
  need(a.min_snr_db <= a.max_snr_db, "augment.min_snr_db must not exceed augment.max_snr_db");
  need(a.babble_min_snr_db <= a.babble_max_snr_db, "augment.babble_min_snr_db must not exceed babble_max_snr_db");
  need(a.babble_min_voices <= a.babble_max_voices, "augment.babble_min_voices must not exceed babble_max_voices");
  need(a.room_min_rt60_s <= a.room_max_rt60_s, "augment.room_min_rt60_s must not exceed room_max_rt60_s");
  need(a.codec_min_compression <= a.codec_max_compression,
       "augment.codec_min_compression must not exceed codec_max_compression");
  need(a.noise_coloured + a.noise_babble <= 1.0,
       "augment.noise_coloured and augment.noise_babble are shares: together at most 1");
  try {
    codec_families(a.codecs);
  } catch (const TrainerError& error) {
    throw TrainerError(name + ": " + error.what());
  }
  need(c.data.sampler != "random" || (c.loss.kind != "triplet" && c.loss.contrast == 0.0),
       "data.sampler = \"random\" puts two crops of one speaker into a batch by chance alone: loss.kind = \"triplet\" "
       "and loss.contrast need another sampler");
  need(c.model.mfa_channels > 0 || c.model.kind.rfind("redimnet2", 0) == 0,
       "model.mfa_channels = 0 (no head) is for ReDimNet2 alone");
  if (c.model.kind.rfind("ecapa_tdnn", 0) == 0) {
    need(c.model.channels % c.model.res2_scale == 0, "model.channels must be a multiple of model.res2_scale");
    need(c.model.padding != "none", "model.padding = none is for TDNN alone");
  }
  need(c.loss.margin_start <= c.loss.margin_end, "loss.margin_start must not exceed loss.margin_end");
  const std::string& loss = c.loss.kind;
  need(loss != "triplet" || c.data.crops_per_speaker >= 2,
       "loss.kind = \"triplet\" compares crops of one speaker: it needs data.crops_per_speaker of at least 2");
  need(loss != "cross_entropy" || c.loss.sub_centers == 1,
       "loss.kind = \"cross_entropy\" has no sub-centers: set loss.sub_centers to 1");
  need(loss == "aam" || !c.loss.easy_margin, "loss.easy_margin belongs to loss.kind = \"aam\": leave it false");
  need(loss == "aam" || c.loss.inter_top_k == 0, "loss.inter_top_k belongs to loss.kind = \"aam\": leave it 0");
  need(loss != "sphereface2" || c.loss.label_smoothing == 0.0,
       "loss.kind = \"sphereface2\" has no softmax to smooth: set loss.label_smoothing to 0");
  need(c.optim.schedule != "exponential" || (c.optim.lr > 0.0 && c.optim.final_lr > 0.0),
       "optim.schedule = \"exponential\" needs optim.lr and optim.final_lr above 0");
  need(!c.run.cuda_graph || c.optim.precision != "fp16",
       "optim.precision = \"fp16\" decides on the host whether a step counts: run.cuda_graph needs bf16 or fp32");
  need(!c.run.cuda_graph || !c.data.whole_utterances,
       "data.whole_utterances gives nearly every batch a size of its own: run.cuda_graph needs it to be false");
  need(c.run.patience == 0 || !c.run.trials.empty(), "run.patience counts evaluations: it needs run.trials");
  need(c.loss.contrast == 0.0 || c.data.crops_per_speaker >= 2,
       "loss.contrast needs data.crops_per_speaker of at least 2");
}

FeaturesConfig spectrogram_defaults(const std::string& kind) {
  const SpectrogramOptions defaults;
  FeaturesConfig features;
  features.kind = kind;
  features.num_mel_bins = defaults.num_mel_bins;
  features.low_frequency_hz = static_cast<double>(defaults.low_frequency_hz);
  features.high_frequency_hz = static_cast<double>(defaults.high_frequency_hz);
  features.frame_length_ms = static_cast<double>(defaults.frame_length_ms);
  features.frame_shift_ms = static_cast<double>(defaults.frame_shift_ms);
  features.preemphasis = 0;
  features.num_coefficients = defaults.num_coefficients;
  return features;
}

// The core knows which options go together.
std::int64_t checked_bins(const Config& config, const std::string& name) {
  try {
    return feature_bins(config);
  } catch (const TrainerError& error) {
    throw TrainerError(name + ": features: " + error.what());
  }
}

// "a.b=c" into {"a": {"b": c}}; c is JSON where it parses as such, else a string.
void apply_override(json& target, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t dot = text.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot > equals) {
    throw TrainerError("override '" + text + "' must have the form section.key=value, for example optim.lr=5e-4");
  }
  const std::string value = text.substr(equals + 1);
  json parsed = json::parse(value, nullptr, /*allow_exceptions=*/false);
  target[text.substr(0, dot)][text.substr(dot + 1, equals - dot - 1)] = parsed.is_discarded() ? json(value) : parsed;
}

}  // namespace

Config config_from_json(const json& source, const std::string& name) {
  refuse_unknown_keys(source, name);
  Config config;
  Reader reader(source, name);
  reader("model", "kind", config.model.kind, model_kinds());
  config.model = model_preset(config.model.kind);
  visit_fields(config, reader);
  if (config.features.kind != "fbank") {
    config.features = spectrogram_defaults(config.features.kind);
    visit_fields(config, reader);
  }
  check_together(config, name);
  const std::int64_t bins = checked_bins(config, name);
  if (source.contains("model") && source["model"].contains("num_mel_bins") && config.model.num_mel_bins != bins)
    throw TrainerError(name + ": model.num_mel_bins = " + std::to_string(config.model.num_mel_bins) + ", but " +
                       config.features.kind + " features have " + std::to_string(bins) + " bins; leave the key out");
  config.model.num_mel_bins = bins;
  return config;
}

Config load_config(const std::string& path, const std::vector<std::string>& overrides, const json& base) {
  json source = json::object();
  if (!path.empty()) {
    try {
      source = json::parse(read_file(path), nullptr, /*allow_exceptions=*/true, /*ignore_comments=*/true);
    } catch (const json::exception& error) {
      throw TrainerError(path + ": not valid JSON: " + error.what());
    }
  }
  refuse_unknown_keys(source, path.empty() ? "configuration" : path);
  for (const std::string& text : overrides) apply_override(source, text);
  json merged = base;
  merged.update(source, /*merge_objects=*/true);
  return config_from_json(merged, path.empty() ? "configuration" : path);
}

json to_json(const Config& config) {
  Writer writer;
  visit_fields(config, writer);
  return writer.out;
}

FrontEndOptions front_end_options(const Config& config) {
  const FeaturesConfig& f = config.features;
  FrontEndOptions options;
  const auto index_of = [](const auto& names, const std::string& name) {
    return std::find(std::begin(names), std::end(names), name) - std::begin(names);
  };
  options.feature_kind = static_cast<FeatureKind>(index_of(kFeatureKindNames, f.kind));
  options.mean_normalisation = static_cast<MeanNormalisation>(index_of(kMeanNormalisationNames, f.mean_normalisation));
  options.fbank.num_mel_bins = options.spectrogram.num_mel_bins = static_cast<std::int32_t>(f.num_mel_bins);
  options.fbank.low_frequency_hz = options.spectrogram.low_frequency_hz = static_cast<float>(f.low_frequency_hz);
  options.fbank.high_frequency_hz = options.spectrogram.high_frequency_hz = static_cast<float>(f.high_frequency_hz);
  options.fbank.frame_length_ms = options.spectrogram.frame_length_ms = static_cast<float>(f.frame_length_ms);
  options.fbank.frame_shift_ms = options.spectrogram.frame_shift_ms = static_cast<float>(f.frame_shift_ms);
  options.fbank.preemphasis = static_cast<float>(f.preemphasis);
  options.spectrogram.num_coefficients = static_cast<std::int32_t>(f.num_coefficients);
  return options;
}

FeatureExtractor make_extractor(const Config& config) {
  const FrontEndOptions options = front_end_options(config);
  return take(FeatureExtractor::create(options.feature_kind, options.fbank, options.spectrogram));
}

std::vector<CodecFamily> codec_families(const std::string& names) {
  const std::vector<std::string> known(std::begin(kCodecNames), std::end(kCodecNames));
  std::vector<CodecFamily> families;
  std::istringstream list(names + ",");
  for (std::string name; std::getline(list, name, ',');) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      throw TrainerError("augment.codecs names \"" + name + "\", which is not known; did you mean \"" +
                         nearest_name(name, known) + "\"?");
    families.push_back(static_cast<CodecFamily>(found - known.begin()));
  }
  return families;
}

std::int64_t feature_bins(const Config& config) {
  return static_cast<std::int64_t>(make_extractor(config).num_bins());
}

}  // namespace voiceprint::trainer
