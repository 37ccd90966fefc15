// Unit-length embeddings as rows of one block of memory, for scoring at the speed of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "voiceprint/gallery.h"

namespace voiceprint {

// A unit-length vector prepared for many dot products: padded with zeros to the rows' stride, for int8 rows also in 16
// bits.
class MatrixProbe {
 public:
  MatrixProbe(std::span<const float> unit_vector, std::size_t stride);

  std::vector<float> values;
  std::vector<std::int16_t> codes;
  float code_scale = 0;  // value = code * code_scale
};

class EmbeddingMatrix {
 public:
  EmbeddingMatrix(std::size_t dimension, GalleryPrecision precision);

  std::size_t num_rows() const { return num_rows_; }
  std::size_t stride() const { return stride_; }
  void reserve(std::size_t num_rows);
  // REQUIRES: at <= num_rows(), and `row` has `dimension` values of unit length.
  void insert(std::size_t at, std::span<const float> row);
  // As stored; not all 0. REQUIRES: the precision is kInt8.
  void append_codes(std::span<const std::int8_t> codes);
  void erase(std::size_t first, std::size_t count);
  std::vector<float> row(std::size_t index) const;
  std::span<const std::int8_t> codes(std::size_t index) const;
  bool same_row(std::size_t index, const EmbeddingMatrix& other, std::size_t other_index) const;

  // Dot products of the rows from `first` with a probe of this stride, to about 1e-6 (int8: of the stored values).
  void dots(const MatrixProbe& probe, std::size_t first, std::span<float> out) const;

 private:
  std::size_t dimension_;
  std::size_t stride_;  // a multiple of 16; rows are padded with zeros
  GalleryPrecision precision_;
  std::size_t num_rows_ = 0;
  std::vector<float> values_;       // kFloat32
  std::vector<std::int8_t> codes_;  // kInt8
  std::vector<float> scales_;       // kInt8: value = code * scale, of unit length
};

}  // namespace voiceprint
