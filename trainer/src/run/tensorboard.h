// TensorBoard event files: scalars over the steps, for `tensorboard --logdir`.
//
// A file is a sequence of TFRecords: length (u64), its masked CRC-32C, the bytes of one Event message, their masked
// CRC-32C; all little-endian, mask = rotate_right(crc, 15) + 0xa282ead8. The messages are protobuf
// (tensorflow/core/util/event.proto); only wall_time, step, file_version, summary and session_log are written, so they
// are put together by hand.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace voiceprint::trainer {

// CRC-32C (Castagnoli), polynomial 0x1edc6f41 reflected; of "123456789": 0xe3069283.
std::uint32_t crc32c(std::string_view bytes);

using Scalars = std::vector<std::pair<std::string, double>>;  // tag, value

class EventFile {
 public:
  // A new file events.out.tfevents.<seconds>.<host>.<process> in `folder`. It tells TensorBoard to forget what earlier
  // files of the folder say of the steps after `first_step`. TrainerError names the file that cannot be written.
  EventFile(const std::string& folder, std::int64_t first_step);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  // One record, whole on return: a kill after it loses nothing.
  void add(std::int64_t step, const Scalars& scalars);

  const std::string& path() const { return path_; }

 private:
  void write_record(std::string_view event);

  std::string path_;
  std::FILE* file_ = nullptr;
};

}  // namespace voiceprint::trainer
