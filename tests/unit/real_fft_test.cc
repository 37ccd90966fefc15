#include "real_fft.h"

#include <gtest/gtest.h>

#include <complex>
#include <numbers>

#include "test_signals.h"

namespace voiceprint {
namespace {

class RealFftTest : public ::testing::TestWithParam<std::size_t> {};

// Oracle: the discrete Fourier transform by its definition, in double.
TEST_P(RealFftTest, EqualsTheDefinition) {
  const std::size_t size = GetParam();
  const std::vector<float> samples = testing::noise(size, 1.0f);
  std::vector<float> power(size / 2 + 1);
  RealFft fft(size);
  fft.power_spectrum(samples, power);
  for (std::size_t k = 0; k < power.size(); ++k) {
    std::complex<double> sum = 0;
    for (std::size_t n = 0; n < size; ++n)
      sum += static_cast<double>(samples[n]) *
             std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k * n % size) / static_cast<double>(size));
    // Relative to the mean power, which is size / 3 for this noise.
    EXPECT_NEAR(power[k], std::norm(sum),
                2e-6 * static_cast<double>(size) * std::sqrt(std::norm(sum) / static_cast<double>(size) + 1))
        << "bin " << k;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, RealFftTest, ::testing::Values(4, 8, 12, 60, 64, 256, 400, 512, 1024));

}  // namespace
}  // namespace voiceprint
