#include "row_dots.h"

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

#include "dot.h"

namespace voiceprint {

void float_row_dots(const float* rows, const float* probe, std::size_t stride, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = dot8(rows + i * stride, probe, stride);
}

#ifdef __wasm_simd128__

// Compilers of 2022 do not find the multiply-and-add-pairs instruction by themselves. Loads that widen spare the
// shuffles of widening a register's upper half.
void int8_row_dots(const std::int8_t* rows, const std::int16_t* probe, std::size_t stride, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int8_t* row = rows + i * stride;
    v128_t even = wasm_i32x4_const_splat(0), odd = even;
    for (std::size_t k = 0; k < stride; k += 16) {
      even = wasm_i32x4_add(even, wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(row + k), wasm_v128_load(probe + k)));
      odd = wasm_i32x4_add(odd, wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(row + k + 8), wasm_v128_load(probe + k + 8)));
    }
    const v128_t sum = wasm_i32x4_add(even, odd);
    out[i] = static_cast<float>(wasm_i32x4_extract_lane(sum, 0) + wasm_i32x4_extract_lane(sum, 1) +
                                wasm_i32x4_extract_lane(sum, 2) + wasm_i32x4_extract_lane(sum, 3));
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
