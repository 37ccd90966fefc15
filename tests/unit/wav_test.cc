#include "voiceprint/wav.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "wav_bytes.h"

namespace voiceprint {
namespace {

using testing::Bytes;
using testing::make_wav;
using testing::put;
using testing::put_id;
using testing::WavFields;

Result<std::vector<float>> decode(const Bytes& bytes) {
  const Result<WavFormat> format = parse_wav_header(bytes, bytes.size());
  if (!format) return format.error();
  std::vector<float> mono(format->num_frames);
  const std::size_t size = mono.size() * static_cast<std::size_t>(format->bytes_per_frame());
  const Result<void> decoded = decode_wav(*format, std::span(bytes).subspan(format->data_offset, size), mono);
  if (!decoded) return decoded.error();
  return mono;
}

ErrorCode error_of(const Bytes& bytes) {
  const auto result = decode(bytes);
  return result ? ErrorCode::kOk : result.error().code;
}

TEST(Wav, DecodesPcmOfEveryWidth) {
  Bytes data;
  for (int value : {0, 128, 255, 64}) put(data, static_cast<std::uint64_t>(value), 1);
  EXPECT_EQ(*decode(make_wav({.bits = 8}, data)), (std::vector<float>{-1, 0, 127 / 128.f, -0.5f}));
  for (int bits : {16, 24, 32}) {
    data.clear();
    const std::int64_t full = std::int64_t{1} << (bits - 1);
    for (std::int64_t value : {-full, std::int64_t{0}, full / 2, -full / 4, std::int64_t{1}})
      put(data, static_cast<std::uint64_t>(value), bits / 8);
    const float one_step = static_cast<float>(1.0 / static_cast<double>(full));
    EXPECT_EQ(*decode(make_wav({.bits = static_cast<std::uint16_t>(bits)}, data)),
              (std::vector<float>{-1, 0, 0.5f, -0.25f, one_step}))
        << bits;
  }
}

TEST(Wav, DecodesFloatAndDouble) {
  const std::vector<float> samples = {0.f, 0.25f, -1.5f};
  EXPECT_EQ(*decode(make_wav({.tag = 3, .bits = 32}, testing::float_bytes(samples))), samples);
  Bytes data;
  for (double value : {0.0, 0.25, -1.5}) {
    std::uint64_t raw;
    std::memcpy(&raw, &value, 8);
    put(data, raw, 8);
  }
  EXPECT_EQ(*decode(make_wav({.tag = 3, .bits = 64}, data)), samples);
}

// Values of ITU-T G.711 (tables 1 and 2), scaled to 16 bits: the smallest and the largest of each sign.
TEST(Wav, DecodesG711) {
  EXPECT_EQ(*decode(make_wav({.tag = 6, .bits = 8}, {0xD5, 0x55, 0xAA, 0x2A, 0x80})),
            (std::vector<float>{8 / 32768.f, -8 / 32768.f, 32256 / 32768.f, -32256 / 32768.f, 5504 / 32768.f}));
  EXPECT_EQ(*decode(make_wav({.tag = 7, .bits = 8}, {0xFF, 0x7F, 0x80, 0x00, 0xF0})),
            (std::vector<float>{0.f, 0.f, 32124 / 32768.f, -32124 / 32768.f, 120 / 32768.f}));
}

TEST(Wav, AveragesChannels) {
  Bytes data;
  for (int value : {16384, 0, -16384, -32768}) put(data, static_cast<std::uint64_t>(value), 2);
  EXPECT_EQ(*decode(make_wav({.channels = 2}, data)), (std::vector<float>{0.25f, -0.75f}));
}

TEST(Wav, ReadsExtensibleAndSkipsOtherChunks) {
  WavFields fields;
  fields.extensible = true;
  put_id(fields.before_data, "LIST");
  put(fields.before_data, 3, 4);  // odd: one byte of padding follows
  put(fields.before_data, 0x414141, 4);
  const Result<std::vector<float>> samples = decode(make_wav(fields, {0x00, 0x40}));
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_EQ(*samples, std::vector<float>{0.5f});
}

TEST(Wav, ReadsRf64) {
  Bytes bytes;
  put_id(bytes, "RF64");
  put(bytes, 0xFFFFFFFF, 4);
  put_id(bytes, "WAVE");
  put_id(bytes, "ds64");
  put(bytes, 28, 4);
  put(bytes, 72, 8);
  put(bytes, 4, 8);  // bytes of samples
  put(bytes, 2, 8);
  put(bytes, 0, 4);
  const Bytes rest = make_wav({.data_size = 0xFFFFFFFF}, {0, 0x40, 0, 0xC0, 1, 2, 3, 4});
  bytes.insert(bytes.end(), rest.begin() + 12, rest.end());
  EXPECT_EQ(*decode(bytes), (std::vector<float>{0.5f, -0.5f}));
}

TEST(Wav, ReadsStreamedFilesToTheEnd) {
  for (std::int64_t size : {std::int64_t{0}, std::int64_t{0xFFFFFFFF}})
    EXPECT_EQ(*decode(make_wav({.data_size = size}, {0, 0x40, 0, 0xC0})), (std::vector<float>{0.5f, -0.5f}));
}

TEST(Wav, DropsAPartialLastFrame) {
  EXPECT_EQ(decode(make_wav({}, {0, 0x40, 7}))->size(), 1u);
}

TEST(Wav, RefusesBadHeaders) {
  const Bytes data = {0, 0, 0, 0};
  EXPECT_EQ(error_of({}), ErrorCode::kEmptyAudio);
  EXPECT_EQ(error_of(make_wav({}, {})), ErrorCode::kEmptyAudio);
  EXPECT_EQ(error_of(make_wav({}, {1})), ErrorCode::kEmptyAudio);  // not one whole frame
  const std::string text = "This is a text that someone renamed to recording.wav, alas.";
  EXPECT_EQ(error_of(Bytes(text.begin(), text.end())), ErrorCode::kUnsupportedFormat);
  Bytes avi = make_wav({}, data);
  std::memcpy(avi.data() + 8, "AVI ", 4);
  EXPECT_EQ(error_of(avi), ErrorCode::kUnsupportedFormat);
  EXPECT_EQ(error_of(make_wav({.tag = 2, .bits = 4}, data)), ErrorCode::kUnsupportedFormat);  // ADPCM
  EXPECT_EQ(error_of(make_wav({.bits = 12}, data)), ErrorCode::kUnsupportedFormat);
  EXPECT_EQ(error_of(make_wav({.tag = 3, .bits = 16}, data)), ErrorCode::kUnsupportedFormat);
  EXPECT_EQ(error_of(make_wav({.channels = 65}, data)), ErrorCode::kUnsupportedFormat);
  EXPECT_EQ(error_of(make_wav({.rate = 10'000'000}, data)), ErrorCode::kUnsupportedFormat);
  EXPECT_EQ(error_of(make_wav({.rate = 0}, data)), ErrorCode::kCorruptData);
  EXPECT_EQ(error_of(make_wav({.channels = 0}, data)), ErrorCode::kCorruptData);
  EXPECT_EQ(error_of(make_wav({.block_align = 3}, data)), ErrorCode::kCorruptData);
  EXPECT_EQ(error_of(make_wav({.data_size = 5}, data)), ErrorCode::kTruncated);
  EXPECT_EQ(error_of(make_wav({.data_size = 0xFFFFFFFE}, data)), ErrorCode::kTruncated);
}

TEST(Wav, RefusesAHeaderCutAnywhere) {
  const Bytes whole = make_wav({.extensible = true}, {0, 0, 0, 0});
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const ErrorCode code = error_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_EQ(code, size < 4 ? ErrorCode::kUnsupportedFormat : ErrorCode::kTruncated) << size;
  }
}

TEST(Wav, RefusesChunksOutOfOrderOrTwice) {
  const Bytes good = make_wav({}, {0, 0, 0, 0});
  Bytes swapped(good.begin(), good.begin() + 12);
  swapped.insert(swapped.end(), good.begin() + 36, good.end());
  swapped.insert(swapped.end(), good.begin() + 12, good.begin() + 36);
  EXPECT_EQ(error_of(swapped), ErrorCode::kCorruptData);
  EXPECT_EQ(error_of(make_wav({.before_data = Bytes(good.begin() + 12, good.begin() + 36)}, {0, 0})),
            ErrorCode::kCorruptData);
}

TEST(Wav, RefusesNonFiniteSamplesAndNamesThem) {
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const auto result = decode(make_wav({.tag = 3, .bits = 32}, testing::float_bytes({0.f, 0.f, bad})));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kNonFiniteSample);
    EXPECT_NE(result.error().message.find("sample 2"), std::string::npos);
  }
}

// Whatever the bytes, the parser stays inside them and what it returns fits the file.
TEST(Wav, SurvivesRandomDamage) {
  std::mt19937 random(5);
  const Bytes good = make_wav({.channels = 2, .extensible = true}, Bytes(64, 9));
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes = good;
    for (int changes = 0; changes < 3; ++changes) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    bytes.resize(random() % (bytes.size() + 1));
    const Result<WavFormat> format = parse_wav_header(bytes, bytes.size());
    if (!format) {
      EXPECT_FALSE(format.error().message.empty());
      continue;
    }
    ASSERT_GT(format->num_frames, 0u);
    ASSERT_LE(format->data_offset + format->num_frames * static_cast<std::uint64_t>(format->bytes_per_frame()),
              bytes.size());
    (void)decode(bytes);
  }
}

}  // namespace
}  // namespace voiceprint
