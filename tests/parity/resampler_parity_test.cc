// The resampler against an independent oracle in double: the interpolation sum of the sampling theorem itself, over
// 4,000 neighbours with a Gaussian taper. The signals lie in the pass band, where the ideal resampler changes nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "test_signals.h"
#include "voiceprint/resampler.h"

namespace voiceprint {
namespace {

double ideal(const std::vector<float>& input, double position) {
  constexpr double kReach = 2000;
  const auto first = static_cast<std::size_t>(std::max(0.0, std::ceil(position - kReach)));
  const auto last =
      static_cast<std::size_t>(std::min(static_cast<double>(input.size() - 1), std::floor(position + kReach)));
  double sum = 0;
  for (std::size_t i = first; i <= last; ++i) {
    const double x = position - static_cast<double>(i);
    const double sinc = std::abs(x) < 1e-12 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
    sum += static_cast<double>(input[i]) * sinc * std::exp(-x * x / (2 * 400.0 * 400.0));
  }
  return sum;
}

// Many tones at random frequencies and phases below `highest_hz`.
std::vector<float> tones(std::size_t count, double rate_hz, double highest_hz) {
  std::mt19937 random(3);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  std::vector<double> sum(count, 0.0);
  for (int k = 0; k < 40; ++k) {
    const double hz = 50 + uniform() * (highest_hz - 50), phase = uniform() * 2 * std::numbers::pi;
    for (std::size_t i = 0; i < count; ++i)
      sum[i] += 0.02 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz + phase);
  }
  return {sum.begin(), sum.end()};
}

TEST(ResamplerParity, EqualsTheSamplingTheorem) {
  for (const auto& [from, to] : {std::pair{8000, 16000},
                                 {11025, 16000},
                                 {22050, 16000},
                                 {44100, 16000},
                                 {44101, 16000},
                                 {48000, 16000},
                                 {96000, 16000},
                                 {192000, 16000},
                                 {17600, 16000},
                                 {14400, 16000}}) {
    const double highest = 0.9 * 0.5 * std::min(from, to);
    const std::vector<float> input = tones(static_cast<std::size_t>(from), from, highest);
    const std::vector<float> output = *resample(input, from, to);
    double error = 0, power = 0;
    for (std::size_t n = static_cast<std::size_t>(0.4 * to); n < static_cast<std::size_t>(0.6 * to); n += 3) {
      const double exact = ideal(input, static_cast<double>(n) * from / to);
      error += std::pow(static_cast<double>(output[n]) - exact, 2);
      power += exact * exact;
    }
    EXPECT_LT(10 * std::log10(error / power), -80) << from << " to " << to;
  }
}

}  // namespace
}  // namespace voiceprint
