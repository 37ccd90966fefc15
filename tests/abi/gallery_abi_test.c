/* Every function and every status of the gallery's C ABI. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gallery_c.h"

extern int32_t allocations_left; /* failing_new.cc */

static const uint8_t kModel[32] = {1, 2, 3};
static const float kEast[2] = {3, 0}, kNorth[2] = {0, 1}, kZero[2] = {0, 0};
static const vp_embedding_info kInfo = {1000, 4.5, 20, 7000, 0};

static vp_gallery* make_gallery(void) {
  vp_gallery* gallery = NULL;
  CHECK_STATUS(VP_OK, vp_gallery_create(kModel, "small 1", 7, 2, 0, &gallery));
  CHECK_STATUS(VP_OK, vp_gallery_add(gallery, "bob", 3, kNorth, &kInfo));
  CHECK_STATUS(VP_OK, vp_gallery_add(gallery, "alice", 5, kEast, &kInfo));
  return gallery;
}

static void test_answers(void) {
  vp_gallery* gallery = make_gallery();
  vp_gallery_info info;
  CHECK_STATUS(VP_OK, vp_gallery_describe(gallery, &info));
  CHECK(info.dimension == 2 && info.precision == 0 && info.num_voiceprints == 2);
  const uint8_t* sha256 = NULL;
  const char* name = NULL;
  uint32_t name_bytes = 0, index = 99, num_candidates = 99, indices[3];
  CHECK_STATUS(VP_OK, vp_gallery_model(gallery, &sha256, &name, &name_bytes));
  CHECK(memcmp(sha256, kModel, 32) == 0 && name_bytes == 7 && memcmp(name, "small 1", 7) == 0);
  CHECK_STATUS(VP_OK, vp_gallery_find(gallery, "bob", 3, &index));
  CHECK(index == 1);
  CHECK_STATUS(VP_UNDEFINED, vp_gallery_find(gallery, "bo", 2, &index));
  CHECK_STATUS(VP_UNDEFINED, vp_gallery_find(gallery, NULL, 0, &index));

  const vp_embedding_info adapted = {2000, 1.5, 30, 4000, 1};
  CHECK_STATUS(VP_OK, vp_gallery_add(gallery, "alice", 5, kNorth, &adapted));
  vp_voiceprint_info voiceprint;
  CHECK_STATUS(VP_OK, vp_gallery_voiceprint(gallery, 0, &voiceprint, &name, &name_bytes));
  CHECK(voiceprint.created_ms == 1000 && voiceprint.updated_ms == 2000 && voiceprint.net_speech_s == 6);
  CHECK(voiceprint.snr_db == 25 && voiceprint.bandwidth_hz == 5500);
  CHECK(voiceprint.num_embeddings == 2 && voiceprint.num_adapted == 1);
  CHECK(name_bytes == 5 && memcmp(name, "alice", 5) == 0);

  float centroid[2], score = 9, scores[3], embedding[2];
  vp_embedding_info embedding_info;
  CHECK_STATUS(VP_OK, vp_gallery_embedding(gallery, 0, 1, embedding, &embedding_info));
  CHECK(embedding[0] == 0 && embedding[1] == 1 && embedding_info.added_ms == 2000 &&
        embedding_info.net_speech_s == 1.5);
  CHECK(embedding_info.snr_db == 30 && embedding_info.bandwidth_hz == 4000 && embedding_info.origin == 1);
  CHECK_STATUS(VP_OK, vp_gallery_centroid(gallery, 0, centroid));
  CHECK(fabsf(centroid[0] - 0.70710678f) < 1e-6f && fabsf(centroid[1] - 0.70710678f) < 1e-6f);
  CHECK_STATUS(VP_OK, vp_gallery_score(gallery, 0, kEast, &score));
  CHECK(fabsf(score - 0.70710678f) < 1e-6f);
  CHECK_STATUS(VP_OK, vp_gallery_search(gallery, kNorth, 3, indices, scores, &num_candidates));
  CHECK(num_candidates == 2 && indices[0] == 1 && indices[1] == 0 && scores[0] == 1 && scores[1] == score);
  CHECK_STATUS(VP_OK, vp_gallery_search(gallery, kNorth, 0, NULL, NULL, &num_candidates));
  CHECK(num_candidates == 0);

  CHECK_STATUS(VP_OK, vp_gallery_trim_adapted(gallery, 0, 0));
  CHECK_STATUS(VP_OK, vp_gallery_rename(gallery, 0, "carol", 5));
  CHECK_STATUS(VP_OK, vp_gallery_find(gallery, "carol", 5, &index));
  CHECK(index == 1);
  CHECK_STATUS(VP_OK, vp_gallery_remove(gallery, 0));
  CHECK_STATUS(VP_UNDEFINED, vp_gallery_find(gallery, "bob", 3, &index));
  vp_gallery_destroy(gallery);
  vp_gallery_destroy(NULL);
}

