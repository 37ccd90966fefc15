#include "data/room_simulation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace voiceprint::trainer {
namespace {

constexpr double kSpeedOfSound = 343.0;  // m/s
constexpr double kMaxSeconds = 0.5;
constexpr int kSincHalfWidth = 4;  // samples on each side of a fractional delay

// Adds an impulse of `gain` at the fractional position `at` (Hann-windowed sinc).
void add_impulse(std::vector<float>& response, double at, double gain) {
  const auto centre = static_cast<std::ptrdiff_t>(std::floor(at));
  for (std::ptrdiff_t n = centre - kSincHalfWidth + 1; n <= centre + kSincHalfWidth; ++n) {
    if (n < 0 || n >= static_cast<std::ptrdiff_t>(response.size())) continue;
    const double x = static_cast<double>(n) - at;
    const double sinc = std::abs(x) < 1e-9 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
    const double window = 0.5 * (1.0 + std::cos(std::numbers::pi * x / kSincHalfWidth));
    response[static_cast<std::size_t>(n)] += static_cast<float>(gain * sinc * window);
  }
}

}  // namespace

std::vector<float> simulate_room(Random& random, std::int32_t sample_rate_hz, double min_rt60_s, double max_rt60_s) {
  const std::array<double, 3> size = {random.uniform(2.5, 10.0), random.uniform(2.5, 10.0), random.uniform(2.3, 4.0)};
  std::array<double, 3> source{}, receiver{};
  for (int axis = 0; axis < 3; ++axis) {
    source[axis] = random.uniform(0.3, size[axis] - 0.3);
    receiver[axis] = random.uniform(0.3, size[axis] - 0.3);
  }
  // Near talkers are the common case: pull the receiver towards the source.
  const double pull = random.uniform(0.0, 0.9);
  for (int axis = 0; axis < 3; ++axis) receiver[axis] += pull * (source[axis] - receiver[axis]);

  // Sabine's formula gives the wall reflection that makes the wanted reverberation time.
  const double volume = size[0] * size[1] * size[2];
  const double surface = 2 * (size[0] * size[1] + size[0] * size[2] + size[1] * size[2]);
  const double reverberation_s = random.uniform(min_rt60_s, max_rt60_s);
  const double absorption = std::min(0.95, 0.161 * volume / (surface * reverberation_s));
  const double reflection = std::sqrt(1.0 - absorption);

  const auto distance = [&](double x, double y, double z) { return std::sqrt(x * x + y * y + z * z); };
  const double direct =
      std::max(0.05, distance(source[0] - receiver[0], source[1] - receiver[1], source[2] - receiver[2]));
  const double length_s = std::min(kMaxSeconds, reverberation_s);
  std::vector<float> response(static_cast<std::size_t>(length_s * sample_rate_hz), 0.0f);
  const double reach = direct + length_s * kSpeedOfSound;

  std::array<int, 3> order{};
  for (int axis = 0; axis < 3; ++axis) order[axis] = static_cast<int>(std::ceil(reach / (2 * size[axis])));
  for (int nx = -order[0]; nx <= order[0]; ++nx) {
    for (int ny = -order[1]; ny <= order[1]; ++ny) {
      for (int nz = -order[2]; nz <= order[2]; ++nz) {
        for (int mirror = 0; mirror < 8; ++mirror) {
          const int px = mirror & 1, py = mirror >> 1 & 1, pz = mirror >> 2;
          const double x = (1 - 2 * px) * source[0] + 2 * nx * size[0] - receiver[0];
          const double y = (1 - 2 * py) * source[1] + 2 * ny * size[1] - receiver[1];
          const double z = (1 - 2 * pz) * source[2] + 2 * nz * size[2] - receiver[2];
          const double path = std::max(0.05, distance(x, y, z));
          if (path > reach) continue;
          const int bounces =
              std::abs(nx - px) + std::abs(nx) + std::abs(ny - py) + std::abs(ny) + std::abs(nz - pz) + std::abs(nz);
          const double gain = std::pow(reflection, bounces) * direct / path;
          if (gain > 1e-4) add_impulse(response, (path - direct) / kSpeedOfSound * sample_rate_hz, gain);
        }
      }
    }
  }
  return response;
}

}  // namespace voiceprint::trainer
