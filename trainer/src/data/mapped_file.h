// A file mapped into memory, read-only.
#pragma once

#include <cstddef>
#include <string>

namespace voiceprint::trainer {

class MappedFile {
 public:
  explicit MappedFile(const std::string& path);  // TrainerError names the file and the system's reason
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  const void* data() const { return data_; }  // null for an empty file
  std::size_t num_bytes() const { return num_bytes_; }

 private:
  void* data_ = nullptr;
  std::size_t num_bytes_ = 0;
};

}  // namespace voiceprint::trainer
