#include <cufft.h>

#include <optional>

#include "batched_fft.h"
#include "device_memory.h"

namespace voiceprint::trainer {
namespace {

void check_cufft(cufftResult status, const char* call) {
  if (status != CUFFT_SUCCESS)
    throw TrainerError(std::string("CUDA: ") + call + " failed with cuFFT status " + std::to_string(status));
}

}  // namespace

struct BatchedFft::Plan {
  Direction direction = Direction::kForward;
  cufftHandle handle = 0;
  bool created = false;
  std::optional<DeviceArray<unsigned char>> work_area;
  ~Plan() {
    if (created) cufftDestroy(handle);
  }
};

BatchedFft::BatchedFft(Direction direction, std::int32_t size, std::int32_t rows) : plan_(std::make_unique<Plan>()) {
  plan_->direction = direction;
  check_cufft(cufftCreate(&plan_->handle), "cufftCreate");
  plan_->created = true;
  check_cufft(cufftSetAutoAllocation(plan_->handle, 0), "cufftSetAutoAllocation");
  int length = size, samples = size + 2, bins = size / 2 + 1;
  std::size_t work_size = 0;
  if (direction == Direction::kForward) {
    check_cufft(
        cufftMakePlanMany(plan_->handle, 1, &length, &samples, 1, samples, &bins, 1, bins, CUFFT_R2C, rows, &work_size),
        "cufftMakePlanMany");
  } else {
    check_cufft(
        cufftMakePlanMany(plan_->handle, 1, &length, &bins, 1, bins, &samples, 1, samples, CUFFT_C2R, rows, &work_size),
        "cufftMakePlanMany");
  }
  plan_->work_area.emplace(work_size);
  check_cufft(cufftSetWorkArea(plan_->handle, plan_->work_area->data()), "cufftSetWorkArea");
}

BatchedFft::~BatchedFft() = default;

void BatchedFft::run(float* rows, cudaStream_t stream) const {
  check_cufft(cufftSetStream(plan_->handle, stream), "cufftSetStream");
  auto* const bins = reinterpret_cast<cufftComplex*>(rows);
  if (plan_->direction == Direction::kForward)
    check_cufft(cufftExecR2C(plan_->handle, rows, bins), "cufftExecR2C");
  else
    check_cufft(cufftExecC2R(plan_->handle, bins, rows), "cufftExecC2R");
}

}  // namespace voiceprint::trainer
