// TrainerError: what went wrong, where, and the cure, in words for the person at the terminal. main() prints it.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint::trainer {

class TrainerError : public std::runtime_error {
 public:
  explicit TrainerError(const std::string& message) : std::runtime_error(message) {}
};

// The name nearest to `wanted` (edit distance), for "unknown key ...: did you mean ...?".
std::string nearest_name(const std::string& wanted, const std::vector<std::string>& names);

// The value of a core Result, or its error thrown as TrainerError.
template <typename T>
T take(Result<T> result) {
  if (!result) throw TrainerError(result.error().message);
  return std::move(result.value());
}
inline void take(const Result<void>& result) {
  if (!result) throw TrainerError(result.error().message);
}

}  // namespace voiceprint::trainer
