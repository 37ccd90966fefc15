// What the GPU does to each crop of a batch: drawn and laid out on the host (data/device_crops), read by the kernels.
//
// The device runs, in this order, what `data/augment` runs: room, device, noise, level, clipping, then the masks.
#pragma once

#include <cstdint>
#include <span>

namespace voiceprint::trainer {

// SpecAugment: frames or mel bins from `first` on become 0, the mean.
struct CropMask {
  std::int32_t first, width;
};

// One row. Offsets count 16-bit samples of the batch's PCM. Runs of floats (two samples each, in [-1, 1] or not) and
// masks (four) lie in it too, at even offsets.
struct CropParameters {
  std::int64_t speech_offset = 0;  // of the first sample
  std::int64_t noise_offset = 0;
  std::int64_t mask_offset = 0;     // CropMasks: first those of frames, then those of bins
  std::int32_t speech_samples = 0;  // beyond these the row is 0 and no effect reaches
  std::int32_t speech_is_float = 0;
  std::int32_t noise_samples = 0;  // 0: no noise; a run shorter than the crop is repeated
  std::int32_t noise_is_float = 0;
  float noise_ratio = 0;   // power of the noise over the speech's: 10^(-SNR / 10)
  std::int32_t room = -1;  // responses, by number; -1: none. Their power is the crop's own afterwards
  std::int32_t device = -1;
  float gain = 1;  // then samples are clipped to [-1, 1]
  std::int32_t frame_masks = 0;
  std::int32_t bin_masks = 0;
};

// 16-bit samples that `count` values take.
constexpr std::int64_t samples_taken(std::int64_t count, bool is_float) {
  return is_float ? 2 * count : count;
}
constexpr std::int64_t kSamplesPerMask = sizeof(CropMask) / sizeof(std::int16_t);

// TrainerError that names row, field and range unless every row lies within `num_samples` samples, `pcm_samples` of PCM
// and `num_responses` responses.
void check_crop_parameters(std::span<const CropParameters> rows, std::int32_t num_samples, std::int64_t pcm_samples,
                           std::int32_t num_responses);

}  // namespace voiceprint::trainer
