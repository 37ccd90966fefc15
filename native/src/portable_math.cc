#include "portable_math.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numbers>

namespace voiceprint {
namespace {

// ln 2 in two parts: the first has few bits, so that its product with an exponent is exact.
constexpr double kLn2High = 0.69314718036912381649;
constexpr double kLn2Low = 1.9082149292705877e-10;

}  // namespace

double sin_pi(double x) {
  double turned = x - 2 * std::floor(x / 2 + 0.5);  // [-1, 1]
  if (std::abs(turned) > 0.5) turned = std::copysign(1.0, turned) - turned;
  // Taylor's series about 0, for angles up to a quarter turn.
  const double angle = std::numbers::pi * turned;
  double term = angle, sum = 0;
  for (int k = 2; k <= 22; k += 2) {
    term *= -(angle * angle) / (k * (k + 1));
    sum += term;
  }
  return angle + sum;
}

double portable_log(double x) {
  if (x == 0) return -std::numeric_limits<double>::infinity();
  if (x < std::numeric_limits<double>::min()) return portable_log(x * 0x1p54) - 54 * std::numbers::ln2;  // subnormal
  // x = 2^e m with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh(s), s = (m - 1) / (m + 1), by its odd power series.
  constexpr std::uint64_t kRootHalf = 0x3FE6A09E667F3BCDu;
  constexpr std::uint64_t kMantissa = 0x000FFFFFFFFFFFFFu;
  std::uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const double exponent = static_cast<double>(static_cast<std::int64_t>(bits - kRootHalf) >> 52);
  const std::uint64_t mantissa_bits = ((bits - kRootHalf) & kMantissa) + kRootHalf;
  double mantissa;
  std::memcpy(&mantissa, &mantissa_bits, sizeof mantissa);
  const double s = (mantissa - 1) / (mantissa + 1);  // |s| < 0.1716
  double series = 0;
  for (int k = 23; k >= 3; k -= 2) series = (series + 2.0 / k) * (s * s);
  return exponent * kLn2High + (exponent * kLn2Low + (2 * s + s * series));
}

double portable_exp(double x) {
  if (x < -708) return 0;
  if (x > 709) return std::numeric_limits<double>::infinity();
  if (std::isnan(x)) return x;
  // x = e ln 2 + rest, |rest| <= ln(2) / 2; Taylor's series of e^rest, times 2^e.
  const double exponent = std::floor(x / std::numbers::ln2 + 0.5);
  const double rest = (x - exponent * kLn2High) - exponent * kLn2Low;
  double series = 1;
  for (int k = 14; k >= 1; --k) series = 1 + series * rest / k;
  const std::uint64_t bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(exponent) + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, sizeof power);
  return series * power;
}

}  // namespace voiceprint
