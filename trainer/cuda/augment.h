// Waveform augmentation of a whole batch on the GPU: crop, room and device response, noise at an SNR, level, clipping;
// and SpecAugment masks on features.
//
// Takes plain device pointers; every random choice is in the CropParameters. Sums are in double and in a fixed order:
// the same input gives the same bits again. Allocates on creation alone: run() and mask() work on the given stream,
// neither allocate nor synchronise, and may be captured in a CUDA graph (after one call outside, which loads the
// kernels). One object, one stream at a time: it owns its buffers.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "crop_parameters.h"

namespace voiceprint::trainer {

class AugmentPlan {
 public:
  // For up to `max_rows` (1..65535) rows of up to `max_samples` samples. `responses` start with their direct sound;
  // what lies beyond `max_samples` cannot be heard and is dropped. TrainerError: sizes out of range, an empty response,
  // no CUDA device, or too little device memory (each response's spectrum stays there).
  AugmentPlan(std::int32_t max_rows, std::int32_t max_samples, const std::vector<std::vector<float>>& responses);
  AugmentPlan(AugmentPlan&&) noexcept;
  ~AugmentPlan();

  std::int32_t num_responses() const;

  // pcm, crops [rows] -> samples [rows][num_samples], in [-1, 1]. All pointers are device memory. The crops must have
  // passed check_crop_parameters(). TrainerError when rows or samples exceed the plan's.
  void run(const std::int16_t* pcm, const CropParameters* crops, std::int32_t rows, std::int32_t num_samples,
           float* samples, cudaStream_t stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Sets the masked frames and bins of features [rows][num_frames][num_bins] to 0. rows: 0..65535.
void mask_features(const std::int16_t* pcm, const CropParameters* crops, std::int32_t rows, std::int32_t num_frames,
                   std::int32_t num_bins, float* features, cudaStream_t stream);

// Writes each crop's speech_samples, what FbankPlan::run takes as `valid_samples`.
void copy_valid_samples(const CropParameters* crops, std::int32_t rows, std::int32_t* valid_samples,
                        cudaStream_t stream);

}  // namespace voiceprint::trainer