static void test_files(void) {
  vp_gallery *gallery = make_gallery(), *read = NULL, *other = NULL;
  const uint8_t *file = NULL, *again = NULL;
  uint32_t file_bytes = 0, again_bytes = 0;
  CHECK_STATUS(VP_OK, vp_gallery_serialise(gallery, &file, &file_bytes));
  CHECK_STATUS(VP_OK, vp_gallery_parse(file, file_bytes, &read));
  CHECK_STATUS(VP_OK, vp_gallery_serialise(read, &again, &again_bytes));
  CHECK(again_bytes == file_bytes && memcmp(file, again, file_bytes) == 0);

  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_copy(gallery, read, 0, 0));
  CHECK_STATUS(VP_OK, vp_gallery_copy(gallery, read, 0, 1));
  CHECK_STATUS(VP_OK, vp_gallery_copy(gallery, read, 0, 2));
  CHECK_STATUS(VP_OK, vp_gallery_copy(gallery, read, 0, 3));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_copy(gallery, read, 0, 4));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_copy(gallery, read, 2, 1));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_copy(gallery, gallery, 0, 1));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_copy(NULL, read, 0, 1));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_copy(gallery, NULL, 0, 1));
  vp_gallery_destroy(read);

  uint8_t* damaged = malloc(file_bytes);
  memcpy(damaged, again = file, file_bytes);
  damaged[150] ^= 1;
  CHECK_STATUS(VP_CORRUPT_DATA, vp_gallery_parse(damaged, file_bytes, &other));
  CHECK_STATUS(VP_TRUNCATED, vp_gallery_parse(file, file_bytes - 1, &other));
  memcpy(damaged, file, file_bytes);
  damaged[8] = 2;
  CHECK_STATUS(VP_UNSUPPORTED_FORMAT, vp_gallery_parse(damaged, file_bytes, &other));
  CHECK_STATUS(VP_CORRUPT_DATA, vp_gallery_parse(NULL, 0, &other));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_parse(NULL, 5, &other));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_parse(file, file_bytes, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_serialise(NULL, &file, &file_bytes));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_serialise(gallery, NULL, &file_bytes));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_serialise(gallery, &file, NULL));
  CHECK(other == NULL); /* untouched on failure */
  free(damaged);
  vp_gallery_destroy(gallery);
}

