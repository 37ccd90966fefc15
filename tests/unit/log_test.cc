#include "log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace voiceprint {
namespace {

TEST(Log, IsWithinItsStatedErrorOverAllExponents) {
  double worst = 0;
  for (std::uint32_t bits = 0x00800000; bits < 0x7F800000; bits += 997) {
    float x;
    std::memcpy(&x, &bits, sizeof x);
    const double exact = std::log(static_cast<double>(x));
    const float nearest = static_cast<float>(exact);
    const double unit = static_cast<double>(std::nextafter(std::abs(nearest), 1e30f) - std::abs(nearest));
    worst = std::max(worst, std::abs(static_cast<double>(log_positive(x)) - exact) - unit / 2);
  }
  EXPECT_LT(worst, 3e-7);
}

TEST(Log, OfOneIsZero) {
  EXPECT_EQ(log_positive(1.0f), 0.0f);
}

}  // namespace
}  // namespace voiceprint
