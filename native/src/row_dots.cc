#include "row_dots.h"

#include <algorithm>

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

#include "dot.h"

namespace voiceprint {

void float_row_dots(const float* rows, const float* probe, std::size_t stride, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = dot8(rows + i * stride, probe, stride);
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

constexpr std::size_t kRowsAtOnce = 4;  // share each load of the probe

}  // namespace

void int8_row_dots(const std::int8_t* rows, const std::int16_t* probe, std::size_t stride, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); i += kRowsAtOnce) {
    const std::size_t last = out.size() - 1;
    const std::int8_t *row0 = rows + i * stride, *row1 = rows + std::min(i + 1, last) * stride,
                      *row2 = rows + std::min(i + 2, last) * stride, *row3 = rows + std::min(i + 3, last) * stride;
    v128_t sum0 = wasm_i32x4_const_splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (std::size_t k = 0; k < stride; k += 16) {
      const v128_t low = wasm_v128_load(probe + k), high = wasm_v128_load(probe + k + 8);
      sum0 = add_products(sum0, row0 + k, low, high);
      sum1 = add_products(sum1, row1 + k, low, high);
      sum2 = add_products(sum2, row2 + k, low, high);
      sum3 = add_products(sum3, row3 + k, low, high);
    }
    alignas(16) float sums[kRowsAtOnce];
    wasm_v128_store(sums, wasm_f32x4_convert_i32x4(lane_sums(sum0, sum1, sum2, sum3)));
    std::copy_n(sums, std::min(kRowsAtOnce, out.size() - i), out.data() + i);
  }
}

#else

void int8_row_dots(const std::int8_t* rows, const std::int16_t* probe, std::size_t stride, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < stride; ++k) sum += std::int32_t{rows[i * stride + k]} * probe[k];
    out[i] = static_cast<float>(sum);
  }
}

#endif

}  // namespace voiceprint
