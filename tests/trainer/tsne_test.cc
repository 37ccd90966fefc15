// t-SNE: clusters that are apart stay apart, neighbours stay neighbours, the result is reproducible.
#include "eval/tsne.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "random.h"

namespace voiceprint::trainer {
namespace {

// `clusters` of `size` points of unit length around directions of their own.
std::vector<float> clustered_points(std::size_t clusters, std::size_t size, std::size_t dimension, double spread) {
  std::vector<float> points;
  for (std::size_t c = 0; c < clusters; ++c) {
    for (std::size_t i = 0; i < size; ++i) {
      Random centre{1, c}, noise{2, c, i};
      std::vector<double> point(dimension);
      double square = 0;
      for (double& x : point) x = centre.normal() + spread * noise.normal(), square += x * x;
      for (const double x : point) points.push_back(static_cast<float>(x / std::sqrt(square)));
    }
  }
  return points;
}

double distance(const std::array<double, 2>& a, const std::array<double, 2>& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1]);
}

TEST(Tsne, KnownClustersStayApart) {
  constexpr std::size_t kClusters = 6, kSize = 25;
  const auto plane = tsne(clustered_points(kClusters, kSize, 32, 0.3), 32);
  ASSERT_TRUE(plane.ok());
  ASSERT_EQ(plane->size(), kClusters * kSize);
  // Every point's nearest 10 neighbours are of its own cluster.
  for (std::size_t i = 0; i < plane->size(); ++i) {
    std::vector<std::pair<double, std::size_t>> others;
    for (std::size_t j = 0; j < plane->size(); ++j) {
      if (j != i) others.emplace_back(distance((*plane)[i], (*plane)[j]), j / kSize);
    }
    std::partial_sort(others.begin(), others.begin() + 10, others.end());
    for (int k = 0; k < 10; ++k) EXPECT_EQ(others[k].second, i / kSize) << i;
  }
}

// Without structure there must be none: points of one cloud do not fall into separate groups.
TEST(Tsne, OneCloudStaysOne) {
  const auto plane = tsne(clustered_points(1, 120, 16, 0.5), 16);
  ASSERT_TRUE(plane.ok());
  double width = 0;
  for (const auto& a : *plane) width = std::max(width, std::hypot(a[0], a[1]));
  for (std::size_t i = 0; i < plane->size(); ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < plane->size(); ++j) {
      if (j != i) nearest = std::min(nearest, distance((*plane)[i], (*plane)[j]));
    }
    EXPECT_LT(nearest, width);
  }
}

TEST(Tsne, IsReproducible) {
  const auto points = clustered_points(3, 8, 8, 0.3);
  EXPECT_EQ(*tsne(points, 8), *tsne(points, 8));
  EXPECT_NE(*tsne(points, 8), *tsne(points, 8, {30, 750, 2}));
}

TEST(Tsne, EqualPointsAreNoProblem) {
  const auto plane = tsne(std::vector<float>(20 * 4, 0.5f), 4);
  ASSERT_TRUE(plane.ok());
  for (const auto& point : *plane) EXPECT_TRUE(std::isfinite(point[0]) && std::isfinite(point[1]));
}

TEST(Tsne, RefusesWhatItCannotPlace) {
  EXPECT_EQ(tsne(std::vector<float>(6), 2).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(tsne(std::vector<float>(9), 2).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(tsne(std::vector<float>(9), 0).error().code, ErrorCode::kInvalidArgument);
  std::vector<float> points(10);
  points[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(tsne(points, 2).error().code, ErrorCode::kNonFiniteSample);
}

}  // namespace
}  // namespace voiceprint::trainer
