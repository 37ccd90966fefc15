#include "portable_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

namespace voiceprint {
namespace {

constexpr int kDraws = 200000;

TEST(PortableMath, SineIsWithinItsStatedError) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> arguments(-1000, 1000);
  long double worst = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = arguments(random);
    const long double turned = std::remainder(static_cast<long double>(x), 2.0L);
    worst = std::max(worst, std::abs(sin_pi(x) - std::sin(std::numbers::pi_v<long double> * turned)));
  }
  EXPECT_LE(worst, 4e-16L);
}

TEST(PortableMath, SineIsExactAtHalfTurns) {
  for (double x = -4; x <= 4; ++x) EXPECT_EQ(std::abs(sin_pi(x)), 0.0) << x;
  EXPECT_EQ(sin_pi(0.5), 1.0);
  EXPECT_EQ(sin_pi(-0.5), -1.0);
  EXPECT_EQ(cos_pi(0), 1.0);
  EXPECT_EQ(cos_pi(1), -1.0);
}

TEST(PortableMath, LogarithmIsWithinItsStatedErrorOverAllExponents) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> exponents(-1020, 1020);
  long double worst = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = std::exp2(i % 2 == 0 ? exponents(random) : exponents(random) / 1000);
    const long double exact = std::log(static_cast<long double>(x));
    worst = std::max(worst, std::abs(portable_log(x) - exact) / std::max(1.0L, std::abs(exact)));
  }
  EXPECT_LE(worst, 4e-16L);
  EXPECT_EQ(portable_log(1), 0.0);
  EXPECT_EQ(portable_log(0), -std::numeric_limits<double>::infinity());
  EXPECT_DOUBLE_EQ(portable_log(5e-324), std::log(5e-324));
}

TEST(PortableMath, ExponentialIsWithinItsStatedError) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> arguments(-708, 709);
  long double worst = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = i % 2 == 0 ? arguments(random) : arguments(random) / 700;
    const long double exact = std::exp(static_cast<long double>(x));
    worst = std::max(worst, std::abs(portable_exp(x) - exact) / exact);
  }
  EXPECT_LE(worst, 4e-16L);
}

TEST(PortableMath, ExponentialHasEnds) {
  EXPECT_EQ(portable_exp(0), 1.0);
  EXPECT_EQ(portable_exp(-1e300), 0.0);
  EXPECT_EQ(portable_exp(1e300), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(portable_exp(std::numeric_limits<double>::quiet_NaN())));
}

}  // namespace
}  // namespace voiceprint
