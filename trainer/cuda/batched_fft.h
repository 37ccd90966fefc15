// Real FFTs of many rows at once, in place: [rows][size + 2] samples <-> [rows][size / 2 + 1] complex bins. Unscaled.
//
// Hides cuFFT: batched_fft.cu is the only file that includes it. The work area is allocated on creation, so run()
// allocates nothing, does not synchronise, and may be captured in a CUDA graph. One object, one stream at a time.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>

namespace voiceprint::trainer {

class BatchedFft {
 public:
  enum class Direction { kForward, kInverse };

  // size: even. TrainerError when cuFFT refuses or memory is short.
  BatchedFft(Direction direction, std::int32_t size, std::int32_t rows);
  ~BatchedFft();

  // `rows`: device memory, rows * (size + 2) floats.
  void run(float* rows, cudaStream_t stream) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace voiceprint::trainer
