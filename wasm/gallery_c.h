/* The gallery (voiceprint/gallery.h) in the C ABI; conventions: voiceprint_c.h. Names are UTF-8, not NUL-terminated. */
#ifndef VOICEPRINT_GALLERY_C_H_
#define VOICEPRINT_GALLERY_C_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vp_gallery vp_gallery;

typedef struct vp_gallery_info {
  double dimension, precision; /* 0 float32, 1 int8 */
  double num_voiceprints;
} vp_gallery_info;
typedef struct vp_voiceprint_info {
  double created_ms, updated_ms; /* since 1970 UTC */
  double num_embeddings, num_adapted;
  double net_speech_s, snr_db, bandwidth_hz; /* of all embeddings: sum, mean, mean */
} vp_voiceprint_info;
typedef struct vp_embedding_info {
  double added_ms, net_speech_s, snr_db, bandwidth_hz, origin; /* 0 enrolled, 1 adapted */
} vp_embedding_info;

int32_t vp_gallery_create(const uint8_t* model_sha256 /* [32] */, const char* model_name, uint32_t model_name_bytes,
                          uint32_t dimension, uint32_t precision, vp_gallery** out);
int32_t vp_gallery_parse(const uint8_t* file, uint32_t file_bytes, vp_gallery** out);
void vp_gallery_destroy(vp_gallery* gallery);

/* Views stay valid until the next call with the same gallery. */
int32_t vp_gallery_serialise(vp_gallery* gallery, const uint8_t** file, uint32_t* file_bytes);
int32_t vp_gallery_describe(const vp_gallery* gallery, vp_gallery_info* out);
int32_t vp_gallery_model(const vp_gallery* gallery, const uint8_t** sha256 /* [32] */, const char** name,
                         uint32_t* name_bytes);
int32_t vp_gallery_voiceprint(const vp_gallery* gallery, uint32_t index, vp_voiceprint_info* out, const char** name,
                              uint32_t* name_bytes);
/* VP_UNDEFINED: there is no voiceprint of this name. */
int32_t vp_gallery_find(const vp_gallery* gallery, const char* name, uint32_t name_bytes, uint32_t* index);

/* `embedding` has the gallery's dimension. */
int32_t vp_gallery_add(vp_gallery* gallery, const char* name, uint32_t name_bytes, const float* embedding,
                       const vp_embedding_info* info);
/* on_conflict: 0 refuse, 1 keep, 2 replace, 3 combine. */
int32_t vp_gallery_copy(vp_gallery* gallery, const vp_gallery* from, uint32_t index, uint32_t on_conflict);
int32_t vp_gallery_remove(vp_gallery* gallery, uint32_t index);
int32_t vp_gallery_rename(vp_gallery* gallery, uint32_t index, const char* name, uint32_t name_bytes);
int32_t vp_gallery_trim_adapted(vp_gallery* gallery, uint32_t index, uint32_t max_adapted);

/* One of a voiceprint's embeddings, of unit length, in the order in which they were added. */
int32_t vp_gallery_embedding(const vp_gallery* gallery, uint32_t index, uint32_t embedding, float* out,
                             vp_embedding_info* info);
/* The unit-length mean of a voiceprint's embeddings. */
int32_t vp_gallery_centroid(const vp_gallery* gallery, uint32_t index, float* out);
int32_t vp_gallery_score(const vp_gallery* gallery, uint32_t index, const float* probe, float* score);
/* Best first: `indices` and `scores` have room for max_candidates; num_candidates is less in a smaller gallery. */
int32_t vp_gallery_search(vp_gallery* gallery, const float* probe, uint32_t max_candidates, uint32_t* indices,
                          float* scores, uint32_t* num_candidates);

#ifdef __cplusplus
}
#endif
#endif /* VOICEPRINT_GALLERY_C_H_ */
