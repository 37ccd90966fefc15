// A training batch on the GPU: raw crops and their parameters, in device memory, become features there.
//
//     FeaturePlan plan(options, normalisation, rows, max_samples, responses);    // once
//     plan.run(crops, pcm, rows, num_samples, features, stream);                 // per step: kernels only
//
// Allocates on creation alone: run() works on the given stream, neither allocates nor synchronises, and may be captured
// in a CUDA graph, one graph per shape and addresses (after one call outside, which loads the kernels). Results depend
// on the input alone. One object, one stream at a time: it owns its buffers.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "crop_parameters.h"
#include "voiceprint/fbank.h"

namespace voiceprint::trainer {

class FeaturePlan {
 public:
  // On the current device. `responses`: see AugmentPlan. TrainerError as for FbankPlan and AugmentPlan.
  FeaturePlan(const FbankOptions& options, MeanNormalisation normalisation, std::int32_t max_rows,
              std::int32_t max_samples, const std::vector<std::vector<float>>& responses);
  FeaturePlan(FeaturePlan&&) noexcept;
  ~FeaturePlan();

  std::int32_t max_rows() const;
  std::int32_t max_samples() const;
  std::int32_t num_frames(std::int32_t num_samples) const;
  std::int32_t num_bins() const;

  // crops [rows], each cut or padded to `num_samples` -> features [rows][num_frames][num_bins]: Fbank of the augmented
  // crops less its mean, masked. All pointers are device memory, `pcm` aligned to 4 bytes. The crops must have passed
  // check_crop_parameters(). TrainerError when rows or samples exceed the plan's.
  void run(const CropParameters* crops, const std::int16_t* pcm, std::int32_t rows, std::int32_t num_samples,
           float* features, cudaStream_t stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace voiceprint::trainer
