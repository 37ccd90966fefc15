// Atomic files: a reader sees the old content or the new one, never half of it, also after SIGKILL or a full disk.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace voiceprint::trainer {

// Calls `write` with a sink for bytes; then flushes to disk and renames over `path`. On any failure the temporary file
// is removed and TrainerError names the path, the operating system's reason and, for a full disk, the cure.
using ByteSink = std::function<void(const void* data, std::size_t num_bytes)>;
void write_file_atomically(const std::string& path, const std::function<void(const ByteSink&)>& write);
void write_file_atomically(const std::string& path, std::string_view content);

// The whole file; TrainerError names it.
std::string read_file(const std::string& path);

}  // namespace voiceprint::trainer
