// Embeddings kept on disk: evaluating a model a second time on the same recordings costs nothing.
//
// One file per model and way of embedding; an entry holds as long as the recording keeps its size and time of change.
// Layout in native/FORMATS.md, section "Embedding cache". Thread-safety: one object, one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "run/embedded_file.h"

namespace voiceprint::trainer {

class EmbeddingCache {
 public:
  // Keeps nothing.
  EmbeddingCache() = default;
  // `key`: everything that embeddings depend on but the recordings; its SHA-256 names the file in `folder`. A file that
  // is damaged is as one that is not there.
  EmbeddingCache(const std::string& folder, const std::string& key);

  // Null unless the recording is known and unchanged.
  const EmbeddedFile* find(const std::string& path) const;
  // A recording that could not be read is not kept.
  void put(const std::string& path, const EmbeddedFile& file);
  // Writes what was put since the last time, atomically. Another process's entries of meanwhile are lost, nothing else.
  void save();

  // Where caches lie unless told otherwise: $XDG_CACHE_HOME/voiceprint, else ~/.cache/voiceprint; empty without a home.
  static std::string default_folder();

 private:
  struct Entry {
    std::uint64_t bytes = 0;
    std::int64_t changed_ns = 0;
    EmbeddedFile file;
  };
  static bool stamp(const std::string& path, Entry& entry);

  std::string path_;                      // empty: keeps nothing
  std::map<std::string, Entry> entries_;  // by absolute path
  bool changed_ = false;
};

}  // namespace voiceprint::trainer
