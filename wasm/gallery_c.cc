// The C ABI over the gallery: checks what a foreign caller may get wrong, converts, and passes on.
#include "gallery_c.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "status.h"
#include "voiceprint/gallery.h"

using namespace voiceprint::abi;  // NOLINT: this file is their user
using voiceprint::ErrorCode;
using voiceprint::Gallery;

struct vp_gallery {
  Gallery core;
  std::vector<std::uint8_t> file;  // what vp_gallery_serialise gave
};

namespace {

constexpr std::int32_t kOk = VP_OK;

std::int32_t status_of(const voiceprint::Result<void>& result) {
  return result ? kOk : fail(result.error());
}

std::int32_t give(voiceprint::Result<Gallery> gallery, vp_gallery** out) {
  if (!gallery) return fail(gallery.error());
  auto* handle = new (std::nothrow) vp_gallery{std::move(*gallery), {}};
  if (handle == nullptr) return out_of_memory();
  *out = handle;
  return kOk;
}

bool has(const vp_gallery* gallery, std::uint32_t index) {
  return index < gallery->core.size();
}

std::int32_t no_voiceprint() {
  return fail(ErrorCode::kInvalidArgument, "There is no voiceprint of this index.");
}

std::size_t dimension_of(const vp_gallery* gallery) {
  return gallery->core.options().dimension;
}

}  // namespace

std::int32_t vp_gallery_create(const std::uint8_t* model_sha256, const char* model_name, std::uint32_t model_name_bytes,
                               std::uint32_t dimension, std::uint32_t precision, vp_gallery** out) {
  if (model_sha256 == nullptr || !is_array(model_name, model_name_bytes) || out == nullptr) return null_argument();
  return guarded([&] {
    voiceprint::GalleryOptions options;
    std::copy(model_sha256, model_sha256 + options.model_sha256.size(), options.model_sha256.begin());
    options.model_name = std::string_view(model_name, model_name_bytes);
    options.dimension = dimension;
    options.precision = static_cast<voiceprint::GalleryPrecision>(precision);
    return give(Gallery::create(options), out);
  });
}

std::int32_t vp_gallery_parse(const std::uint8_t* file, std::uint32_t file_bytes, vp_gallery** out) {
  if (!is_array(file, file_bytes) || out == nullptr) return null_argument();
  return guarded([&] { return give(Gallery::parse({file, file_bytes}), out); });
}

void vp_gallery_destroy(vp_gallery* gallery) {
  delete gallery;
}

std::int32_t vp_gallery_serialise(vp_gallery* gallery, const std::uint8_t** file, std::uint32_t* file_bytes) {
  if (gallery == nullptr || file == nullptr || file_bytes == nullptr) return null_argument();
  return guarded([&] {
    gallery->file = gallery->core.serialise();
    *file = gallery->file.data();
    *file_bytes = static_cast<std::uint32_t>(gallery->file.size());
    return kOk;
  });
}

std::int32_t vp_gallery_describe(const vp_gallery* gallery, vp_gallery_info* out) {
  if (gallery == nullptr || out == nullptr) return null_argument();
  const voiceprint::GalleryOptions& options = gallery->core.options();
  *out = {static_cast<double>(options.dimension), static_cast<double>(options.precision),
          static_cast<double>(gallery->core.size())};
  return kOk;
}

std::int32_t vp_gallery_model(const vp_gallery* gallery, const std::uint8_t** sha256, const char** name,
                              std::uint32_t* name_bytes) {
  if (gallery == nullptr || sha256 == nullptr || name == nullptr || name_bytes == nullptr) return null_argument();
  const voiceprint::GalleryOptions& options = gallery->core.options();
  *sha256 = options.model_sha256.data();
  *name = options.model_name.data();
  *name_bytes = static_cast<std::uint32_t>(options.model_name.size());
  return kOk;
}

std::int32_t vp_gallery_voiceprint(const vp_gallery* gallery, std::uint32_t index, vp_voiceprint_info* out,
                                   const char** name, std::uint32_t* name_bytes) {
  if (gallery == nullptr || out == nullptr || name == nullptr || name_bytes == nullptr) return null_argument();
  if (!has(gallery, index)) return no_voiceprint();
  const voiceprint::VoiceprintInfo& info = gallery->core.voiceprint(index);
  const voiceprint::Quality quality = info.quality();
  double num_adapted = 0;
  for (const voiceprint::EmbeddingInfo& embedding : info.embeddings)
    num_adapted += embedding.origin == voiceprint::EmbeddingOrigin::kAdapted;
  *out = {static_cast<double>(info.created_ms),
          static_cast<double>(info.updated_ms),
          static_cast<double>(info.embeddings.size()),
          num_adapted,
          quality.net_speech_s,
          quality.snr_db,
          quality.bandwidth_hz};
  *name = info.name.data();
  *name_bytes = static_cast<std::uint32_t>(info.name.size());
  return kOk;
}

std::int32_t vp_gallery_find(const vp_gallery* gallery, const char* name, std::uint32_t name_bytes,
                             std::uint32_t* index) {
  if (gallery == nullptr || !is_array(name, name_bytes) || index == nullptr) return null_argument();
  const auto found = gallery->core.find({name, name_bytes});
  if (!found) return fail(ErrorCode::kUndefined, "There is no voiceprint of this name.");
  *index = static_cast<std::uint32_t>(*found);
  return kOk;
}

