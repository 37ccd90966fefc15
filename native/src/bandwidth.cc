#include "bandwidth.h"

#include <algorithm>
#include <numbers>
#include <vector>

#include "portable_math.h"
#include "real_fft.h"

namespace voiceprint {
namespace {

constexpr std::size_t kWindow = 1024;
constexpr std::size_t kBins = kWindow / 2 + 1;
// A band edge is a fall of at least this much, from the mean level below it to the highest level anywhere above it.
constexpr double kEdgeDb = 14.0;
// and what is above it is next to nothing: this far below the loudest part of the spectrum.
constexpr double kEmptyDb = 45.0;
constexpr double kGuardHz = 200.0;  // width of the edge itself
constexpr double kSideHz = 600.0;   // where the level below the edge is measured
constexpr double kLowestEdgeHz = 1000.0;
constexpr double kSmoothHz = 250.0;

double decibel(double power) {
  return 10 / std::numbers::ln10 * portable_log(power + 1e-20);
}

}  // namespace

float estimate_bandwidth_hz(std::span<const float> speech, std::int32_t sample_rate_hz) {
  if (speech.size() < kWindow) return 0;
  RealFft fft(kWindow);
  std::vector<float> window(kWindow), frame(kWindow), power(kBins);
  for (std::size_t i = 0; i < kWindow; ++i)
    window[i] = static_cast<float>(0.5 - 0.5 * cos_pi(2.0 * static_cast<double>(i) / kWindow));
  std::vector<double> sum(kBins, 0.0);
  for (std::size_t at = 0; at + kWindow <= speech.size(); at += kWindow / 2) {
    for (std::size_t i = 0; i < kWindow; ++i) frame[i] = speech[at + i] * window[i];
    fft.power_spectrum(frame, power);
    for (std::size_t k = 0; k < kBins; ++k) sum[k] += static_cast<double>(power[k]);
  }
  if (*std::max_element(sum.begin(), sum.end()) <= 0) return 0;

  const double bin_hz = static_cast<double>(sample_rate_hz) / kWindow;
  const auto bins = [&](double hz) { return static_cast<std::size_t>(hz / bin_hz); };
  std::vector<double> level(kBins);  // dB, smoothed
  const std::size_t reach = bins(kSmoothHz / 2);
  for (std::size_t k = 0; k < kBins; ++k) {
    const std::size_t first = k < reach ? 0 : k - reach, last = std::min(kBins - 1, k + reach);
    double mean = 0;
    for (std::size_t j = first; j <= last; ++j) mean += sum[j];
    level[k] = decibel(mean / static_cast<double>(last - first + 1));
  }
  // The highest level at or above each bin.
  std::vector<double> ceiling(level);
  for (std::size_t k = kBins - 1; k-- > 0;) ceiling[k] = std::max(level[k], ceiling[k + 1]);

  double steepest = kEdgeDb;
  std::size_t edge = kBins - 1;
  for (std::size_t k = bins(kLowestEdgeHz); k + bins(kGuardHz) < kBins; ++k) {
    const std::size_t first = k - bins(kSideHz);
    double below = 0;
    for (std::size_t j = first; j < k; ++j) below += level[j];
    below /= static_cast<double>(k - first);
    const double above = ceiling[k + bins(kGuardHz)];
    const double fall = below - above;
    if (fall > steepest && above < ceiling[0] - kEmptyDb) {
      steepest = fall;
      edge = k;
    }
  }
  return static_cast<float>(static_cast<double>(edge) * bin_hz);
}

}  // namespace voiceprint
