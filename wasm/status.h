// What every function of the C ABI answers with: statuses, the last error, and the checks of what a caller may get
// wrong.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <new>
#include <string_view>

#include "voiceprint/result.h"
#include "voiceprint_c.h"

namespace voiceprint::abi {

// Keeps the message for vp_last_error().
std::int32_t fail(ErrorCode code, std::string_view message);

inline std::int32_t fail(const Error& error) {
  return fail(error.code, error.message);
}

inline std::int32_t null_argument() {
  return fail(ErrorCode::kInvalidArgument, "A required pointer is NULL.");
}

inline std::int32_t out_of_memory() {
  return fail(ErrorCode::kOutOfMemory, "Out of memory.");
}

// Runs `body`. Where the build has exceptions, memory that runs out inside the core becomes a status; in WebAssembly it
// traps.
template <typename Body>
std::int32_t guarded(Body body) {
#ifdef __cpp_exceptions
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
#else
  return body();
#endif
}

// An array may be NULL only when it is empty.
template <typename T>
bool is_array(const T* data, std::uint32_t size) {
  return data != nullptr || size == 0;
}

// True for a whole number that `Integer` holds, up to 2^53.
template <typename Integer>
bool to_integer(double value, Integer& out) {
  double highest = std::min(static_cast<double>(std::numeric_limits<Integer>::max()), 9007199254740992.0);
  if (!(value >= 0.0 && value <= highest) || value != std::floor(value)) return false;
  out = static_cast<Integer>(value);
  return true;
}

}  // namespace voiceprint::abi
