// What a gallery holds, shared by its operations (gallery.cc) and its file (gallery_file.cc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "embedding_matrix.h"
#include "voiceprint/gallery.h"

namespace voiceprint {

constexpr std::size_t kMaxDimension = 65536;
constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxModelNameBytes = 63;
constexpr std::size_t kMaxEmbeddings = 65535;
constexpr std::int64_t kMaxTimeMs = std::int64_t{1} << 53;

// UTF-8 of 1..255 bytes, without control characters.
bool is_name(std::string_view name);

bool is_valid(const EmbeddingInfo& info);

Result<void> check(const GalleryOptions& options);

struct Gallery::State {
  explicit State(const GalleryOptions& gallery_options)
      : options(gallery_options), rows(gallery_options.dimension, gallery_options.precision) {}

  // Where the voiceprint of this name is, or belongs.
  std::size_t place_of(std::string_view name) const;
  // Adds a valid embedding to the voiceprint of this name, which is made where there is none.
  void insert(std::string_view name, std::span<const float> unit_embedding, const EmbeddingInfo& info);
  void erase(std::size_t index);

  GalleryOptions options;
  std::vector<VoiceprintInfo> voiceprints;  // by name
  std::vector<std::size_t> first_rows;      // of each voiceprint in `rows`
  EmbeddingMatrix rows;                     // of all voiceprints, in their order
  // One row for each voiceprint; nullopt after a change, and where `rows` is just that.
  std::optional<EmbeddingMatrix> centroids;
};

}  // namespace voiceprint
