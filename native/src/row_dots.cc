#include "row_dots.h"

#include <algorithm>
#include <array>

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

namespace voiceprint {
namespace {

// Rows are read as four streams, each a quarter of them long: memory is fetched ahead for every one of the four, which
// brings nearly twice the bytes of one stream. They also share each load of the probe.
constexpr std::size_t kStreams = 4;
using Rows = std::array<std::size_t, kStreams>;

// Calls dots(Rows) until each row had its turn, the last perhaps more than one.
template <typename Dots>
void read_in_streams(std::size_t num_rows, const Dots& dots) {
  const std::size_t length = (num_rows + kStreams - 1) / kStreams;
  for (std::size_t i = 0; i < length; ++i) {
    Rows rows;
    for (std::size_t s = 0; s < kStreams; ++s) rows[s] = std::min(i + s * length, num_rows - 1);
    dots(rows);
  }
}

}  // namespace

void float_row_dots(const float* rows, const float* probe, std::size_t stride, std::span<float> out) {
  read_in_streams(out.size(), [=](const Rows& at) {
    float lane[kStreams][8] = {};
    for (std::size_t k = 0; k < stride; k += 8)
      for (std::size_t s = 0; s < kStreams; ++s)
        for (std::size_t j = 0; j < 8; ++j) lane[s][j] += rows[at[s] * stride + k + j] * probe[k + j];
    for (std::size_t s = 0; s < kStreams; ++s)
      out[at[s]] = ((lane[s][0] + lane[s][4]) + (lane[s][2] + lane[s][6])) +
                   ((lane[s][1] + lane[s][5]) + (lane[s][3] + lane[s][7]));
  });
}

#ifdef __wasm_simd128__

namespace {

// Compilers of 2022 do not find the multiply-and-add-pairs instruction by themselves. Loads that widen spare the
// shuffles of widening a register's upper half.
v128_t add_products(v128_t sum, const std::int8_t* row, v128_t probe_low, v128_t probe_high) {
  sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(row), probe_low));
  return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(row + 8), probe_high));
}

// The sums of the lanes of a, b, c and d.
v128_t lane_sums(v128_t a, v128_t b, v128_t c, v128_t d) {
  const v128_t ab = wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), wasm_i32x4_shuffle(a, b, 2, 6, 3, 7)),
               cd = wasm_i32x4_add(wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), wasm_i32x4_shuffle(c, d, 2, 6, 3, 7));
  return wasm_i32x4_add(wasm_i64x2_shuffle(ab, cd, 0, 2), wasm_i64x2_shuffle(ab, cd, 1, 3));
}

}  // namespace

void int8_row_dots(const std::int8_t* rows, const float* row_scales, const std::int16_t* probe, float probe_scale,
                   std::size_t stride, std::span<float> out) {
  read_in_streams(out.size(), [=](const Rows& at) {
    const std::int8_t *row0 = rows + at[0] * stride, *row1 = rows + at[1] * stride, *row2 = rows + at[2] * stride,
                      *row3 = rows + at[3] * stride;
    v128_t sum0 = wasm_i32x4_const_splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (std::size_t k = 0; k < stride; k += 16) {
      const v128_t low = wasm_v128_load(probe + k), high = wasm_v128_load(probe + k + 8);
      sum0 = add_products(sum0, row0 + k, low, high);
      sum1 = add_products(sum1, row1 + k, low, high);
      sum2 = add_products(sum2, row2 + k, low, high);
      sum3 = add_products(sum3, row3 + k, low, high);
    }
    alignas(16) float sums[kStreams];
    wasm_v128_store(sums, wasm_f32x4_convert_i32x4(lane_sums(sum0, sum1, sum2, sum3)));
    for (std::size_t s = 0; s < kStreams; ++s) out[at[s]] = sums[s] * (row_scales[at[s]] * probe_scale);
  });
}

#else

void int8_row_dots(const std::int8_t* rows, const float* row_scales, const std::int16_t* probe, float probe_scale,
                   std::size_t stride, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < stride; ++k) sum += std::int32_t{rows[i * stride + k]} * probe[k];
    out[i] = static_cast<float>(sum) * (row_scales[i] * probe_scale);
  }
}

#endif

std::size_t first_above(std::span<const float> values, std::size_t begin, float threshold) {
  // Eight at a time, in a form that compilers turn into comparisons of vectors.
  for (; begin + 8 <= values.size(); begin += 8) {
    bool any = false;
    for (std::size_t k = 0; k < 8; ++k) any |= values[begin + k] > threshold;
    if (any) break;
  }
  while (begin < values.size() && !(values[begin] > threshold)) ++begin;
  return begin;
}

}  // namespace voiceprint
