// Power spectrum of a real signal. Hides KissFFT: real_fft.cc is the only file that includes it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace voiceprint {

// Plan once, run many. Twiddle factors are computed in double and stored as float. One object, one thread.
class RealFft {
 public:
  explicit RealFft(std::size_t size);  // a multiple of 4
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;
  ~RealFft();

  std::size_t size() const;
  // |X_k|^2 for k = 0..size/2. `samples.size()` == size(), `power.size()` == size() / 2 + 1. Allocates nothing.
  void power_spectrum(std::span<const float> samples, std::span<float> power);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace voiceprint
