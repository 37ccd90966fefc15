// CUDA calls that answer with TrainerError, and memory that frees itself.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "error.h"

namespace voiceprint::trainer {

inline void check_cuda(cudaError_t status, const char* what) {
  if (status != cudaSuccess) throw TrainerError(std::string("CUDA: ") + what + ": " + cudaGetErrorString(status));
}

// Device memory for `size` values, set to zero bytes or copied from the host; made wholly before the constructor
// returns, so that any stream may use it.
template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t size) : size_(size) {
    if (size == 0) return;
    check_cuda(cudaMalloc(reinterpret_cast<void**>(&data_), size * sizeof(T)),
               ("device memory of " + std::to_string(size * sizeof(T)) + " bytes").c_str());
    check_cuda(cudaMemset(data_, 0, size * sizeof(T)), "clearing device memory");
    check_cuda(cudaDeviceSynchronize(), "clearing device memory");
  }
  explicit DeviceArray(std::span<const T> values) : DeviceArray(values.size()) {
    check_cuda(cudaMemcpy(data_, values.data(), values.size_bytes(), cudaMemcpyHostToDevice), "copying to the device");
    check_cuda(cudaDeviceSynchronize(), "copying to the device");
  }
  DeviceArray(DeviceArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  DeviceArray& operator=(DeviceArray&&) = delete;
  ~DeviceArray() { cudaFree(data_); }

  T* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace voiceprint::trainer
