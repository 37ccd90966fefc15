// Errors as values: Result<T> holds a T or an Error.
//
// The core never throws and never prints. A function returns Result when data can make it fail (a file, a sample, an
// option that a user typed); it asserts on programmer errors. Thread-safety: plain values.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace voiceprint {

// The numbers are part of the C ABI (voiceprint_c.h) and of the npm package: never renumber, only append.
enum class ErrorCode : std::int32_t {
  kOk = 0,
  kInvalidArgument = 1,    // an option or size outside its stated range
  kUnsupportedFormat = 2,  // well-formed, but a container, codec or layout that this code does not read
  kCorruptData = 3,        // the bytes contradict their own header or format
  kTruncated = 4,          // the data ends before its header says it does
  kEmptyAudio = 5,         // no sample at all
  kNonFiniteSample = 6,    // a NaN or infinity among the samples
  kTooShort = 7,           // fewer samples than one analysis frame
  kIo = 8,                 // the operating system refused to open, read or write
  kOutOfMemory = 9,
  kUndefined = 10,  // the quantity does not exist for this input (an EER without target trials, say)
};

struct Error {
  ErrorCode code = ErrorCode::kInvalidArgument;
  std::string message;  // one English sentence: what is wrong, where, and the cure
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit on purpose
  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  // REQUIRES: ok()
  T& value() {
    assert(ok());
    return std::get<0>(state_);
  }
  const T& value() const {
    assert(ok());
    return std::get<0>(state_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  // REQUIRES: !ok()
  const Error& error() const {
    assert(!ok());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT: implicit on purpose
  bool ok() const { return ok_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    assert(!ok_);
    return error_;
  }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace voiceprint
