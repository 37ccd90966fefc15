/* Runs one part of the native core on raw float32 samples from standard input; writes what it gives to standard output.
 *
 *   run_core fbank                   features
 *   run_core resample IN_HZ OUT_HZ   samples
 *   run_core front_end IN_HZ [KIND]  7 doubles of quality, then features of each segment, speech, intervals
 *   run_core gallery PRECISION       rows of 192 values: a gallery's file, then indices and scores of the 10
 * voiceprints that are nearest to the last row
 *   run_core score DIMENSION COHORT  vp_trial_score of each pair of successive embeddings; COHORT is a file
 *   run_core measure                 of (label, speaker, speaker, LLR) the vp_trial_metrics and vp_cost_metrics
 *   run_core diarize IN_HZ           windows of 1.5 s (times, features), their speakers by made-up LLRs, turns
 *   run_core diarization_error       of (side, begin, end, speaker), side 0 the reference, the vp_diarization_error
 *
 * The counterpart of wasm.test.mjs, which compares the bytes with those of the WebAssembly build.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gallery_c.h"
#include "voiceprint_c.h"

static const vp_front_end_options kOptions = {.sample_rate_hz = 16000,
                                              .num_mel_bins = 80,
                                              .low_frequency_hz = 20,
                                              .high_frequency_hz = 8000,
                                              .frame_length_ms = 25,
                                              .frame_shift_ms = 10,
                                              .preemphasis = 0.97,
                                              .vad_min_level_dbfs = -60,
                                              .vad_margin_db = 9,
                                              .vad_pad_ms = 100,
                                              .vad_min_speech_ms = 60,
                                              .vad_max_gap_ms = 200,
                                              .window_s = 30,
                                              .max_segment_s = 10,
                                              .max_speech_s = 60};

/* The options of a feature_kind, with the defaults of SpectrogramOptions, and its bins. */
static vp_front_end_options options_of(uint32_t kind, uint32_t* num_bins) {
  vp_front_end_options options = kOptions;
  *num_bins = 80;
  if (kind == 0) return options;
  options.feature_kind = kind;
  options.preemphasis = 0;
  options.num_mel_bins = kind == 1 ? 0 : 128;
  options.low_frequency_hz = 0;
  options.high_frequency_hz = kind == 1 ? 0 : 8000;
  options.frame_shift_ms = 12.5;
  options.num_coefficients = kind == 3 ? 40 : 0;
  *num_bins = kind == 1 ? 201 : kind == 2 ? 128 : 40;
  return options;
}

static void check(int32_t status) {
  if (status == VP_OK) return;
  fprintf(stderr, "run_core: %s\n", vp_last_error());
  exit(1);
}

static void write_floats(const float* values, uint32_t count) {
  if (count > 0 && fwrite(values, sizeof(float), count, stdout) != count) exit(1);
}

/* All of standard input; the caller frees it. */
static float* read_samples(uint32_t* num_samples) {
  size_t capacity = 1 << 20, count = 0, got;
  float* samples = malloc(capacity * sizeof(float));
  while (samples != NULL && (got = fread(samples + count, sizeof(float), capacity - count, stdin)) > 0) {
    count += got;
    if (count == capacity) samples = realloc(samples, (capacity *= 2) * sizeof(float));
  }
  if (samples == NULL) exit(1);
  *num_samples = (uint32_t)count;
  return samples;
}

static void run_fbank(const float* samples, uint32_t num_samples) {
  vp_fbank* fbank = NULL;
  uint32_t num_frames = 0;
  check(vp_fbank_create(&kOptions, &fbank));
  check(vp_fbank_num_frames(fbank, num_samples, &num_frames));
  const uint32_t num_values = num_frames * (uint32_t)kOptions.num_mel_bins;
  float* features = malloc(num_values * sizeof(float));
  if (features == NULL) exit(1);
  check(vp_fbank_compute(fbank, samples, num_samples, features));
  write_floats(features, num_values);
  free(features);
  vp_fbank_destroy(fbank);
}

static void run_resample(uint32_t in_hz, uint32_t out_hz, const float* samples, uint32_t num_samples) {
  vp_resampler* resampler = NULL;
  const float* out = NULL;
  uint32_t num_out = 0;
  check(vp_resampler_create(in_hz, out_hz, &resampler));
  check(vp_resampler_push(resampler, samples, num_samples, &out, &num_out));
  write_floats(out, num_out);
  check(vp_resampler_finish(resampler, &out, &num_out));
  write_floats(out, num_out);
  vp_resampler_destroy(resampler);
}

