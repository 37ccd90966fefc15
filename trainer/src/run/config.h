// The trainer's configuration: one JSON file (comments allowed) plus key=value overrides, every key known and in range.
//
// Each section is a plain struct with its defaults. visit_fields() lists the fields once; reading, overriding, checking
// and writing all go through that list, so a key cannot exist in one and not in the other.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/codec.h"
#include "voiceprint/front_end.h"

namespace voiceprint::trainer {

struct DataConfig {
  std::string pack;         // folder that `trainer prepare` wrote
  std::string noise_pack;   // same, of noise; empty: coloured noise only
  std::string rir_pack;     // same, of impulse responses; empty: simulated rooms only
  double min_crop_s = 2.0;  // every batch draws one crop length in this range
  double max_crop_s = 2.0;
  // Instead: recordings of similar length, cut to the shortest of the batch (within the range above), and the more
  // speakers the shorter they are: speakers_per_batch is for max_crop_s.
  bool whole_utterances = false;
  std::string sampler = "speakers";  // speakers (by weight), balanced, random: data/batch_plan.h
  bool groups = false;               // every batch from one group of the pack (corpus and language)
  std::int64_t speakers_per_batch = 32;
  std::int64_t crops_per_speaker = 2;  // balanced leaves out who has fewer recordings
  // Sampler speakers: a speaker is drawn with weight min(seconds of speech, cap)^power: who has little still serves
  // (crops under different augmentation).
  double speaker_weight_power = 0.5;
  double speaker_weight_cap_s = 60.0;
  std::int64_t loader_threads = 1;
  std::int64_t prefetch = 4;  // batches made ahead, per loader thread
  std::string cache;  // folder in which finished batches stay, for other runs on the same crops (data/batch_cache.h)
  // The GPU does the augmentation that it can (data/device_crops.h) and computes the features: true, false, or "auto":
  // where it can.
  std::string on_device = "auto";
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
  // What is subtracted from a crop or an utterance: each bin's own mean (utterance), or the one mean of all bins
  // (level: long-term spectrum and channel stay, and augment.device teaches how far to trust them).
  std::string mean_normalisation = "utterance";
};

// The first key of each effect is its probability, per crop. Effects are independent of each other.
struct AugmentConfig {
  double speed = 0.0;         // the voice is resampled by 0.9 or 1.1; all crops of a speaker alike
  bool speed_classes = true;  // as a speaker of its own: threefold classes; false: as the same speaker

  double time_shift = 0.0;  // moved by up to time_shift_ms either way, end joined to start
  double time_shift_ms = 5.0;

  double room = 0.0;  // a measured or simulated room
  std::int64_t simulated_rooms = 200;
  double room_min_rt60_s = 0.1;  // reverberation time of the simulated ones
  double room_max_rt60_s = 0.7;

  double device = 0.0;           // a loudspeaker and microphone
  double device_measured = 0.4;  // share of measured responses, if there are any; else a random three-band equaliser
  double device_db = 12.0;       // of up to so much (treble; bass three quarters, middle half of it)

  double noise = 0.0;            // additive noise: recorded (coloured instead if there is no data.noise_pack) or
  double noise_coloured = 0.25;  // this share of coloured noise and
  double noise_babble = 0.25;    // this share of babble, at 5 dB or more
  double min_snr_db = 0.0;
  double max_snr_db = 20.0;

  double babble = 0.0;  // other speakers, besides `noise`
  double babble_min_snr_db = 13.0;
  double babble_max_snr_db = 20.0;
  std::int64_t babble_min_voices = 3;  // of this babble and of that in `noise`
  std::int64_t babble_max_voices = 7;

  double gain = 0.0;  // level by up to gain_db either way; what then exceeds full scale is cut off
  double gain_db = 12.0;

  double clip = 0.0;         // clipped
  double clip_share = 0.05;  // up to this share of the samples

  double codec = 0.0;
  std::string codecs = "mu_law,a_law,gsm,adpcm,narrow,mp3,vorbis,opus";  // one of these (data/codec.h)
  double codec_min_compression = 0.0;  // of mp3, vorbis and opus: 0 best quality, 1 smallest
  double codec_max_compression = 1.0;

