#include "eval/embedding_cache.h"

#include <sys/stat.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "error.h"
#include "run/sha256.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "VPEMBC01";
constexpr std::size_t kDigest = 64;
static_assert(std::endian::native == std::endian::little);

template <typename T>
void append(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Takes values from the front; `whole` turns false once there are too few bytes.
struct Reader {
  std::string_view rest;
  bool whole = true;

  template <typename T>
  T value() {
    T value{};
    const std::string_view bytes = take(sizeof value);
    if (whole) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view take(std::size_t size) {
    whole = whole && size <= rest.size();
    if (!whole) return {};
    const std::string_view bytes = rest.substr(0, size);
    rest.remove_prefix(size);
    return bytes;
  }
};

std::string absolute(const std::string& path) {
  std::error_code error;
  return fs::absolute(path, error).lexically_normal().string();
}

}  // namespace

std::string EmbeddingCache::default_folder() {
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder != nullptr && *folder != 0)
    return std::string(folder) + "/voiceprint";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != 0)
    return std::string(home) + "/.cache/voiceprint";
  return "";
}

EmbeddingCache::EmbeddingCache(const std::string& folder, const std::string& key) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw TrainerError(folder + ": cannot be created: " + error.message() + "; choose another --cache");
  path_ = folder + "/" + sha256_hex(key).substr(0, 32) + ".embeddings";
  if (!fs::exists(path_)) return;
  const std::string bytes = read_file(path_);
  if (bytes.size() < kMagic.size() + kDigest) return;
  const std::string_view content = std::string_view(bytes).substr(0, bytes.size() - kDigest);
  if (sha256_hex(content) != bytes.substr(content.size()) || content.substr(0, kMagic.size()) != kMagic) return;
  Reader reader{content.substr(kMagic.size())};
  while (reader.whole && !reader.rest.empty()) {
    const std::string path(reader.take(reader.value<std::uint32_t>()));
    Entry entry;
    entry.bytes = reader.value<std::uint64_t>();
    entry.changed_ns = reader.value<std::int64_t>();
    entry.file.quality = reader.value<Quality>();
    entry.file.embedding.resize(
        std::min<std::size_t>(reader.value<std::uint32_t>(), reader.rest.size() / sizeof(float)));
    for (float& value : entry.file.embedding) value = reader.value<float>();
    if (reader.whole) entries_[path] = std::move(entry);
  }
}

bool EmbeddingCache::stamp(const std::string& path, Entry& entry) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  entry.bytes = static_cast<std::uint64_t>(status.st_size);
  entry.changed_ns = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  return true;
}

const EmbeddedFile* EmbeddingCache::find(const std::string& path) const {
  const auto found = entries_.find(absolute(path));
  Entry now;
  if (found == entries_.end() || !stamp(path, now)) return nullptr;
  const Entry& kept = found->second;
  return kept.bytes == now.bytes && kept.changed_ns == now.changed_ns ? &kept.file : nullptr;
}

void EmbeddingCache::put(const std::string& path, const EmbeddedFile& file) {
  Entry entry;
  if (path_.empty() || !file.problem.empty() || !stamp(path, entry)) return;
  entry.file = file;
  entries_[absolute(path)] = std::move(entry);
  changed_ = true;
}

void EmbeddingCache::save() {
  if (!changed_) return;
  std::string content(kMagic);
  for (const auto& [path, entry] : entries_) {
    append(content, static_cast<std::uint32_t>(path.size()));
    content += path;
    append(content, entry.bytes);
    append(content, entry.changed_ns);
    append(content, entry.file.quality);
    append(content, static_cast<std::uint32_t>(entry.file.embedding.size()));
    for (const float value : entry.file.embedding) append(content, value);
  }
  content += sha256_hex(content);
  write_file_atomically(path_, content);
  changed_ = false;
}

}  // namespace voiceprint::trainer