static void run_front_end(uint32_t in_hz, uint32_t kind, uint32_t mean_normalisation, const float* samples,
                          uint32_t num_samples) {
  vp_front_end* front_end = NULL;
  vp_quality quality;
  const float* values = NULL;
  uint32_t num_segments = 0, count = 0, num_bins = 0;
  vp_front_end_options options = options_of(kind, &num_bins);
  options.mean_normalisation = mean_normalisation;
  check(vp_front_end_create(&options, in_hz, &front_end));
  check(vp_front_end_push(front_end, samples, num_samples));
  check(vp_front_end_finish(front_end));
  check(vp_front_end_quality(front_end, &quality));
  if (fwrite(&quality, sizeof quality, 1, stdout) != 1) exit(1);
  check(vp_front_end_num_segments(front_end, &num_segments));
  for (uint32_t i = 0; i < num_segments; ++i) {
    check(vp_front_end_segment(front_end, i, &values, &count));
    write_floats(values, count * num_bins);
  }
  check(vp_front_end_speech(front_end, &values, &count));
  write_floats(values, count);
  check(vp_front_end_intervals(front_end, &values, &count));
  write_floats(values, 2 * count);
  vp_front_end_destroy(front_end);
}

enum { kDimension = 192, kTop = 10 };

/* Two rows make a voiceprint; its name is a letter for each. */
static void run_gallery(uint32_t precision, const float* rows, uint32_t num_values) {
  const uint8_t model[32] = {7};
  const uint8_t* file = NULL;
  uint32_t file_bytes = 0, num_candidates = 0, indices[kTop];
  float scores[kTop];
  vp_gallery* gallery = NULL;
  check(vp_gallery_create(model, "test", 4, kDimension, precision, &gallery));
  const uint32_t last = num_values / kDimension - 1;
  for (uint32_t i = 0; i < last; ++i) {
    const vp_embedding_info info = {1000 + i, 0.1 * i, 20.5, 7000, i % 2};
    const char name[2] = {(char)('a' + i / 2 % 26), (char)('a' + i / 52)};
    check(vp_gallery_add(gallery, name, 2, rows + i * kDimension, &info));
  }
  check(vp_gallery_serialise(gallery, &file, &file_bytes));
  if (fwrite(file, 1, file_bytes, stdout) != file_bytes) exit(1);
  check(vp_gallery_search(gallery, rows + last * kDimension, kTop, indices, scores, &num_candidates));
  if (fwrite(indices, sizeof *indices, num_candidates, stdout) != num_candidates) exit(1);
  write_floats(scores, num_candidates);
  vp_gallery_destroy(gallery);
}

enum { kMaxCohortBytes = 1 << 20 };

static void write_doubles(const double* values, size_t count) {
  if (fwrite(values, sizeof(double), count, stdout) != count) exit(1);
}

/* Options and qualities as scoreOptions and scoreQuality in core_module.mjs. */
static void run_score(uint32_t dimension, const char* cohort_path, const float* embeddings, uint32_t count) {
  static uint8_t cohort[kMaxCohortBytes];
  FILE* file = fopen(cohort_path, "rb");
  if (file == NULL) exit(1);
  const uint32_t cohort_bytes = (uint32_t)fread(cohort, 1, sizeof cohort, file);
  fclose(file);
  const vp_trial_scorer_options options = {
      .dimension = dimension, .score = 1, .scale = 0.7, .offset = -1.3, .top_n = 5};
  const vp_quality_term terms[2] = {{.measure = 0, .weight = 0.4, .low = -1, .high = 2},
                                    {.measure = 4, .weight = -3, .low = -1, .high = 1}};
  vp_trial_scorer* scorer = NULL;
  check(vp_trial_scorer_create(&options, terms, 2, cohort, cohort_bytes, cohort + 24, &scorer));
  for (uint32_t i = 0; i + 1 < count; ++i) {
    const vp_quality a = {.net_speech_s = 0.3 * (i + 1)}, b = {.net_speech_s = 0.3 * (i + 2)};
    vp_trial_score score;
    check(vp_trial_scorer_score(scorer, embeddings + i * dimension, &a, NULL, embeddings + (i + 1) * dimension, &b,
                                NULL, &score));
    write_doubles(&score.score, 3);
  }
  vp_trial_scorer_destroy(scorer);
}

static void run_measure(const float* rows, uint32_t count) {
  float* scores = malloc(count * sizeof(float));
  uint8_t* is_target = malloc(count);
  uint32_t* enroll = malloc(count * sizeof(uint32_t));
  uint32_t* test = malloc(count * sizeof(uint32_t));
  if (scores == NULL || is_target == NULL || enroll == NULL || test == NULL) exit(1);
  for (uint32_t i = 0; i < count; ++i) {
    is_target[i] = rows[4 * i] != 0;
    enroll[i] = (uint32_t)rows[4 * i + 1];
    test[i] = (uint32_t)rows[4 * i + 2];
    scores[i] = rows[4 * i + 3];
  }
  const vp_cost_model costs[2] = {{0.01, 1, 1}, {0.5, 1, 1}};
  vp_trial_metrics metrics;
  vp_cost_metrics of_costs[2];
  check(vp_measure_trials(scores, is_target, enroll, test, count, costs, 2, 1, 100, &metrics, of_costs));
  write_doubles(&metrics.num_targets, sizeof metrics / sizeof(double));
  write_doubles(&of_costs[0].min_dcf.value, sizeof of_costs / (sizeof(double)));
  free(scores);
  free(is_target);
  free(enroll);
  free(test);
}

