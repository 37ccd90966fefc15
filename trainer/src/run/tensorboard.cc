#include "run/tensorboard.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "error.h"

static_assert(std::endian::native == std::endian::little, "numbers are written in memory order");

namespace voiceprint::trainer {
namespace {

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[byte] = crc;
  }
  return table;
}();

template <typename Number>
void append_number(std::string& out, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

// Protobuf: a field is its key (number << 3 | wire type) and its value.
enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void append_key(std::string& out, std::uint64_t field, WireType type) {
  append_varint(out, field << 3 | type);
}

void append_bytes(std::string& out, std::uint64_t field, std::string_view bytes) {
  append_key(out, field, kBytes);
  append_varint(out, bytes.size());
  out.append(bytes);
}

// Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log
// = 7; }
std::string event_at(std::int64_t step) {
  std::string event;
  append_key(event, 1, kFixed64);
  append_number(event, std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
  append_key(event, 2, kVarint);
  append_varint(event, static_cast<std::uint64_t>(step));
  return event;
}

std::uint32_t masked_crc(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xa282ead8u;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

EventFile::EventFile(const std::string& folder, std::int64_t first_step) {
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  path_ = folder + "/events.out.tfevents." + std::to_string(seconds) + "." + host + "." + std::to_string(::getpid());
  file_ = std::fopen(path_.c_str(), "ab");
  if (file_ == nullptr) throw TrainerError(path_ + ": cannot be written: " + std::strerror(errno));
  std::string version = event_at(0);
  append_bytes(version, 3, "brain.Event:2");
  write_record(version);
  std::string start, session;
  append_key(session, 1, kVarint);  // SessionLog { SessionStatus status = 1; }
  append_varint(session, 1);        // START
  start = event_at(first_step + 1);
  append_bytes(start, 7, session);
  write_record(start);
}

EventFile::~EventFile() {
  std::fclose(file_);
}

void EventFile::add(std::int64_t step, const Scalars& scalars) {
  std::string summary;  // Summary { repeated Value value = 1; }, Value { string tag = 1; float simple_value = 2; }
  for (const auto& [tag, value] : scalars) {
    std::string entry;
    append_bytes(entry, 1, tag);
    append_key(entry, 2, kFixed32);
    append_number(entry, static_cast<float>(value));
    append_bytes(summary, 1, entry);
  }
  std::string event = event_at(step);
  append_bytes(event, 5, summary);
  write_record(event);
}

void EventFile::write_record(std::string_view event) {
  std::string record;
  append_number(record, static_cast<std::uint64_t>(event.size()));
  append_number(record, masked_crc(record));
  record.append(event);
  append_number(record, masked_crc(event));
  if (std::fwrite(record.data(), 1, record.size(), file_) != record.size() || std::fflush(file_) != 0)
    throw TrainerError(path_ + ": cannot be written: " + std::strerror(errno) +
                       "; free some space, then go on with --resume");
}

}  // namespace voiceprint::trainer
