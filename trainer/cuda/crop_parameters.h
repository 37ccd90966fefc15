// What the GPU does to each crop of a batch: drawn on the host, copied in one piece, read by the kernels.
//
// The device runs, in this order, what `data/augment` runs: room, device, noise, level, clipping, then the masks.
// Speed and codecs stay on the host, before the crop becomes PCM. Equalisers are responses too (their impulse
// response).
#pragma once

#include <cstdint>
#include <span>

namespace voiceprint::trainer {

class Random;
struct AugmentConfig;

// One row. Offsets count samples of the batch's 16-bit PCM.
struct CropParameters {
  std::int64_t speech_offset = 0;  // of the first sample
  std::int64_t noise_offset = 0;
  std::int32_t speech_samples = 0;  // beyond these the row is 0 and no effect reaches
  std::int32_t noise_samples = 0;   // 0: no noise; a run shorter than the crop is repeated
  std::int32_t noise_start = 0;     // where in the run the crop begins
  float noise_ratio = 0;            // power of the noise over the speech's: 10^(-SNR / 10)
  std::int32_t room = -1;           // responses, by number; -1: none. Their power is the crop's own afterwards
  std::int32_t device = -1;
  float gain = 1;                 // then samples are clipped to [-1, 1]
  std::int32_t masked_frame = 0;  // SpecAugment: frames and mel bins from here on become 0, the mean
  std::int32_t masked_frames = 0;
  std::int32_t masked_bin = 0;
  std::int32_t masked_bins = 0;
};

// What crops may be drawn from. Responses: first the rooms, then the devices.
struct CropChoices {
  std::int32_t num_rooms = 0;
  std::int32_t num_devices = 0;
  std::int32_t num_frames = 0;
  std::int32_t num_bins = 0;
};

// Draws room, device, noise ratio, gain and masks with the probabilities and ranges of `config`; the numbers depend on
// `random` alone. noise_ratio > 0 asks for noise: the caller then says where its PCM lies, as it does for the speech.
CropParameters draw_crop_parameters(Random& random, const AugmentConfig& config, const CropChoices& choices);

// TrainerError that names row, field and range unless every row lies within `num_samples` samples, `pcm_samples` of PCM
// and `num_responses` responses.
void check_crop_parameters(std::span<const CropParameters> rows, std::int32_t num_samples, std::int64_t pcm_samples,
                           std::int32_t num_responses);

}  // namespace voiceprint::trainer
