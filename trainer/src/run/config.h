// The trainer's configuration: one JSON file (comments allowed) plus key=value overrides, every key known and in range.
//
// Each section is a plain struct with its defaults. visit_fields() lists the fields once; reading, overriding, checking
// and writing all go through that list, so a key cannot exist in one and not in the other.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "voiceprint/front_end.h"

namespace voiceprint::trainer {

struct DataConfig {
  std::string pack;         // folder that `trainer prepare` wrote
  std::string noise_pack;   // same, of noise; empty: coloured noise only
  std::string rir_pack;     // same, of impulse responses; empty: simulated rooms only
  double min_crop_s = 2.0;  // every batch draws one crop length in this range
  double max_crop_s = 2.0;
  std::int64_t speakers_per_batch = 32;
  std::int64_t crops_per_speaker = 2;
  // A speaker is drawn with weight min(seconds of speech, cap)^power: who has little still serves (crops under
  // different augmentation).
  double speaker_weight_power = 0.5;
  double speaker_weight_cap_s = 60.0;
  std::int64_t loader_threads = 1;
};

// What the network is given, of 16 kHz audio (voiceprint/features.h). The defaults are those of `kind`; these are
// fbank's. A kind reads only the keys that it has.
struct FeaturesConfig {
  std::string kind = "fbank";  // or "spectrogram", "mel_spectrogram", "mfcc"
  std::int64_t num_mel_bins = 80;
  double low_frequency_hz = 20.0;
  double high_frequency_hz = 8000.0;
  double frame_length_ms = 25.0;
  double frame_shift_ms = 10.0;
  double preemphasis = 0.97;           // of fbank
  std::int64_t num_coefficients = 40;  // of mfcc
};

struct AugmentConfig {
  double speed = 0.0;   // probability of each crop's voice being resampled by 0.9 or 1.1, as a new speaker class
  double room = 0.0;    // a measured or simulated room
  double device = 0.0;  // a measured loudspeaker/microphone response, or a random three-band equaliser
  double noise = 0.0;   // additive noise: recorded, coloured or babble of other speakers
  double min_snr_db = 0.0;
  double max_snr_db = 20.0;
  double codec = 0.0;  // telephone band, G.711, GSM, ADPCM, MP3, Vorbis or Opus
  double gain = 0.0;   // level by up to gain_db either way, and clipping now and then
  double gain_db = 12.0;
  double spec = 0.0;                   // SpecAugment masks on the features
  std::int64_t spec_time_frames = 20;  // longest time mask
  std::int64_t spec_bins = 10;         // widest frequency mask
  std::int64_t simulated_rooms = 200;
};

struct ModelConfig {
  std::string kind = "ecapa_tdnn";
  std::int64_t num_mel_bins = 80;  // follows from `features`; may be left out
  std::int64_t channels = 512;
  std::int64_t mfa_channels = 1536;  // of the layer that joins the three blocks
  std::int64_t attention_channels = 128;
  std::int64_t se_channels = 128;
  std::int64_t res2_scale = 8;
  std::int64_t embedding_dim = 192;
};

struct LossConfig {
  std::string kind = "aam";
  double scale = 30.0;
  double margin = 0.2;        // radians
  double margin_start = 0.1;  // the margin grows from 0 between these two shares of all steps
  double margin_end = 0.3;
  std::int64_t sub_centers = 1;  // K vectors per speaker; the nearest counts
  double contrast = 0.0;         // weight of the pairwise contrastive term between the crops of one speaker
};

struct OptimConfig {
  std::string kind = "adamw";  // or "sgd" (Nesterov momentum 0.9)
  double lr = 1e-3;            // highest
  double final_lr = 1e-5;
  double warmup = 0.05;  // share of all steps
  double weight_decay = 0.05;
  double head_weight_decay = 0.05;
  double clip_norm = 5.0;
  double ema_decay = 0.999;        // weights that are evaluated and exported; 0 turns the average off
  std::string precision = "bf16";  // of the backbone under autocast; or "fp32"
};

struct RunConfig {
  std::uint64_t seed = 1;
  std::int64_t steps = 10000;
  std::int64_t log_every = 50;
  std::int64_t checkpoint_every = 500;
  std::int64_t eval_every = 2000;
  std::string device = "auto";  // auto, cpu, cuda, cuda:1
  std::int64_t threads = 0;     // of the network on the CPU; 0: as many as there are cores
  std::string trials;           // trial lists for eval_every; empty: none
  std::string audio_root;       // what the paths in the trial lists are relative to
};

struct Config {
  DataConfig data;
  FeaturesConfig features;
  AugmentConfig augment;
  ModelConfig model;
  LossConfig loss;
  OptimConfig optim;
  RunConfig run;
};

// Reads `path` (may be empty: defaults), then applies overrides such as "optim.lr=5e-4". TrainerError names file, key,
// nearest known key, wanted type or range.
Config load_config(const std::string& path, const std::vector<std::string>& overrides);
Config config_from_json(const nlohmann::json& json, const std::string& source);
nlohmann::json to_json(const Config& config);

// The front end of `config.features`, as training, evaluation and export use it.
FrontEndOptions front_end_options(const Config& config);
// Its part that turns a crop into features, without mean normalisation. TrainerError names the option.
FeatureExtractor make_extractor(const Config& config);
// Values per frame that it gives: the width of the network's input.
std::int64_t feature_bins(const Config& config);

}  // namespace voiceprint::trainer
