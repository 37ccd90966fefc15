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

  // Everything but speed and masks; keeps the length. 16 kHz mono. Thread-safe.
  void apply(const CropEffects& effects, std::vector<float>& samples) const;

 private:
  void mix(const AddedNoise& noise, std::vector<float>& samples) const;

  const Pack& speech_;
  std::unique_ptr<Pack> noise_;
  std::vector<std::vector<float>> rooms_, devices_;
};

// SpecAugment on mean-normalised features [frames][bins]: masked frames and bins become 0 (the mean).
void mask_features(const CropEffects& effects, std::span<float> features, std::size_t num_bins);

}  // namespace voiceprint::trainer
