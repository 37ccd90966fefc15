// Dot products of consecutive rows with one vector: the inner loop of identification.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace voiceprint {

// out[i] = sum of rows[i * stride + k] * probe[k], in a fixed order of additions. REQUIRES: stride is a multiple of 16.
void float_row_dots(const float* rows, const float* probe, std::size_t stride, std::span<float> out);

// The same of integers, whose sum is exact. REQUIRES also: no sum of magnitudes reaches 2^31.
void int8_row_dots(const std::int8_t* rows, const std::int16_t* probe, std::size_t stride, std::span<float> out);

}  // namespace voiceprint
