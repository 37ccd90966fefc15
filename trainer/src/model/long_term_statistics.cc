// What a recording sounds like on average, in numbers that nothing had to learn: of its log-mel frames the mean,
// deviation and skewness of each bin, the deviation of its changes over 1 and 5 frames, and the correlations of the
// cepstrum (the frames' discrete cosine transform).
//
// Most voices of a small training set are heard once, and a network with millions of weights learns the recording
// rather than the voice. These numbers with a linear discriminant (run/lda.h) have nothing to learn the recording by;
// beside a network they take away a good part of its errors (models/EXPERIMENTS.md).
#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/architectures.h"

namespace voiceprint::trainer {
namespace {

using Value = Network::Value;

constexpr double kVarianceFloor = 1e-4;
constexpr std::int64_t kCoefficients = 30, kShortLag = 1, kLongLag = 5, kLeastFrames = 8;
constexpr std::int64_t kTopShare = 20;  // the highest 1/20 of the bins is left out: codecs cut it off

// Root mean square over the last axis.
Value rms(Network& n, Value x) {
  return n.sqrt(n.at_least(n.mean(n.multiply(x, x), {2}), kVarianceFloor));
}

// Standard deviation over the last axis.
Value deviation(Network& n, Value x) {
  return rms(n, n.subtract(x, n.unsqueeze(n.mean(x, {2}), 2)));
}

// [bins, kCoefficients]: the orthonormal DCT-II, column by column.
std::vector<float> cosine_transform(std::int64_t bins, std::int64_t coefficients) {
  std::vector<float> values;
  for (std::int64_t bin = 0; bin < bins; ++bin) {
    for (std::int64_t k = 0; k < coefficients; ++k) {
      const double size = static_cast<double>(bins), angle = std::numbers::pi / size * (static_cast<double>(bin) + 0.5);
      values.push_back(
          static_cast<float>(std::sqrt((k == 0 ? 1.0 : 2.0) / size) * std::cos(angle * static_cast<double>(k))));
    }
  }
  return values;
}

}  // namespace

Value long_term_statistics(Network& n, Value features) {
  const std::int64_t all_bins = n.shape(features)[2], bins = all_bins - all_bins / kTopShare,
                     coefficients = std::min(kCoefficients, bins);
  const Value transposed = n.pad_time(n.transpose(n.float32(features), {0, 2, 1}), 1, kLeastFrames);
  const Value frames = bins < all_bins ? n.slice(transposed, 0, bins) : transposed;  // [batch, bins, time]
  const Value mean = n.mean(frames, {2}), centred = n.subtract(frames, n.unsqueeze(mean, 2)), spread = rms(n, centred);
  const Value cube = n.multiply(spread, n.multiply(spread, spread));
  const Value skewness = n.divide(n.mean(n.multiply(centred, n.multiply(centred, centred)), {2}), cube);
  const Value transform = n.constant("statistics.cosines", {bins, coefficients}, cosine_transform(bins, coefficients));
  const Value cepstrum = n.matmul(n.transpose(centred, {0, 2, 1}), transform);  // [batch, time, coefficients]
  const Value unit = n.unit_length(cepstrum);
  const Value correlations = n.reshape(n.matmul(n.transpose(unit, {0, 2, 1}), unit), {0, coefficients * coefficients});
  return n.concat({mean, spread, skewness, deviation(n, n.lag(frames, kShortLag)),
                   deviation(n, n.lag(frames, kLongLag)), rms(n, n.transpose(cepstrum, {0, 2, 1})), correlations});
}

}  // namespace voiceprint::trainer
