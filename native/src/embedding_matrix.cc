#include "embedding_matrix.h"

#include <algorithm>
#include <cmath>

#include "row_dots.h"

namespace voiceprint {
namespace {

constexpr std::size_t kStrideUnit = 16;
constexpr float kMaxCode = 127;

float largest_magnitude(std::span<const float> values) {
  float largest = 0;
  for (float value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// That of unit length: it follows from the codes, so that a row that is stored, read and stored again stays the same.
float scale_of(std::span<const std::int8_t> codes) {
  std::int64_t squared = 0;
  for (std::int8_t code : codes) squared += std::int64_t{code} * code;
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(squared)));
}

template <typename T>
std::ptrdiff_t offset(const std::vector<T>&, std::size_t elements) {
  return static_cast<std::ptrdiff_t>(elements);
}

}  // namespace

MatrixProbe::MatrixProbe(std::span<const float> unit_vector, std::size_t stride)
    : values(unit_vector.begin(), unit_vector.end()), codes(stride, 0) {
  values.resize(stride, 0.0f);
  // Sums of products with int8 codes must fit 32 bits whatever the signs.
  const float max_code =
      std::min(32767.0f, std::floor(2147483647.0f / (kMaxCode + 1) / static_cast<float>(unit_vector.size())));
  code_scale = largest_magnitude(unit_vector) / max_code;
  for (std::size_t i = 0; i < unit_vector.size(); ++i)
    codes[i] = static_cast<std::int16_t>(std::lround(unit_vector[i] / code_scale));
}

EmbeddingMatrix::EmbeddingMatrix(std::size_t dimension, GalleryPrecision precision)
    : dimension_(dimension),
      stride_((dimension + kStrideUnit - 1) / kStrideUnit * kStrideUnit),
      precision_(precision) {}

void EmbeddingMatrix::reserve(std::size_t num_rows) {
  if (precision_ == GalleryPrecision::kFloat32) {
    values_.reserve(num_rows * stride_);
  } else {
    codes_.reserve(num_rows * stride_);
    scales_.reserve(num_rows);
  }
}

void EmbeddingMatrix::insert(std::size_t at, std::span<const float> row) {
  if (precision_ == GalleryPrecision::kFloat32) {
    const auto place = values_.insert(values_.begin() + offset(values_, at * stride_), stride_, 0.0f);
    std::copy(row.begin(), row.end(), place);
  } else {
    const float step = largest_magnitude(row) / kMaxCode;
    const auto place = codes_.insert(codes_.begin() + offset(codes_, at * stride_), stride_, std::int8_t{0});
    std::transform(row.begin(), row.end(), place,
                   [step](float value) { return static_cast<std::int8_t>(std::lround(value / step)); });
    scales_.insert(scales_.begin() + offset(scales_, at),
                   scale_of(std::span(codes_).subspan(at * stride_, dimension_)));
  }
  ++num_rows_;
}

void EmbeddingMatrix::append_codes(std::span<const std::int8_t> codes) {
  codes_.insert(codes_.end(), codes.begin(), codes.end());
  codes_.resize((num_rows_ + 1) * stride_, 0);
  scales_.push_back(scale_of(codes));
  ++num_rows_;
}

void EmbeddingMatrix::erase(std::size_t first, std::size_t count) {
  const auto cut = [&](auto& elements, std::size_t per_row) {
    elements.erase(elements.begin() + offset(elements, first * per_row),
                   elements.begin() + offset(elements, (first + count) * per_row));
  };
  if (precision_ == GalleryPrecision::kFloat32) {
    cut(values_, stride_);
  } else {
    cut(codes_, stride_);
    cut(scales_, 1);
  }
  num_rows_ -= count;
}

std::vector<float> EmbeddingMatrix::row(std::size_t index) const {
  std::vector<float> values(dimension_);
  for (std::size_t i = 0; i < dimension_; ++i)
    values[i] = precision_ == GalleryPrecision::kFloat32
                    ? values_[index * stride_ + i]
                    : static_cast<float>(codes_[index * stride_ + i]) * scales_[index];
  return values;
}

std::span<const std::int8_t> EmbeddingMatrix::codes(std::size_t index) const {
  return std::span(codes_).subspan(index * stride_, dimension_);
}

bool EmbeddingMatrix::same_row(std::size_t index, const EmbeddingMatrix& other, std::size_t other_index) const {
  return row(index) == other.row(other_index);
}

void EmbeddingMatrix::dots(const MatrixProbe& probe, std::size_t first, std::span<float> out) const {
  if (precision_ == GalleryPrecision::kFloat32) {
    float_row_dots(values_.data() + first * stride_, probe.values.data(), stride_, out);
  } else {
    int8_row_dots(codes_.data() + first * stride_, scales_.data() + first, probe.codes.data(), probe.code_scale,
                  stride_, out);
  }
}

}  // namespace voiceprint