/* The LLR of two windows is 1 less the distance of their first features. */
static void run_diarize(uint32_t in_hz, const float* samples, uint32_t num_samples) {
  vp_front_end* front_end = NULL;
  const double* times = NULL;
  const float* values = NULL;
  uint32_t n = 0, num_frames = 0, num_turns = 0, num_bins = 0;
  vp_front_end_options options = options_of(0, &num_bins);
  options.max_segment_s = 0;
  check(vp_front_end_create(&options, in_hz, &front_end));
  check(vp_front_end_push(front_end, samples, num_samples));
  check(vp_front_end_finish(front_end));
  check(vp_front_end_plan_windows(front_end, 1.5, 0.75, &times, &n));
  float* first = malloc(n * sizeof(float));
  float* llrs = malloc((size_t)n * n * sizeof(float));
  uint32_t* speakers = malloc(n * sizeof(uint32_t));
  double* turns = malloc(3 * n * sizeof(double));
  if (first == NULL || llrs == NULL || speakers == NULL || turns == NULL) exit(1);
  write_doubles(times, 2 * n);
  for (uint32_t i = 0; i < n; ++i) {
    check(vp_front_end_window(front_end, i, &values, &num_frames));
    write_floats(values, num_frames * num_bins);
    first[i] = values[0];
  }
  for (uint32_t i = 0; i < n; ++i)
    for (uint32_t j = 0; j < n; ++j) llrs[i * n + j] = (float)(1 - fabs((double)first[i] - (double)first[j]));
  const vp_cluster_options clusters = {0, 0, 20, 0.7};
  check(vp_cluster_speakers(llrs, times, n, &clusters, speakers));
  if (fwrite(speakers, sizeof(uint32_t), n, stdout) != n) exit(1);
  check(vp_join_turns(times, speakers, n, 0.5, turns, &num_turns));
  write_doubles(turns, 3 * num_turns);
  free(first);
  free(llrs);
  free(speakers);
  free(turns);
  vp_front_end_destroy(front_end);
}

static void run_diarization_error(const float* rows, uint32_t count) {
  double* turns[2] = {malloc(count * 3 * sizeof(double)), malloc(count * 3 * sizeof(double))};
  uint32_t num_turns[2] = {0, 0};
  if (turns[0] == NULL || turns[1] == NULL) exit(1);
  for (uint32_t i = 0; i < count; ++i) {
    const int side = rows[4 * i] != 0;
    double* turn = turns[side] + 3 * num_turns[side]++;
    for (int k = 0; k < 3; ++k) turn[k] = rows[4 * i + 1 + k];
  }
  vp_diarization_error error;
  check(vp_measure_diarization(turns[0], num_turns[0], turns[1], num_turns[1], 0.25, &error));
  write_doubles(&error.rate, sizeof error / sizeof(double));
  free(turns[0]);
  free(turns[1]);
}

int main(int argc, char** argv) {
  const char* part = argc > 1 ? argv[1] : "";
  const uint32_t in_hz = argc > 2 ? (uint32_t)atoi(argv[2]) : 0; /* or DIMENSION */
  const uint32_t last = argc > 3 ? (uint32_t)atoi(argv[3]) : 0;  /* OUT_HZ or KIND */
  const uint32_t mean_normalisation = argc > 4 ? (uint32_t)atoi(argv[4]) : 0;
  uint32_t num_samples = 0;
  float* samples = read_samples(&num_samples);
  if (strcmp(part, "fbank") == 0) {
    run_fbank(samples, num_samples);
  } else if (strcmp(part, "resample") == 0) {
    run_resample(in_hz, last, samples, num_samples);
  } else if (strcmp(part, "front_end") == 0) {
    run_front_end(in_hz, last, mean_normalisation, samples, num_samples);
  } else if (strcmp(part, "gallery") == 0) {
    run_gallery(in_hz, samples, num_samples);
  } else if (strcmp(part, "score") == 0 && argc > 3 && in_hz > 0) {
    run_score(in_hz, argv[3], samples, num_samples / in_hz);
  } else if (strcmp(part, "measure") == 0) {
    run_measure(samples, num_samples / 4);
  } else if (strcmp(part, "diarize") == 0) {
    run_diarize(in_hz, samples, num_samples);
  } else if (strcmp(part, "diarization_error") == 0) {
    run_diarization_error(samples, num_samples / 4);
  } else {
    fprintf(stderr,
            "usage: run_core fbank | resample IN_HZ OUT_HZ | front_end IN_HZ [KIND [NORMALISATION]] | gallery "
            "PRECISION | score DIMENSION COHORT | measure | diarize IN_HZ | diarization_error "
            "< values.f32\n");
    return 2;
  }
  free(samples);
  return fflush(stdout) == 0 ? 0 : 1;
}
