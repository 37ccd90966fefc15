// Augmentation of one crop of speech, seeded per crop.
//
// The order follows the signal's way through the world: the voice (speed), the room, the loudspeaker or microphone,
// added noise, level and clipping, the codec. SpecAugment masks act on the features afterwards.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "data/pack.h"
#include "random.h"
#include "run/config.h"

namespace voiceprint::trainer {

class Augmenter {
 public:
  // `speech` serves babble. The noise and impulse-response packs are those that the configuration names.
  Augmenter(const AugmentConfig& config, const DataConfig& data, const Pack& speech, std::uint64_t seed);

  // Draws a voice: 0 as it is, 1 slowed by 0.9, 2 sped up by 1.1.
  int draw_speed(Random& random) const;
  // Samples that a crop of `length` needs before change_speed().
  static std::size_t samples_before_speed(std::size_t length, int speed);
  static std::vector<float> change_speed(std::vector<float> samples, int speed, std::size_t length);

  // Everything else; keeps the length. 16 kHz mono. Thread-safe.
  void apply(Random& random, std::vector<float>& samples) const;

  // SpecAugment on mean-normalised features [frames][bins]: one time mask and one frequency mask, filled with 0 (the
  // mean).
  void mask(Random& random, std::span<float> features, std::size_t num_bins) const;

 private:
  void add_room(Random& random, std::vector<float>& samples) const;
  void add_device(Random& random, std::vector<float>& samples) const;
  void add_noise(Random& random, std::vector<float>& samples) const;

  AugmentConfig config_;
  const Pack& speech_;
  std::unique_ptr<Pack> noise_;
  std::vector<std::vector<float>> rooms_, devices_;
};

}  // namespace voiceprint::trainer
