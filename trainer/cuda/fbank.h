// Fbank of a whole batch on the GPU: what the core's Fbank::compute and subtract_mean give, row by row.
//
// Takes plain device pointers. Tables are the core's own; sums run in the core's order, without fused multiply-add, so
// that only the FFT and the logarithm round differently. Allocates on creation alone: run() works on the given stream,
// neither allocates nor synchronises, and may be captured in a CUDA graph (after one call outside, which loads the
// kernels). One object, one stream at a time: it owns its buffers.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>

#include "voiceprint/fbank.h"

namespace voiceprint::trainer {

class FbankPlan {
 public:
  // For up to `max_rows` rows of up to `max_samples` samples. TrainerError: what Fbank::create says of the options, a
  // size that is not positive, no CUDA device, or too little device memory.
  FbankPlan(const FbankOptions& options, MeanNormalisation normalisation, std::int32_t max_rows,
            std::int32_t max_samples);
  FbankPlan(FbankPlan&&) noexcept;
  ~FbankPlan();

  std::int32_t num_bins() const;
  std::int32_t num_frames(std::int32_t num_samples) const;  // as Fbank::num_frames

  // samples [rows][num_samples] -> features [rows][num_frames][num_bins], each row without its mean. `valid_samples`
  // [rows], or null where all are valid: only frames that lie wholly within a row's first `valid_samples` samples
  // count; the others become 0. All pointers are device memory. TrainerError when rows or samples exceed the plan's.
  void run(const float* samples, std::int32_t rows, std::int32_t num_samples, const std::int32_t* valid_samples,
           float* features, cudaStream_t stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace voiceprint::trainer
