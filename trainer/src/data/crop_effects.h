// What augmentation does to one crop: every random choice, drawn without touching a sample. data/augment carries it
// out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/codec.h"
#include "data/pack.h"
#include "random.h"
#include "run/config.h"

namespace voiceprint::trainer {

// A second-order peaking filter.
struct EqualiserBand {
  double frequency_hz = 1000, gain_db = 0, q = 1;
};

// From sample `start` of a recording on, repeated when it ends.
struct NoiseRun {
  std::size_t recording = 0;
  std::size_t start = 0;
};

struct AddedNoise {
  enum class Kind { kRecorded, kColoured, kBabble };
  Kind kind = Kind::kColoured;
  double snr_db = 0;
  std::vector<NoiseRun> runs;  // recorded: one, of the noise pack; babble: one per voice, of the speech pack
  double pole = 0;             // coloured: one-pole low pass over white noise from `source`
  Random source{};
};

struct Mask {
  std::size_t first = 0, width = 0;
};

struct CropEffects {
  std::int64_t shift = 0;             // samples to the right
  std::optional<std::size_t> room;    // index of a response
  std::optional<std::size_t> device;  // index of a response
  std::optional<std::array<EqualiserBand, 3>> equaliser;
  std::optional<AddedNoise> noise, babble;
  double gain_db = 0;
  double clipped_share = 0;  // of the samples, the loudest
  std::optional<Codec> codec;
  std::vector<Mask> masked_frames, masked_bins;
};

// What there is to choose from. The spans must outlive the drawing.
struct EffectChoices {
  std::size_t num_rooms = 0, num_devices = 0;
  std::span<const PackRecord> noises, voices;
};

// For a crop of num_samples that gives num_frames x num_bins features.
CropEffects draw_effects(Random& random, const AugmentConfig& config, const EffectChoices& choices,
                         std::size_t num_samples, std::size_t num_frames, std::size_t num_bins);

// 0: as it is, 1: slowed to 0.9, 2: sped up to 1.1.
int draw_speed(Random& random, const AugmentConfig& config);
// Samples that become at least `length` at that speed.
std::size_t samples_before_speed(std::size_t length, int speed);
std::vector<float> change_speed(std::vector<float> samples, int speed, std::size_t length);

}  // namespace voiceprint::trainer
