// Event files, read back by a reader of this test's own.
#include "run/tensorboard.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "run/metrics_log.h"
#include "run/write_file.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

// Bit by bit, by long division.
std::uint32_t slow_crc32c(const std::string& bytes) {
  std::uint32_t rest = 0xffffffff;
  for (const char c : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = ((rest ^ (static_cast<unsigned char>(c) >> bit)) & 1) != 0;
      rest >>= 1;
      if (carry) rest ^= 0x82f63b78;
    }
  }
  return ~rest;
}

template <typename Number>
Number number_at(const std::string& bytes, std::size_t at) {
  Number number;
  std::memcpy(&number, bytes.substr(at, sizeof number).data(), sizeof number);
  return number;
}

// A protobuf message: for each field the raw values, numbers as 8 bytes.
std::multimap<int, std::string> fields_of(const std::string& message) {
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.at(at++));
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  std::multimap<int, std::string> fields;
  while (at < message.size()) {
    const std::uint64_t key = varint();
    std::size_t length = 0;
    std::string value;
    switch (key & 7) {
      case 0: {
        const std::uint64_t number = varint();
        value.assign(reinterpret_cast<const char*>(&number), sizeof number);
        break;
      }
      case 1:
        length = 8;
        break;
      case 2:
        length = varint();
        break;
      case 5:
        length = 4;
        break;
      default:
        ADD_FAILURE() << "wire type " << (key & 7);
    }
    if ((key & 7) != 0) value = message.substr(at, length), at += length;
    fields.emplace(static_cast<int>(key >> 3), value);
  }
  return fields;
}

std::vector<std::string> records_of(const std::string& path) {
  const std::string bytes = read_file(path);
  const auto unmasked = [](std::uint32_t masked) {
    const std::uint32_t rotated = masked - 0xa282ead8u;
    return rotated >> 17 | rotated << 15;
  };
  std::vector<std::string> records;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = number_at<std::uint64_t>(bytes, at);
    EXPECT_EQ(unmasked(number_at<std::uint32_t>(bytes, at + 8)), slow_crc32c(bytes.substr(at, 8)));
    records.push_back(bytes.substr(at + 12, length));
    EXPECT_EQ(unmasked(number_at<std::uint32_t>(bytes, at + 12 + length)), slow_crc32c(records.back()));
    at += length + 16;
  }
  return records;
}

TEST(TensorBoard, KnowsTheCheckSum) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);            // RFC 3720's polynomial, the usual check value
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, B.4
  EXPECT_EQ(slow_crc32c("123456789"), 0xe3069283u);
}

TEST(TensorBoard, WritesScalarsThatAReaderFinds) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "run");
  const double before = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EventFile events(folder / "run", 300);
  events.add(301, {{"train/loss", 2.5}, {"train/accuracy", 0.125}});
  events.add(5'000'000'000, {{"eer/clean", 0.0625}});
  EXPECT_NE(events.path().find("/run/events.out.tfevents."), std::string::npos);

  const std::vector<std::string> records = records_of(events.path());
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(fields_of(records[0]).find(3)->second, "brain.Event:2");
  EXPECT_EQ(number_at<std::int64_t>(fields_of(records[1]).find(2)->second, 0), 301);
  const auto session = fields_of(fields_of(records[1]).find(7)->second);
  EXPECT_EQ(number_at<std::int64_t>(session.find(1)->second, 0), 1);  // START

  std::map<std::string, std::pair<std::int64_t, float>> values;
  for (std::size_t i = 2; i < records.size(); ++i) {
    const auto event = fields_of(records[i]);
    const double wall_time = number_at<double>(event.find(1)->second, 0);
    EXPECT_GE(wall_time, before);
    EXPECT_LT(wall_time, before + 60);
    const auto summary = fields_of(event.find(5)->second);
    for (const auto& [field, entry] : summary) {
      ASSERT_EQ(field, 1);
      const auto value = fields_of(entry);
      values[value.find(1)->second] = {number_at<std::int64_t>(event.find(2)->second, 0),
                                       number_at<float>(value.find(2)->second, 0)};
    }
  }
  const std::map<std::string, std::pair<std::int64_t, float>> expected = {
      {"train/loss", {301, 2.5f}}, {"train/accuracy", {301, 0.125f}}, {"eer/clean", {5'000'000'000, 0.0625f}}};
  EXPECT_EQ(values, expected);
}

TEST(MetricsLog, ForgetsWhatAKilledRunDidAfterItsCheckpoint) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "run");
  {
    MetricsLog log(folder / "run", 0);
    log.add_training(10, {{"loss", 3.0}});
    log.add_evaluation(10, {{"clean", 0.25}});
    log.add_training(20, {{"loss", 2.0}});
  }
  write_file_atomically(folder / "run/metrics.jsonl", read_file(folder / "run/metrics.jsonl") + "{\"step\": 3");
  {
    MetricsLog log(folder / "run", 10);
    log.add_training(20, {{"loss", 1.5}});
  }
  EXPECT_EQ(read_file(folder / "run/metrics.jsonl"),
            "{\"loss\":3.0,\"step\":10}\n{\"eer\":{\"clean\":0.25},\"step\":10}\n{\"loss\":1.5,\"step\":20}\n");
}

}  // namespace
}  // namespace voiceprint::trainer
