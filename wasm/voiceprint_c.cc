// The C ABI's statuses, last error and memory. The other files check what a foreign caller may get wrong, convert, and
// pass on.
#include "voiceprint_c.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "status.h"
#include "voiceprint/result.h"

using voiceprint::ErrorCode;

static_assert(VP_OK == static_cast<int>(ErrorCode::kOk));
static_assert(VP_INVALID_ARGUMENT == static_cast<int>(ErrorCode::kInvalidArgument));
static_assert(VP_UNSUPPORTED_FORMAT == static_cast<int>(ErrorCode::kUnsupportedFormat));
static_assert(VP_CORRUPT_DATA == static_cast<int>(ErrorCode::kCorruptData));
static_assert(VP_TRUNCATED == static_cast<int>(ErrorCode::kTruncated));
static_assert(VP_EMPTY_AUDIO == static_cast<int>(ErrorCode::kEmptyAudio));
static_assert(VP_NON_FINITE_SAMPLE == static_cast<int>(ErrorCode::kNonFiniteSample));
static_assert(VP_TOO_SHORT == static_cast<int>(ErrorCode::kTooShort));
static_assert(VP_IO == static_cast<int>(ErrorCode::kIo));
static_assert(VP_OUT_OF_MEMORY == static_cast<int>(ErrorCode::kOutOfMemory));
static_assert(VP_UNDEFINED == static_cast<int>(ErrorCode::kUndefined));

namespace {

// A plain array: reporting that memory is gone must not need memory.
thread_local char last_error[512] = "";

}  // namespace

std::int32_t voiceprint::abi::fail(ErrorCode code, std::string_view message) {
  std::size_t length = message.copy(last_error, sizeof(last_error) - 1);
  last_error[length] = '\0';
  return static_cast<std::int32_t>(code);
}

std::int32_t vp_abi_version() {
  return VP_ABI_VERSION;
}

const char* vp_last_error() {
  return last_error;
}

void* vp_alloc(std::uint32_t num_bytes) {
  // Near the end of the address space emmalloc rounds up to almost nothing.
  const std::uint64_t wanted = num_bytes;
  if (wanted > static_cast<std::uint64_t>(std::numeric_limits<std::ptrdiff_t>::max())) return nullptr;
  return std::malloc(num_bytes == 0 ? 1 : num_bytes);
}

void vp_free(void* memory) {
  std::free(memory);
}
