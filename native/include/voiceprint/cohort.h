// The cohort that ships beside a model: strangers' embeddings for score normalisation (score_norm.h), as a file.
// Format, byte by byte: FORMATS.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint {

using Sha256 = std::array<std::uint8_t, 32>;

struct Cohort {
  std::size_t dimension = 0;
  Sha256 model_sha256 = {};       // of the ONNX file that made the embeddings
  std::vector<float> embeddings;  // [size()][dimension], unit length

  std::size_t size() const { return dimension == 0 ? 0 : embeddings.size() / dimension; }
};

// How a file stores a row; the numbers are the file's.
enum class CohortEncoding : std::uint32_t {
  kFloat32 = 0,
  kInt8 = 1,  // a scale and bytes: a quarter of the size, cosines within 0.01
};

inline constexpr std::size_t kMaxCohortDimension = 65536, kMaxCohortSize = 1'000'000;

// Normalises the rows. kInvalidArgument where `embeddings` is not at least one row of 1..kMaxCohortDimension values, or
// holds more than kMaxCohortSize rows; kUndefined for a row that is zero or not finite.
Result<Cohort> make_cohort(std::span<const float> embeddings, std::size_t dimension, const Sha256& model_sha256);

// The bytes of the file. REQUIRES: a cohort from make_cohort or decode_cohort.
std::vector<std::uint8_t> encode_cohort(const Cohort& cohort, CohortEncoding encoding);

// Any bytes in, an exact cohort or an error out: kUnsupportedFormat for another magic, version or encoding, kTruncated
// for a file that ends early, kCorruptData for one that is too long, fails its checksum or holds a row without
// direction.
Result<Cohort> decode_cohort(std::span<const std::uint8_t> file);

}  // namespace voiceprint
