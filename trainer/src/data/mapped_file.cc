#include "data/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "error.h"

namespace voiceprint::trainer {

MappedFile::MappedFile(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY);
  struct stat status {};
  bool ok = descriptor >= 0 && ::fstat(descriptor, &status) == 0;
  if (ok && status.st_size > 0) {
    void* mapped = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
    ok = mapped != MAP_FAILED;
    if (ok) data_ = mapped, num_bytes_ = static_cast<std::size_t>(status.st_size);
  }
  const int reason = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!ok) throw TrainerError(path + ": cannot be opened: " + std::strerror(reason));
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), num_bytes_(std::exchange(other.num_bytes_, 0)) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, num_bytes_);
}

}  // namespace voiceprint::trainer
