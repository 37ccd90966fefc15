// Builds WAV files byte by byte, right ones and wrong ones.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace voiceprint::testing {

using Bytes = std::vector<std::uint8_t>;

inline void put(Bytes& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
inline void put_id(Bytes& bytes, const char* id) {
  bytes.insert(bytes.end(), id, id + 4);
}

struct WavFields {
  std::uint16_t tag = 1, channels = 1, bits = 16;
  std::uint32_t rate = 16000;
  int block_align = -1;         // -1: what the other fields say
  std::int64_t data_size = -1;  // -1: the length of the data
  bool extensible = false;
  Bytes before_data;  // chunks between "fmt " and "data"
};

inline Bytes make_wav(const WavFields& fields, const Bytes& data) {
  Bytes bytes;
  const int block = fields.block_align >= 0 ? fields.block_align : fields.bits / 8 * fields.channels;
  put_id(bytes, "RIFF");
  put(bytes, 36 + data.size(), 4);
  put_id(bytes, "WAVE");
  put_id(bytes, "fmt ");
  put(bytes, fields.extensible ? 40 : 16, 4);
  put(bytes, fields.extensible ? 0xFFFE : fields.tag, 2);
  put(bytes, fields.channels, 2);
  put(bytes, fields.rate, 4);
  put(bytes, static_cast<std::uint64_t>(fields.rate) * static_cast<std::uint64_t>(block), 4);
  put(bytes, static_cast<std::uint64_t>(block), 2);
  put(bytes, fields.bits, 2);
  if (fields.extensible) {
    put(bytes, 22, 2);
    put(bytes, fields.bits, 2);
    put(bytes, 4, 4);
    put(bytes, fields.tag, 2);
    const std::uint8_t tail[] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71};
    bytes.insert(bytes.end(), tail, tail + sizeof tail);
  }
  bytes.insert(bytes.end(), fields.before_data.begin(), fields.before_data.end());
  put_id(bytes, "data");
  put(bytes, fields.data_size >= 0 ? static_cast<std::uint64_t>(fields.data_size) : data.size(), 4);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

inline Bytes float_bytes(const std::vector<float>& samples) {
  Bytes bytes(samples.size() * 4);
  std::memcpy(bytes.data(), samples.data(), bytes.size());
  return bytes;
}

}  // namespace voiceprint::testing