static void test_refusals(void) {
  vp_gallery *gallery = make_gallery(), *refused = NULL;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_create(NULL, "", 0, 2, 0, &refused));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_create(kModel, NULL, 1, 2, 0, &refused));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_create(kModel, "", 0, 2, 0, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_create(kModel, "", 0, 0, 0, &refused));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_create(kModel, "", 0, 2, 2, &refused));
  CHECK(refused == NULL);

  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_add(NULL, "x", 1, kEast, &kInfo));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_add(gallery, NULL, 1, kEast, &kInfo));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_add(gallery, "x", 1, NULL, &kInfo));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_add(gallery, "x", 1, kEast, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_add(gallery, "", 0, kEast, &kInfo));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_add(gallery, "\xff", 1, kEast, &kInfo));
  CHECK_STATUS(VP_UNDEFINED, vp_gallery_add(gallery, "x", 1, kZero, &kInfo));
  const vp_embedding_info bad[] = {{-1, 1, 0, 0, 0},       {0.5, 1, 0, 0, 0},      {NAN, 1, 0, 0, 0}, {1, -1, 0, 0, 0},
                                   {1, NAN, 0, 0, 0},      {1, INFINITY, 0, 0, 0}, {1, 1, NAN, 0, 0}, {1, 1, 0, -1, 0},
                                   {1, 1, 0, INFINITY, 0}, {1, 1, 0, 0, 2},        {1, 1, 0, 0, 0.5}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_add(gallery, "x", 1, kEast, &bad[i]));

  vp_gallery_info info;
  vp_voiceprint_info voiceprint;
  const uint8_t* sha256 = NULL;
  const char* name = NULL;
  uint32_t name_bytes = 0, index = 0, num = 0, indices[1];
  float values[2], score = 0, scores[1];
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_describe(NULL, &info));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_describe(gallery, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_model(NULL, &sha256, &name, &name_bytes));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_model(gallery, NULL, &name, &name_bytes));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_model(gallery, &sha256, NULL, &name_bytes));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_model(gallery, &sha256, &name, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_voiceprint(NULL, 0, &voiceprint, &name, &name_bytes));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_voiceprint(gallery, 2, &voiceprint, &name, &name_bytes));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_voiceprint(gallery, 0, NULL, &name, &name_bytes));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_voiceprint(gallery, 0, &voiceprint, NULL, &name_bytes));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_voiceprint(gallery, 0, &voiceprint, &name, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_find(NULL, "bob", 3, &index));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_find(gallery, NULL, 3, &index));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_find(gallery, "bob", 3, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_remove(NULL, 0));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_remove(gallery, 2));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_rename(NULL, 0, "x", 1));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_rename(gallery, 2, "x", 1));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_rename(gallery, 0, NULL, 1));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_rename(gallery, 0, "bob", 3));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_trim_adapted(NULL, 0, 1));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_trim_adapted(gallery, 2, 1));
  vp_embedding_info embedding_info;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_embedding(NULL, 0, 0, values, &embedding_info));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_embedding(gallery, 2, 0, values, &embedding_info));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_embedding(gallery, 0, 1, values, &embedding_info));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_embedding(gallery, 0, 0, NULL, &embedding_info));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_embedding(gallery, 0, 0, values, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_centroid(NULL, 0, values));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_centroid(gallery, 2, values));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_centroid(gallery, 0, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_score(NULL, 0, kEast, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_score(gallery, 2, kEast, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_score(gallery, 0, NULL, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_score(gallery, 0, kEast, NULL));
  CHECK_STATUS(VP_UNDEFINED, vp_gallery_score(gallery, 0, kZero, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_search(NULL, kEast, 1, indices, scores, &num));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_search(gallery, NULL, 1, indices, scores, &num));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_search(gallery, kEast, 1, NULL, scores, &num));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_search(gallery, kEast, 1, indices, NULL, &num));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_gallery_search(gallery, kEast, 1, indices, scores, NULL));
  CHECK_STATUS(VP_UNDEFINED, vp_gallery_search(gallery, kZero, 1, indices, scores, &num));
  vp_gallery_destroy(gallery);
}

/* Whichever allocation of parsing fails, the answer is a status and nothing is made. */
static void test_out_of_memory(void) {
  vp_gallery* gallery = make_gallery();
  const uint8_t* file = NULL;
  uint32_t file_bytes = 0;
  CHECK_STATUS(VP_OK, vp_gallery_serialise(gallery, &file, &file_bytes));
  int32_t status = VP_OUT_OF_MEMORY, num_refused = 0;
  for (int32_t n = 0; status == VP_OUT_OF_MEMORY && n < 1000; ++n) {
    vp_gallery* read = NULL;
    allocations_left = n;
    status = vp_gallery_parse(file, file_bytes, &read);
    allocations_left = -1;
    CHECK((status == VP_OK) == (read != NULL));
    vp_gallery_destroy(read);
    num_refused += status == VP_OUT_OF_MEMORY;
  }
  CHECK(status == VP_OK && num_refused > 3);
  vp_gallery_destroy(gallery);
}

int main(void) {
  test_answers();
  test_files();
  test_refusals();
  test_out_of_memory();
  return report();
}
