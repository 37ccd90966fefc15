#include "run/write_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "error.h"

namespace voiceprint::trainer {
namespace {

[[noreturn]] void fail(const std::string& path, const char* what, int reason) {
  std::string message = path + ": " + what + ": " + std::strerror(reason);
  if (reason == ENOSPC || reason == EDQUOT)
    message += "; free some space or choose another folder, then run the same command again";
  throw TrainerError(message);
}

// Makes the renamed name itself durable.
void sync_folder(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

void write_file_atomically(const std::string& path, const std::function<void(const ByteSink&)>& write) {
  const std::string temporary = path + ".writing";
  std::FILE* file = std::fopen(temporary.c_str(), "wb");
  if (file == nullptr) fail(path, "cannot be written", errno);
  try {
    write([&](const void* data, std::size_t num_bytes) {
      if (num_bytes != 0 && std::fwrite(data, 1, num_bytes, file) != num_bytes) fail(path, "cannot be written", errno);
    });
    if (std::fflush(file) != 0 || ::fsync(::fileno(file)) != 0) fail(path, "cannot be written", errno);
    const int closed = std::fclose(file);
    file = nullptr;
    if (closed != 0) fail(path, "cannot be written", errno);
    if (std::rename(temporary.c_str(), path.c_str()) != 0) fail(path, "cannot be replaced", errno);
  } catch (...) {
    if (file != nullptr) std::fclose(file);
    std::remove(temporary.c_str());
    throw;
  }
  sync_folder(path);
}

void write_file_atomically(const std::string& path, std::string_view content) {
  write_file_atomically(path, [&](const ByteSink& sink) { sink(content.data(), content.size()); });
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw TrainerError(path + ": cannot be read: " + std::strerror(errno));
  std::ostringstream content;
  content << file.rdbuf();
  return std::move(content).str();
}

}  // namespace voiceprint::trainer
