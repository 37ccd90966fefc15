// A training batch on the GPU: raw 16-bit crops and their parameters become features, without the host waiting.
//
//     DeviceBatch batch(options, rows, max_samples, max_pcm, responses);    // once
//     batch.upload(crops, pcm, num_samples, stream);                        // per step: one copy from pinned memory
//     batch.compute(features, stream);                                      // per step: kernels only
//
// Nothing waits for the device but this: upload() waits for its own copy of kSlots batches ago before it writes to that
// pinned memory again. compute() reads fixed addresses and may be captured in a CUDA graph, one graph per crop length
// and feature address; upload() stays outside and goes before each replay, on the same stream. Call both once before
// capturing. Results depend on the input alone. One object, one thread, one stream.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "crop_parameters.h"
#include "voiceprint/fbank.h"

namespace voiceprint::trainer {

class DeviceBatch {
 public:
  static constexpr int kSlots = 3;

  // max_pcm: samples of 16-bit PCM, speech and noise of all rows. `responses`: see AugmentPlan. TrainerError as for
  // FbankPlan and AugmentPlan.
  DeviceBatch(const FbankOptions& options, std::int32_t max_rows, std::int32_t max_samples, std::int64_t max_pcm,
              const std::vector<std::vector<float>>& responses);
  DeviceBatch(DeviceBatch&&) noexcept;
  ~DeviceBatch();

  // One crop per row, each cut or padded to `num_samples`. Both spans are the caller's host memory, free again on
  // return. TrainerError from check_crop_parameters(), and when the batch is larger than this object.
  void upload(std::span<const CropParameters> crops, std::span<const std::int16_t> pcm, std::int32_t num_samples,
              cudaStream_t stream);

  // What compute() writes for the uploaded batch.
  std::int32_t rows() const;
  std::int32_t num_frames() const;
  std::int32_t num_bins() const;

  // features: device memory, [rows][num_frames][num_bins]: mean-normalised Fbank of the augmented crops, masked. From
  // LibTorch: tensor.data_ptr<float>() of a contiguous CUDA tensor, and at::cuda::getCurrentCUDAStream().
  void compute(float* features, cudaStream_t stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace voiceprint::trainer
