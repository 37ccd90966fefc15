#include "eval/tsne.h"

#include <algorithm>
#include <cmath>

#include "random.h"

namespace voiceprint::trainer {
namespace {

using Plane = std::vector<std::array<double, 2>>;

std::vector<double> squared_distances(std::span<const float> points, std::size_t n, std::size_t dimension) {
  std::vector<double> distances(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      double sum = 0;
      for (std::size_t d = 0; d < dimension; ++d) {
        const double gap =
            static_cast<double>(points[i * dimension + d]) - static_cast<double>(points[j * dimension + d]);
        sum += gap * gap;
      }
      distances[i * n + j] = distances[j * n + i] = sum;
    }
  }
  return distances;
}

// Row i of the neighbourhoods: Gaussian weights whose entropy is ln(perplexity), found by bisection on the precision.
void fill_neighbourhood(std::span<const double> distances, std::size_t self, double perplexity, std::span<double> row) {
  double nearest = INFINITY;
  for (std::size_t j = 0; j < row.size(); ++j) {
    if (j != self) nearest = std::min(nearest, distances[j]);
  }
  double low = 0, high = INFINITY, beta = 1;
  for (int round = 0; round < 100; ++round) {
    double sum = 0, weighted = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      row[j] = j == self ? 0.0 : std::exp(-beta * (distances[j] - nearest));
      sum += row[j];
      weighted += row[j] * (distances[j] - nearest);
    }
    for (double& p : row) p /= sum;
    const double excess = std::log(sum) + beta * weighted / sum - std::log(perplexity);
    if (std::abs(excess) < 1e-5) return;
    (excess > 0 ? low : high) = beta;
    beta = std::isinf(high) ? beta * 2 : (low + high) / 2;
  }
}

std::vector<double> joint_probabilities(std::span<const double> distances, std::size_t n, double perplexity) {
  std::vector<double> p(n * n);
  for (std::size_t i = 0; i < n; ++i)
    fill_neighbourhood(distances.subspan(i * n, n), i, perplexity, std::span(p).subspan(i * n, n));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      const double both = std::max((p[i * n + j] + p[j * n + i]) / (2.0 * static_cast<double>(n)), 1e-12);
      p[i * n + j] = p[j * n + i] = both;
    }
  }
  return p;
}

// d KL / d y, with the attraction times `exaggeration`.
void gradient(const Plane& y, const std::vector<double>& p, double exaggeration, std::vector<double>& q, Plane& out) {
  const std::size_t n = y.size();
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      const double dx = y[i][0] - y[j][0], dy = y[i][1] - y[j][1];
      q[i * n + j] = 1 / (1 + dx * dx + dy * dy);
      sum += 2 * q[i * n + j];
    }
  }
  std::fill(out.begin(), out.end(), std::array<double, 2>{});
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      const double weight = q[i * n + j];
      const double pull = 4 * (exaggeration * p[i * n + j] - weight / sum) * weight;
      for (const std::size_t axis : {0, 1}) {
        const double force = pull * (y[i][axis] - y[j][axis]);
        out[i][axis] += force;
        out[j][axis] -= force;
      }
    }
  }
}

}  // namespace

Result<Plane> tsne(std::span<const float> points, std::size_t dimension, const TsneOptions& options) {
  if (dimension == 0 || points.size() % dimension != 0 || points.size() / dimension < 4)
    return Error{ErrorCode::kInvalidArgument, "t-SNE needs at least 4 points, all of one dimension"};
  for (const float value : points)
    if (!std::isfinite(value)) return Error{ErrorCode::kNonFiniteSample, "a point of t-SNE is not finite"};
  const std::size_t n = points.size() / dimension;
  const double perplexity = std::clamp(options.perplexity, 1.0, static_cast<double>(n - 1) / 3);
  const std::vector<double> p = joint_probabilities(squared_distances(points, n, dimension), n, perplexity);

  Random random{0x745e, options.seed};
  Plane y(n), velocity(n), slope(n);
  std::vector<std::array<double, 2>> gains(n, {1, 1});
  for (auto& point : y) point = {1e-4 * random.normal(), 1e-4 * random.normal()};
  std::vector<double> q(n * n);
  const double rate = std::max(static_cast<double>(n) / 48, 50.0);
  const int early = std::min(250, options.iterations / 3);
  for (int step = 0; step < options.iterations; ++step) {
    gradient(y, p, step < early ? 12 : 1, q, slope);
    const double momentum = step < early ? 0.5 : 0.8;
    std::array<double, 2> mean{};
    for (std::size_t i = 0; i < n; ++i) {
      for (const std::size_t axis : {0, 1}) {
        double& gain = gains[i][axis];
        const bool turned = (slope[i][axis] > 0) != (velocity[i][axis] > 0);
        gain = std::max(turned ? gain + 0.2 : gain * 0.8, 0.01);
        velocity[i][axis] = momentum * velocity[i][axis] - rate * gain * slope[i][axis];
        y[i][axis] += velocity[i][axis];
        mean[axis] += y[i][axis] / static_cast<double>(n);
      }
    }
    for (auto& point : y) point = {point[0] - mean[0], point[1] - mean[1]};
  }
  return y;
}

}  // namespace voiceprint::trainer
