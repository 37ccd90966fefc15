// Marks arithmetic that kernels and host share, so that a machine without a GPU can test what the kernels compute.
#pragma once

#ifdef __CUDACC__
#define VOICEPRINT_HOST_DEVICE __host__ __device__
#else
#define VOICEPRINT_HOST_DEVICE
#endif

namespace voiceprint::trainer {

// As cuFFT stores it.
struct Complex {
  float re, im;
};

VOICEPRINT_HOST_DEVICE inline Complex product(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

}  // namespace voiceprint::trainer