std::int32_t vp_gallery_add(vp_gallery* gallery, const char* name, std::uint32_t name_bytes, const float* embedding,
                            const vp_embedding_info* info) {
  if (gallery == nullptr || !is_array(name, name_bytes) || embedding == nullptr || info == nullptr)
    return null_argument();
  std::uint32_t origin = 0;
  voiceprint::EmbeddingInfo core_info;
  if (!to_integer(info->added_ms, core_info.added_ms) || !to_integer(info->origin, origin) || origin > 1) {
    return fail(ErrorCode::kInvalidArgument, "added_ms or origin is outside its range.");
  }
  core_info.net_speech_s = static_cast<float>(info->net_speech_s);
  core_info.snr_db = static_cast<float>(info->snr_db);
  core_info.bandwidth_hz = static_cast<float>(info->bandwidth_hz);
  core_info.origin = static_cast<voiceprint::EmbeddingOrigin>(origin);
  return guarded([&] {
    return status_of(gallery->core.add({name, name_bytes}, {embedding, dimension_of(gallery)}, core_info));
  });
}

std::int32_t vp_gallery_copy(vp_gallery* gallery, const vp_gallery* from, std::uint32_t index,
                             std::uint32_t on_conflict) {
  if (gallery == nullptr || from == nullptr) return null_argument();
  if (!has(from, index)) return no_voiceprint();
  if (gallery == from || on_conflict > 3) {
    return fail(ErrorCode::kInvalidArgument, "A gallery is copied to itself, or on_conflict is not 0 to 3.");
  }
  return guarded([&] {
    return status_of(gallery->core.copy(from->core, index, static_cast<voiceprint::OnConflict>(on_conflict)));
  });
}

std::int32_t vp_gallery_remove(vp_gallery* gallery, std::uint32_t index) {
  if (gallery == nullptr) return null_argument();
  if (!has(gallery, index)) return no_voiceprint();
  gallery->core.remove(index);
  return kOk;
}

std::int32_t vp_gallery_rename(vp_gallery* gallery, std::uint32_t index, const char* name, std::uint32_t name_bytes) {
  if (gallery == nullptr || !is_array(name, name_bytes)) return null_argument();
  if (!has(gallery, index)) return no_voiceprint();
  return guarded([&] { return status_of(gallery->core.rename(index, {name, name_bytes})); });
}

std::int32_t vp_gallery_trim_adapted(vp_gallery* gallery, std::uint32_t index, std::uint32_t max_adapted) {
  if (gallery == nullptr) return null_argument();
  if (!has(gallery, index)) return no_voiceprint();
  gallery->core.trim_adapted(index, max_adapted);
  return kOk;
}

std::int32_t vp_gallery_embedding(const vp_gallery* gallery, std::uint32_t index, std::uint32_t embedding, float* out,
                                  vp_embedding_info* info) {
  if (gallery == nullptr || out == nullptr || info == nullptr) return null_argument();
  if (!has(gallery, index)) return no_voiceprint();
  const auto& embeddings = gallery->core.voiceprint(index).embeddings;
  if (embedding >= embeddings.size()) {
    return fail(ErrorCode::kInvalidArgument, "The voiceprint has no embedding of this index.");
  }
  return guarded([&] {
    const std::vector<float> unit = gallery->core.embedding(index, embedding);
    std::copy(unit.begin(), unit.end(), out);
    const voiceprint::EmbeddingInfo& of = embeddings[embedding];
    *info = {static_cast<double>(of.added_ms), of.net_speech_s, of.snr_db, of.bandwidth_hz,
             static_cast<double>(of.origin)};
    return kOk;
  });
}

std::int32_t vp_gallery_centroid(const vp_gallery* gallery, std::uint32_t index, float* out) {
  if (gallery == nullptr || out == nullptr) return null_argument();
  if (!has(gallery, index)) return no_voiceprint();
  return guarded([&] {
    const auto mean = gallery->core.centroid(index);
    if (!mean) return fail(mean.error());
    std::copy(mean->begin(), mean->end(), out);
    return kOk;
  });
}

std::int32_t vp_gallery_score(const vp_gallery* gallery, std::uint32_t index, const float* probe, float* score) {
  if (gallery == nullptr || probe == nullptr || score == nullptr) return null_argument();
  if (!has(gallery, index)) return no_voiceprint();
  return guarded([&] {
    const auto cosine = gallery->core.score(index, {probe, dimension_of(gallery)});
    if (!cosine) return fail(cosine.error());
    *score = *cosine;
    return kOk;
  });
}

std::int32_t vp_gallery_search(vp_gallery* gallery, const float* probe, std::uint32_t max_candidates,
                               std::uint32_t* indices, float* scores, std::uint32_t* num_candidates) {
  if (gallery == nullptr || probe == nullptr || !is_array(indices, max_candidates) ||
      !is_array(scores, max_candidates) || num_candidates == nullptr) {
    return null_argument();
  }
  return guarded([&] {
    const auto candidates = gallery->core.search({probe, dimension_of(gallery)}, max_candidates);
    if (!candidates) return fail(candidates.error());
    for (std::size_t i = 0; i < candidates->size(); ++i) {
      indices[i] = (*candidates)[i].index;
      scores[i] = (*candidates)[i].score;
    }
    *num_candidates = static_cast<std::uint32_t>(candidates->size());
    return kOk;
  });
}
