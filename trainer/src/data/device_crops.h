// Crops for a device that augments them and computes their features itself (trainer/cuda): what it needs of a batch, in
// one piece of memory that goes up in one copy.
//
// The device does what it can do from the last effect on that only the host can do:
//
//     shift > room > device > equaliser > noise > babble > level > clipping > codec > cut at full scale, features,
//     masks host    either  either  host        either (one)     either  host       host    device
//
// A crop with a codec, for instance, is augmented on the host up to there; one with an equaliser up to the equaliser,
// and gets its noise on the device. Of noise and babble together the noise is the host's. A crop that the host need not
// touch goes up as 16-bit PCM, others as floats, so that nothing is rounded. Changes of speed are the host's.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crop_parameters.h"
#include "data/augment.h"
#include "data/batch_plan.h"
#include "data/pack.h"

namespace voiceprint::trainer {

struct SplitEffects {
  CropEffects host, device;  // the host's come first; the device's has all masks
};
SplitEffects split_effects(const CropEffects& effects);

// A crop's samples before augmentation.
std::vector<float> read_crop(const CropPlan& crop, const Pack& speech, std::size_t num_samples);

// The layout of a batch: the CropParameters of its rows, then its 16-bit PCM.
class DeviceCrops {
 public:
  // Everything must outlive this object. `num_samples`: of each crop.
  DeviceCrops(std::span<const CropPlan> crops, std::size_t num_samples, const Pack& speech, const Augmenter& augmenter);

  std::size_t num_bytes() const;
  // Reads and augments into `target`, num_bytes() aligned to 8. TrainerError from check_crop_parameters().
  void write(std::span<unsigned char> target) const;

 private:
  void write_speech(std::size_t row, std::int16_t* target) const;
  void write_noise(std::size_t row, std::int16_t* target) const;

  std::span<const CropPlan> crops_;
  std::size_t num_samples_;
  const Pack& speech_;
  const Augmenter& augmenter_;
  std::int32_t num_rooms_, num_responses_;
  std::vector<SplitEffects> effects_;
  std::vector<CropParameters> parameters_;
  std::int64_t pcm_samples_ = 0;
};

}  // namespace voiceprint::trainer
