#include "voiceprint/cohort.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "crc32.h"

namespace voiceprint {
namespace {

Cohort made_up_cohort(std::size_t size, std::size_t dimension) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> rows(size * dimension);
  for (float& value : rows) value = normal(random);
  Sha256 sha256{};
  for (std::size_t i = 0; i < sha256.size(); ++i) sha256[i] = static_cast<std::uint8_t>(7 * i);
  return *make_cohort(rows, dimension, sha256);
}

TEST(Cohort, SurvivesItsFile) {
  const Cohort cohort = made_up_cohort(30, 192);
  EXPECT_EQ(cohort.size(), 30u);
  for (CohortEncoding encoding : {CohortEncoding::kFloat32, CohortEncoding::kInt8}) {
    const auto file = encode_cohort(cohort, encoding);
    EXPECT_EQ(file.size(), 60 + 30 * (encoding == CohortEncoding::kInt8 ? 4u + 192 : 4u * 192));
    const Result<Cohort> read = decode_cohort(file);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->dimension, 192u);
    EXPECT_EQ(read->size(), 30u);
    EXPECT_EQ(read->model_sha256, cohort.model_sha256);
    for (std::size_t i = 0; i < 30; ++i) {
      double length = 0, cosine = 0;
      for (std::size_t k = i * 192; k < (i + 1) * 192; ++k) {
        length += static_cast<double>(read->embeddings[k]) * static_cast<double>(read->embeddings[k]);
        cosine += static_cast<double>(read->embeddings[k]) * static_cast<double>(cohort.embeddings[k]);
      }
      EXPECT_NEAR(length, 1, 1e-6);
      EXPECT_GT(cosine, encoding == CohortEncoding::kInt8 ? 0.9999 : 0.9999999);
    }
  }
}

// Byte by byte, as FORMATS.md says.
TEST(Cohort, BytesAreThoseOfTheFormat) {
  Sha256 sha256{};
  sha256[0] = 0xab;
  const Cohort cohort = *make_cohort(std::vector<float>{3, 4}, 2, sha256);
  const auto file = encode_cohort(cohort, CohortEncoding::kInt8);
  std::vector<std::uint8_t> expected = {'V', 'P', 'C', 'O', 'H', 'O', 'R', 'T', 1, 0, 0, 0,   1,
                                        0,   0,   0,   2,   0,   0,   0,   1,   0, 0, 0, 0xab};
  expected.resize(56);
  const float scale = 0.8f / 127;
  const auto* scale_bytes = reinterpret_cast<const std::uint8_t*>(&scale);
  expected.insert(expected.end(), scale_bytes, scale_bytes + 4);
  expected.insert(expected.end(), {95, 127});  // 0.6 / 0.8 * 127 = 95.25
  ASSERT_EQ(file.size(), expected.size() + 4);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(file[i], expected[i]) << i;
}

TEST(Cohort, ChecksumIsThePublishedOne) {
  const std::string text = "123456789";  // the check value of CRC-32/ISO-HDLC
  EXPECT_EQ(crc32({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}), 0xcbf43926u);
  EXPECT_EQ(crc32({}), 0u);
}

TEST(Cohort, EveryFlippedBitIsFound) {
  const auto file = encode_cohort(made_up_cohort(2, 3), CohortEncoding::kInt8);
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    auto damaged = file;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(decode_cohort(damaged)) << bit;
  }
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_FALSE(decode_cohort(std::span(file).first(size))) << size;
}

TEST(Cohort, SaysWhatIsWrong) {
  const auto file = encode_cohort(made_up_cohort(2, 3), CohortEncoding::kFloat32);
  const auto code = [&](std::size_t at, std::uint8_t value) {
    auto changed = file;
    changed[at] = value;
    const auto checksum = crc32(std::span(changed).first(changed.size() - 4));
    for (std::size_t i = 0; i < 4; ++i)
      changed[changed.size() - 4 + i] = static_cast<std::uint8_t>(checksum >> (8 * i));
    const auto read = decode_cohort(changed);
    return read ? ErrorCode::kOk : read.error().code;
  };
  EXPECT_EQ(code(0, 'V'), ErrorCode::kOk);
  EXPECT_EQ(code(0, 'X'), ErrorCode::kUnsupportedFormat);
  EXPECT_EQ(code(8, 2), ErrorCode::kUnsupportedFormat);
  EXPECT_EQ(code(12, 2), ErrorCode::kUnsupportedFormat);
  EXPECT_EQ(code(16, 0), ErrorCode::kCorruptData);    // no dimension
  EXPECT_EQ(code(19, 255), ErrorCode::kCorruptData);  // an impossible one
  EXPECT_EQ(code(20, 0), ErrorCode::kCorruptData);    // no row
  EXPECT_EQ(code(20, 1), ErrorCode::kCorruptData);    // a row too many in the file
  EXPECT_EQ(code(20, 3), ErrorCode::kTruncated);
  EXPECT_EQ(code(59, 0x7f), ErrorCode::kOk);  // a large value, finite
  auto longer = file;
  longer.push_back(0);
  EXPECT_EQ(decode_cohort(longer).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(decode_cohort({}).error().code, ErrorCode::kUnsupportedFormat);

  // A row without direction, with a right checksum.
  Cohort zero = made_up_cohort(2, 3);
  zero.embeddings[3] = zero.embeddings[4] = zero.embeddings[5] = 0;
  EXPECT_EQ(decode_cohort(encode_cohort(zero, CohortEncoding::kFloat32)).error().code, ErrorCode::kCorruptData);
  zero.embeddings[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(decode_cohort(encode_cohort(zero, CohortEncoding::kFloat32)).error().code, ErrorCode::kCorruptData);
}

TEST(Cohort, IsMadeOfWholeDirections) {
  const std::vector<float> row = {1, 2}, zero = {0, 0}, nan = {1, NAN};
  EXPECT_TRUE(make_cohort(row, 2, {}));
  EXPECT_EQ(make_cohort(row, 3, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(make_cohort(row, 0, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(make_cohort({}, 2, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(make_cohort(zero, 2, {}).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(make_cohort(nan, 2, {}).error().code, ErrorCode::kUndefined);
}

}  // namespace
}  // namespace voiceprint
