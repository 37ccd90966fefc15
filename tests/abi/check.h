/* Checks for tests in C: each that fails is told, and counts. */
#ifndef VOICEPRINT_TESTS_ABI_CHECK_H_
#define VOICEPRINT_TESTS_ABI_CHECK_H_

#include <stdio.h>
#include <string.h>

#include "voiceprint_c.h"

static int num_failed = 0;

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      ++num_failed;                                                             \
    }                                                                           \
  } while (0)

/* The status is as expected, and a failure explains itself. */
#define CHECK_STATUS(expected, call)                                                                          \
  do {                                                                                                        \
    int32_t status_ = (call);                                                                                 \
    if (status_ != (expected)) {                                                                              \
      fprintf(stderr, "%s:%d: %s gave %d, expected %s (%s)\n", __FILE__, __LINE__, #call, status_, #expected, \
              vp_last_error());                                                                               \
      ++num_failed;                                                                                           \
    }                                                                                                         \
    if (status_ != VP_OK && strlen(vp_last_error()) < 10) {                                                   \
      fprintf(stderr, "%s:%d: %s does not explain its status\n", __FILE__, __LINE__, #call);                  \
      ++num_failed;                                                                                           \
    }                                                                                                         \
  } while (0)

/* The exit status of the test program. */
static int report(void) {
  if (num_failed > 0) fprintf(stderr, "%d checks failed\n", num_failed);
  return num_failed == 0 ? 0 : 1;
}

#endif /* VOICEPRINT_TESTS_ABI_CHECK_H_ */
