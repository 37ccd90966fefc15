// Carries out the augmentation of one crop of speech (drawn by data/crop_effects).
//
// The order follows the signal's way through the world: the voice (speed), the room, the loudspeaker or microphone,
// added noise and voices, level and clipping, the codec. SpecAugment masks act on the features afterwards.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "data/crop_effects.h"
#include "data/pack.h"
#include "run/config.h"

namespace voiceprint::trainer {

class Augmenter {
 public:
  // `speech` serves babble and must outlive the augmenter. The noise and impulse-response packs are those that the
  // configuration names.
  Augmenter(const AugmentConfig& config, const DataConfig& data, const Pack& speech, std::uint64_t seed);

  // What draw_effects() may choose from; valid as long as the augmenter.
  EffectChoices choices() const;

  // Everything but speed and masks; keeps the length. 16 kHz mono. Thread-safe, as are the others.
  void apply(const CropEffects& effects, std::vector<float>& samples) const;
  // The same without its end, the cut at full scale: for what is done elsewhere afterwards.
  void apply_uncut(const CropEffects& effects, std::vector<float>& samples) const;

  // What `noise` adds to `length` samples, at no particular level.
  std::vector<float> make_noise(const AddedNoise& noise, std::size_t length) const;
  // The recording of a run of kind kRecorded. REQUIRES: there is a noise pack.
  std::span<const std::int16_t> recording(const NoiseRun& run) const;
  // Impulse responses: the rooms, then the devices.
  std::vector<std::vector<float>> responses() const;

 private:
  void mix(const AddedNoise& noise, std::vector<float>& samples) const;

  const Pack& speech_;
  std::unique_ptr<Pack> noise_;
  std::vector<std::vector<float>> rooms_, devices_;
};

// SpecAugment on mean-normalised features [frames][bins]: masked frames and bins become 0 (the mean).
void mask_features(const CropEffects& effects, std::span<float> features, std::size_t num_bins);

}  // namespace voiceprint::trainer
