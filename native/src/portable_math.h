// Sine, logarithm and exponential in double from additions, multiplications and divisions only: every build gives the
// same bits, which the C libraries' functions do not promise, and none of their tables (10 kB) goes into the
// WebAssembly module.
#pragma once

namespace voiceprint {

// sin(pi x), exactly 0 at whole numbers. REQUIRES: |x| < 2^51. Error at most 4e-16.
double sin_pi(double x);

// cos(pi x); as above.
inline double cos_pi(double x) {
  return sin_pi(x + 0.5);
}

// Natural logarithm; -infinity for 0. REQUIRES: 0 <= x < infinity. Error at most 4e-16 of the larger of 1 and the
// result.
double portable_log(double x);

// e^x: 0 below -708, infinity above 709, NaN for NaN. Relative error at most 4e-16.
double portable_exp(double x);

}  // namespace voiceprint
