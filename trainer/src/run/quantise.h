// int8 weights: one scale per output channel, symmetric, rounded to nearest. The ONNX writer stores q and scale
// (DequantizeLinear gives q * scale back); evaluation rounds the same way, so that the card's numbers are those of the
// shipped file.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace voiceprint::trainer {

struct QuantisedWeights {
  std::vector<std::int8_t> values;
  std::vector<float> scales;  // one per row
};

// `weights` is [num_rows][...], row-major.
inline QuantisedWeights quantise_rows(std::span<const float> weights, std::size_t num_rows) {
  QuantisedWeights result{std::vector<std::int8_t>(weights.size()), std::vector<float>(num_rows)};
  const std::size_t row_size = weights.size() / num_rows;
  for (std::size_t row = 0; row < num_rows; ++row) {
    const auto values = weights.subspan(row * row_size, row_size);
    float largest = 0;
    for (const float w : values) largest = std::max(largest, std::abs(w));
    const float scale = largest > 0 ? largest / 127.0f : 1.0f;
    result.scales[row] = scale;
    for (std::size_t i = 0; i < row_size; ++i)
      result.values[row * row_size + i] = static_cast<std::int8_t>(std::lrint(values[i] / scale));
  }
  return result;
}

// Which parameters the int8 export rounds: the weights of convolutions and linear layers (two or more dimensions), not
// of small ones, and not those of the long-term statistics: one scale per row does not suit numbers of such different
// sizes (rounded, they cost 1.7 points of EER).
inline bool is_quantised(const std::string& name, std::size_t num_dimensions, std::size_t num_elements) {
  return num_dimensions >= 2 && num_elements >= 1024 && name.rfind("statistics.", 0) != 0;
}

}  // namespace voiceprint::trainer