  double spec = 0.0;                   // SpecAugment masks on the features
  std::int64_t spec_time_masks = 1;    // so many
  std::int64_t spec_time_frames = 20;  // each up to so long, and to a quarter of the crop
  std::int64_t spec_freq_masks = 1;
  std::int64_t spec_bins = 10;  // each up to so wide, and to half of the bins
};

// model.kind names an architecture with the parameters of its publication (model/presets.cc); the keys below then
// change them. The values here are those of "ecapa_tdnn". A key that an architecture has no use for is ignored.
struct ModelConfig {
  std::string kind = "ecapa_tdnn";
  std::int64_t num_mel_bins = 80;  // follows from `features`; may be left out
  std::int64_t channels = 512;     // width: of ECAPA-TDNN and TDNN everywhere, of the others at the first stage
  std::int64_t embedding_dim = 192;
  std::int64_t embedding_layers = 1;  // 2: linear, ReLU, batch normalisation without scale, linear
  std::string embedding_norm =
      "affine";                 // its batch normalisation: none, affine, plain (without scale, offset and bias)
  bool pooled_norm = true;      // batch normalisation of what is pooled
  std::string pooling = "asp";  // asp, sap, tap, tsp, tstp (model/pooling.h)
  std::int64_t attention_channels = 128;  // of asp and sap
  bool global_context = true;             // asp and sap: the attention sees the utterance's mean and deviation
  bool attention_norm = false;            // asp and sap: ReLU and batch normalisation before tanh
  bool unbiased_std = false;              // asp with context: its deviation divides by frames - 1
  std::string padding = "zeros";          // ECAPA-TDNN, TDNN: zeros, reflect; TDNN also none
  // So many networks of this shape side by side, each with weights of its own (`trainer join`): the cosine of two of
  // their embeddings, of embedding_dim numbers each, is the mean of the networks' cosines.
  std::int64_t members = 1;
  // Beside the embedding, one of long-term statistics (model/long_term_statistics.cc) through a projection that
  // `trainer lda` fits; 0: none. model.kind "statistics" is that alone.
  std::int64_t statistics_dim = 0;
  double statistics_weight = 1.0;
  // ECAPA-TDNN
  std::int64_t num_blocks = 3;
  std::int64_t mfa_channels =
      1536;                        // of the layer that joins the blocks; TDNN's last layer; ReDimNet2's head (0: none)
  bool mfa_norm = false;           // batch normalisation after it
  std::int64_t se_channels = 128;  // squeeze-and-excitation
  std::int64_t res2_scale = 8;     // groups of channels; also of Res2Net and ERes2Net
  bool res2_first_passes = false;  // the group that passes unchanged is the first, not the last
  std::string block_input = "chain";  // a block reads the block before it, or the sum of all before it: sum
  bool block_residual = true;
  bool conv_bias = true;
  // residual networks
  std::int64_t base_width = 32;
  std::int64_t expansion = 2;
  std::int64_t se_reduction = 8;
  // CAM++
  std::int64_t growth = 32;
  std::int64_t bottleneck = 4;  // times growth
};

// What the keys mean for each kind, and values that its authors or the field use (one default serves all kinds, so set
// them): "aam" margin 0.2, scale 30-32; large-margin fine-tuning 0.5 - "am", "arm" margin 0.3 (of the cosine), scale 32
// - "sphereface2" margin 0.2 (of the cosine; type A: 0.15 radians), scale 32 - "triplet" margin 0.5 (of the cosine).
struct LossConfig {
  std::string kind = "aam";  // aam, am, arm, cross_entropy (no margin, no scale), sphereface2, triplet
  double scale = 30.0;
  double margin = 0.2;  // from margin_end on; radians for aam and sphereface2 of type A, else of the cosine
  double initial_margin = 0.0;
  std::string margin_schedule = "linear";  // or "exponential", which is steep at first
  double margin_start = 0.1;               // the margin grows between these two shares of all steps
  double margin_end = 0.3;
  std::int64_t sub_centers = 1;        // K vectors per speaker; the nearest counts; not with cross_entropy
  bool easy_margin = false;            // aam: a margin only for targets within 90 degrees
  std::string fallback = "sine";       // aam, sphereface2 of type A: beyond 180 degrees; or "cosine" (angular_margin.h)
  std::int64_t inter_top_k = 0;        // aam: so many nearest wrong classes get a margin too (5 is usual); 0: none
  double inter_margin = 0.06;          // theirs, in radians, when the margin has reached its end
  double label_smoothing = 0.0;        // not with sphereface2
  std::string sphereface2_type = "C";  // or "A"
  double sphereface2_lambda = 0.7;     // weight of the target's term, 1 - lambda that of each other class
  double sphereface2_t = 3.0;          // how strongly its cosines are spread
  double triplet_positive = 0.8;       // lowest cosine within a speaker that costs nothing
  double triplet_negative = 0.4;       // highest cosine between speakers that costs nothing
  double triplet_weight = 1.0;         // of these two bounds
  double contrast = 0.0;               // weight of the pairwise contrastive term between the crops of one speaker
};

struct OptimConfig {
  std::string kind = "adamw";  // sgd (Nesterov momentum 0.9), adam, adamw
  double lr = 1e-3;            // highest
  double final_lr = 1e-5;
  std::string schedule = "warmup_cosine";  // cosine, exponential, step: formulas in optim/schedule.h
  double warmup = 0.05;                    // share of all steps
  double cosine_span = 1.0;                // cosine: where final_lr is reached, in runs (1.2 is usual)
  double step_share = 0.3;                 // step: the rate falls each time that this share of all steps is over
  double step_gamma = 0.1;                 // step: by this factor
  double backbone_lr_scale = 1.0;          // factors on the rate, of the backbone and of the classification head
  double head_lr_scale = 1.0;
  double weight_decay = 0.05;  // of weights; biases and normalisation have none; with sgd 1e-4 and adam 1e-5 are usual
  double head_weight_decay = 0.05;
  double clip_norm = 5.0;       // 0: no clipping
  std::string average = "ema";  // weights that are evaluated and exported: none (the raw ones), ema, mean
  double ema_decay = 0.999;
  double average_share = 0.1;      // mean: over this last share of all steps
  std::string precision = "auto";  // of the backbone: bf16, fp16 (with loss scaling), fp32; optim/precision.h
};

struct RunConfig {
  std::uint64_t seed = 1;
  std::int64_t steps = 10000;
  std::int64_t log_every = 50;
  std::int64_t checkpoint_every = 500;
  std::int64_t eval_every = 2000;
  std::int64_t keep_every = 0;  // steps between checkpoints that stay as step-N.safetensors; 0: none
  std::int64_t keep_last = 5;   // of those, the newest so many; 0: all
  std::int64_t patience = 0;    // stop after so many evaluations without a lower mean EER; 0: never
  std::string device = "auto";  // auto, cpu, cuda, cuda:1
  std::int64_t threads = 0;     // of the network on the CPU; 0: as many as there are cores
  // One process on a GPU replays the whole step as a CUDA graph, one for each of up to 256 crop lengths (there are 100
  // per second between min_crop_s and max_crop_s): the first batch of a length runs as without, the second is captured;
  // further lengths run as without. Not for fp16 or data.whole_utterances. See run/step_graph.h.
  bool cuda_graph = false;
  // How long one process of several waits for the others (run/distributed.h); rank 0 alone evaluates run.trials, so
  // more than that takes.
  std::int64_t distributed_timeout_s = 600;
  std::string trials;      // trial lists for eval_every; empty: none
  std::string audio_root;  // what the paths in the trial lists are relative to
  std::string init;  // a checkpoint, or any .safetensors file by our names, that the weights come from; empty: none
  bool init_head = true;   // the rows of speakers that `init` knows by name come from it too
  std::string freeze;      // layers that do not train: "backbone", or beginnings of names such as "input,block1"
  double unfreeze_at = 1;  // share of all steps after which they do
};

// Of `trainer lda` (run/lda.h): long-term statistics beside a trained network.
struct LdaConfig {
  double weight = 0;           // of their cosine over the network's; 0: none, a recipe without this stage
  std::int64_t dim = 64;       // of their embedding
  double cap = 100;            // recordings of a speaker that count
  std::int64_t copies = 0;     // of each recording under `augment` (but for speed): how far its statistics move
  double copy_share = 0.01;    // how much that counts; formula in run/lda.h
  double spread_share = 0.03;  // same
  double ridge = 3e-3;         // same
};

struct Config {
  DataConfig data;
  FeaturesConfig features;
  AugmentConfig augment;
  ModelConfig model;
  LossConfig loss;
  OptimConfig optim;
  RunConfig run;
  LdaConfig lda;
};

// Reads `path` (may be empty), then applies overrides such as "optim.lr=5e-4"; what neither says comes from `base`,
// then from the defaults. TrainerError names file, key, nearest known key, wanted type or range.
Config load_config(const std::string& path, const std::vector<std::string>& overrides,
                   const nlohmann::json& base = nlohmann::json::object());
Config config_from_json(const nlohmann::json& json, const std::string& source);
nlohmann::json to_json(const Config& config);

// The front end of `config.features`, as training, evaluation and export use it.
FrontEndOptions front_end_options(const Config& config);
// Its part that turns a crop into features, without mean normalisation. TrainerError names the option.
FeatureExtractor make_extractor(const Config& config);
// What augment.codecs lists. TrainerError names the nearest known name.
std::vector<CodecFamily> codec_families(const std::string& names);
// Values per frame that it gives: the width of the network's input.
std::int64_t feature_bins(const Config& config);

}  // namespace voiceprint::trainer
