// The inner loops of identification: dot products of consecutive rows with one vector, and the search for high ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace voiceprint {

// out[i] = sum of rows[i * stride + k] * probe[k], in the order of additions of dot8(). REQUIRES: stride is a multiple
// of 8.
void float_row_dots(const float* rows, const float* probe, std::size_t stride, std::span<float> out);

// out[i] = sum of rows[i * stride + k] * probe[k], which is exact, times row_scales[i] * probe_scale.
// REQUIRES: stride is a multiple of 16, and no sum of magnitudes reaches 2^31.
void int8_row_dots(const std::int8_t* rows, const float* row_scales, const std::int16_t* probe, float probe_scale,
                   std::size_t stride, std::span<float> out);

// The first index from `begin` on of a value above `threshold`; values.size() if there is none.
std::size_t first_above(std::span<const float> values, std::size_t begin, float threshold);

}  // namespace voiceprint
