#include "voiceprint/cohort.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "crc32.h"
#include "voiceprint/scoring.h"

namespace voiceprint {
namespace {

constexpr char kMagic[8] = {'V', 'P', 'C', 'O', 'H', 'O', 'R', 'T'};
constexpr std::uint32_t kVersion = 1;
// Magic, version, encoding, dimension, size, SHA-256 of the model; rows; checksum of all before it.
constexpr std::size_t kHeaderBytes = 8 + 4 * 4 + 32, kChecksumBytes = 4;

std::uint64_t row_bytes(CohortEncoding encoding, std::uint64_t dimension) {
  return encoding == CohortEncoding::kInt8 ? 4 + dimension : 4 * dimension;
}

std::uint32_t read_u32(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
         static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

float read_f32(const std::uint8_t* at) {
  const std::uint32_t bits = read_u32(at);
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

void append_u32(std::vector<std::uint8_t>& bytes, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

void append_f32(std::vector<std::uint8_t>& bytes, float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  append_u32(bytes, bits);
}

void append_row(std::vector<std::uint8_t>& bytes, std::span<const float> row, CohortEncoding encoding) {
  if (encoding == CohortEncoding::kFloat32) {
    for (float value : row) append_f32(bytes, value);
    return;
  }
  float highest = 0;
  for (float value : row) highest = std::max(highest, std::abs(value));
  const float scale = highest / 127;
  append_f32(bytes, scale);
  for (float value : row)
    bytes.push_back(static_cast<std::uint8_t>(static_cast<std::int8_t>(std::lround(value / scale))));
}

void read_row(const std::uint8_t* at, CohortEncoding encoding, std::span<float> row) {
  if (encoding == CohortEncoding::kFloat32) {
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = read_f32(at + 4 * i);
    return;
  }
  const float scale = read_f32(at);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = scale * static_cast<float>(static_cast<std::int8_t>(at[4 + i]));
}

Error error(ErrorCode code, const std::string& what) {
  return {code, "the cohort file " + what};
}

}  // namespace

Result<Cohort> make_cohort(std::span<const float> embeddings, std::size_t dimension, const Sha256& model_sha256) {
  if (dimension == 0 || dimension > kMaxCohortDimension || embeddings.empty() || embeddings.size() % dimension != 0 ||
      embeddings.size() / dimension > kMaxCohortSize)
    return Error{ErrorCode::kInvalidArgument, std::to_string(embeddings.size()) + " values are no cohort of rows of " +
                                                  std::to_string(dimension) + "; pass whole embeddings"};
  Cohort cohort{dimension, model_sha256, {embeddings.begin(), embeddings.end()}};
  for (std::size_t row = 0; row < embeddings.size(); row += dimension)
    if (auto done = l2_normalise(std::span(cohort.embeddings).subspan(row, dimension)); !done) return done.error();
  return cohort;
}

std::vector<std::uint8_t> encode_cohort(const Cohort& cohort, CohortEncoding encoding) {
  std::vector<std::uint8_t> bytes(kMagic, kMagic + sizeof kMagic);
  bytes.reserve(kHeaderBytes + cohort.size() * static_cast<std::size_t>(row_bytes(encoding, cohort.dimension)) +
                kChecksumBytes);
  append_u32(bytes, kVersion);
  append_u32(bytes, static_cast<std::uint32_t>(encoding));
  append_u32(bytes, static_cast<std::uint32_t>(cohort.dimension));
  append_u32(bytes, static_cast<std::uint32_t>(cohort.size()));
  bytes.insert(bytes.end(), cohort.model_sha256.begin(), cohort.model_sha256.end());
  for (std::size_t row = 0; row < cohort.embeddings.size(); row += cohort.dimension)
    append_row(bytes, std::span(cohort.embeddings).subspan(row, cohort.dimension), encoding);
  append_u32(bytes, crc32(bytes));
  return bytes;
}

Result<Cohort> decode_cohort(std::span<const std::uint8_t> file) {
  if (file.size() < sizeof kMagic || std::memcmp(file.data(), kMagic, sizeof kMagic) != 0)
    return error(ErrorCode::kUnsupportedFormat, "does not begin with VPCOHORT; it is another file");
  if (file.size() < kHeaderBytes) return error(ErrorCode::kTruncated, "ends inside its header; fetch it again");
  const std::uint32_t version = read_u32(&file[8]), encoding_number = read_u32(&file[12]),
                      dimension = read_u32(&file[16]), size = read_u32(&file[20]);
  if (version != kVersion)
    return error(ErrorCode::kUnsupportedFormat,
                 "has version " + std::to_string(version) + ", this program reads version " + std::to_string(kVersion));
  if (encoding_number > static_cast<std::uint32_t>(CohortEncoding::kInt8))
    return error(ErrorCode::kUnsupportedFormat, "has an unknown encoding; use a newer program");
  if (dimension == 0 || dimension > kMaxCohortDimension || size == 0 || size > kMaxCohortSize)
    return error(ErrorCode::kCorruptData, "has an impossible size or dimension in its header; fetch it again");
  const auto encoding = static_cast<CohortEncoding>(encoding_number);
  const std::uint64_t bytes_per_row = row_bytes(encoding, dimension);
  const std::uint64_t expected = kHeaderBytes + size * bytes_per_row + kChecksumBytes;
  if (file.size() < expected) return error(ErrorCode::kTruncated, "is cut short; fetch it again");
  if (file.size() > expected) return error(ErrorCode::kCorruptData, "is longer than its header says; fetch it again");
  if (crc32(file.first(file.size() - kChecksumBytes)) != read_u32(&file[file.size() - kChecksumBytes]))
    return error(ErrorCode::kCorruptData, "is damaged: its checksum is wrong; fetch it again");

  Cohort cohort;
  cohort.dimension = dimension;
  std::copy_n(&file[24], cohort.model_sha256.size(), cohort.model_sha256.begin());
  cohort.embeddings.resize(std::size_t{size} * dimension);
  for (std::size_t i = 0; i < size; ++i) {
    const std::span<float> row = std::span(cohort.embeddings).subspan(i * dimension, dimension);
    read_row(&file[kHeaderBytes + i * static_cast<std::size_t>(bytes_per_row)], encoding, row);
    if (!l2_normalise(row))
      return error(ErrorCode::kCorruptData, "holds an embedding that is zero or not finite; write it again");
  }
  return cohort;
}

}  // namespace voiceprint
