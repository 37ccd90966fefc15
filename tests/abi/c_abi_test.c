/* Every function and every status of the C ABI, from C: the header is proven to be C, and sanitizers watch the
 * boundary. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "voiceprint_c.h"

extern int32_t allocations_left; /* failing_new.cc */

static const double kPi = 3.14159265358979323846;

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

/* Of a feature_kind, with the defaults of FbankOptions or SpectrogramOptions. */
static vp_front_end_options options_of_kind(int kind) {
  vp_front_end_options options = kOptions;
  if (kind == 0) return options;
  options.feature_kind = kind;
  options.num_mel_bins = kind == 1 ? 0 : 128;
  options.low_frequency_hz = 0;
  options.high_frequency_hz = kind == 1 ? 0 : 8000;
  options.frame_shift_ms = 12.5;
  options.preemphasis = 0;
  options.num_coefficients = kind == 3 ? 40 : 0;
  return options;
}

enum { kRate = 16000, kNumSamples = 4 * kRate };

/* Harmonics of 120 Hz, falling off, in four syllables a second, over a faint floor of noise. */
static float* make_voice(void) {
  float* samples = malloc(kNumSamples * sizeof(float));
  uint32_t noise = 1;
  for (int i = 0; i < kNumSamples; ++i) {
    double time = (double)i / kRate, value = 0;
    for (int k = 1; k <= 30; ++k) value += sin(2 * kPi * 120 * k * time) / k;
    double syllable = sin(2 * kPi * 2 * time);
    noise = noise * 1664525u + 1013904223u;
    samples[i] =
        (float)(0.2 * value * syllable * syllable * (time > 0.5) + 1e-4 * ((double)noise / 4294967296.0 - 0.5));
  }
  return samples;
}

static void put16(uint8_t* at, uint32_t value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t* at, uint32_t value) {
  put16(at, value & 0xffff);
  put16(at + 2, value >> 16);
}

enum { kWavHeadBytes = 44 };

/* A canonical header: encoding tag, bits and the bytes that the data chunk claims to hold. */
static void put_wav_head(uint8_t* head, uint32_t tag, uint32_t bits, uint32_t data_bytes) {
  memcpy(head, "RIFF....WAVEfmt ", 16);
  put32(head + 4, 36 + data_bytes);
  put32(head + 16, 16);
  put16(head + 20, tag);
  put16(head + 22, 1);
  put32(head + 24, kRate);
  put32(head + 28, kRate * bits / 8);
  put16(head + 32, bits / 8);
  put16(head + 34, bits);
  memcpy(head + 36, "data", 4);
  put32(head + 40, data_bytes);
}

static void test_version_and_memory(void) {
  CHECK(vp_abi_version() == VP_ABI_VERSION);
  double* values = vp_alloc(3 * sizeof(double));
  CHECK(values != NULL && (uintptr_t)values % sizeof(double) == 0);
  if (values != NULL) values[2] = 1;
  vp_free(values);
  vp_free(vp_alloc(0));
  vp_free(NULL);
}

static void test_wav(void) {
  uint8_t file[kWavHeadBytes + 8];
  vp_wav_format format;
  float mono[4] = {9, 9, 9, 9};
  put_wav_head(file, 1, 16, 8);
  put16(file + 44, 0x4000);
  put16(file + 46, 0x8000);
  put16(file + 48, 0);
  put16(file + 50, 0x7fff);
  CHECK_STATUS(VP_OK, vp_wav_parse(file, sizeof file, sizeof file, &format));
  CHECK(format.encoding == 1 && format.bits_per_sample == 16 && format.num_channels == 1);
  CHECK(format.sample_rate_hz == kRate && format.data_offset == kWavHeadBytes && format.num_frames == 4);
  CHECK(format.bytes_per_frame == 2);
  CHECK_STATUS(VP_OK, vp_wav_decode(&format, file + kWavHeadBytes, 4, mono));
  CHECK(mono[0] == 0.5f && mono[1] == -1.0f && mono[2] == 0.0f && mono[3] == 32767.0f / 32768.0f);
  CHECK_STATUS(VP_OK, vp_wav_decode(&format, NULL, 0, NULL));

  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_parse(NULL, 44, 44, &format));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_parse(file, sizeof file, sizeof file, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_parse(file, sizeof file, -1, &format));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_parse(file, sizeof file, NAN, &format));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_parse(file, sizeof file, 10, &format));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_decode(NULL, file, 1, mono));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_decode(&format, NULL, 1, mono));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_decode(&format, file, 1, NULL));

  const vp_wav_format good = format;
  const double bad_values[] = {-1, 0.5, 1e300, NAN, INFINITY, 77};
  for (size_t i = 0; i < sizeof bad_values / sizeof *bad_values; ++i) {
    vp_wav_format bad = good;
    bad.encoding = bad_values[i];
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_decode(&bad, file, 1, mono));
    bad = good;
    bad.bits_per_sample = bad_values[i];
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_decode(&bad, file, 1, mono));
    bad = good;
    bad.num_channels = bad_values[i];
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_decode(&bad, file, 1, mono));
    bad = good;
    bad.bytes_per_frame = bad_values[i];
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_wav_decode(&bad, file, 1, mono));
  }

  CHECK_STATUS(VP_UNSUPPORTED_FORMAT,
               vp_wav_parse((const uint8_t*)"It is text, not audio: forty-four bytes long", 44, 44, &format));
  put_wav_head(file, 1, 16, 800);
  CHECK_STATUS(VP_TRUNCATED, vp_wav_parse(file, sizeof file, sizeof file, &format));
  put_wav_head(file, 1, 16, 0);
  CHECK_STATUS(VP_EMPTY_AUDIO, vp_wav_parse(file, kWavHeadBytes, kWavHeadBytes, &format));
  put_wav_head(file, 1, 16, 8);
  put16(file + 22, 0); /* no channels */
  CHECK_STATUS(VP_CORRUPT_DATA, vp_wav_parse(file, sizeof file, sizeof file, &format));
  put_wav_head(file, 3, 32, 8);
  put32(file + 48, 0x7fc00000u); /* the second float is NaN */
  CHECK_STATUS(VP_OK, vp_wav_parse(file, sizeof file, sizeof file, &format));
  CHECK_STATUS(VP_NON_FINITE_SAMPLE, vp_wav_decode(&format, file + kWavHeadBytes, 2, mono));
}

static void test_front_end_answers(void) {
  float* voice = make_voice();
  vp_front_end* front_end = NULL;
  CHECK_STATUS(VP_OK, vp_front_end_create(&kOptions, kRate, &front_end));
  for (int round = 0; round < 2; ++round) { /* the second time after a reset */
    CHECK_STATUS(VP_OK, vp_front_end_push(front_end, voice, 12345));
    CHECK_STATUS(VP_OK, vp_front_end_push(front_end, NULL, 0));
    CHECK_STATUS(VP_OK, vp_front_end_push(front_end, voice + 12345, kNumSamples - 12345));
    CHECK_STATUS(VP_OK, vp_front_end_finish(front_end));

    vp_quality quality;
    CHECK_STATUS(VP_OK, vp_front_end_quality(front_end, &quality));
    CHECK(quality.duration_s == 4.0);
    CHECK(quality.net_speech_s > 1.0 && quality.net_speech_s < 3.9);
    CHECK(quality.peak_dbfs > quality.level_dbfs && quality.level_dbfs > -30 && quality.snr_db > 15);

    uint32_t num_segments = 0, num_frames = 0, num_samples = 0, num_intervals = 0;
    const float *values = NULL, *speech = NULL, *intervals = NULL;
    CHECK_STATUS(VP_OK, vp_front_end_num_segments(front_end, &num_segments));
    CHECK(num_segments == 1);
    CHECK_STATUS(VP_OK, vp_front_end_segment(front_end, 0, &values, &num_frames));
    CHECK(num_frames > 100 && num_frames <= 398);
    double sum = 0;
    for (uint32_t t = 0; t < num_frames; ++t) sum += values[t * 80 + 7];
    CHECK(fabs(sum / num_frames) < 1e-5); /* the mean of a bin was subtracted */
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_segment(front_end, num_segments, &values, &num_frames));
    CHECK_STATUS(VP_OK, vp_front_end_speech(front_end, &speech, &num_samples));
    CHECK(speech != NULL && num_samples > kRate && num_samples <= kNumSamples);
    CHECK_STATUS(VP_OK, vp_front_end_intervals(front_end, &intervals, &num_intervals));
    CHECK(num_intervals >= 1);
    for (uint32_t i = 0; i < num_intervals; ++i) CHECK(intervals[2 * i] < intervals[2 * i + 1]);

    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_push(front_end, voice, 10));
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_finish(front_end));
    CHECK_STATUS(VP_OK, vp_front_end_reset(front_end));
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_quality(front_end, &quality));
  }
  vp_front_end_destroy(front_end);
  vp_front_end_destroy(NULL);
  free(voice);
}

static void test_diarization(void) {
  float* voice = make_voice();
  vp_front_end* front_end = NULL;
  vp_front_end_options options = kOptions;
  options.max_segment_s = 0;
  uint32_t num_windows = 99, num_frames = 0;
  const double* times = NULL;
  const float* values = NULL;
  CHECK_STATUS(VP_OK, vp_front_end_create(&options, kRate, &front_end));
  CHECK_STATUS(VP_OK, vp_front_end_push(front_end, voice, kNumSamples));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_plan_windows(front_end, 1.5, 0.75, &times, &num_windows));
  CHECK_STATUS(VP_OK, vp_front_end_finish(front_end));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_window(front_end, 0, &values, &num_frames)); /* none planned */
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_plan_windows(front_end, 0.1, 0.1, &times, &num_windows));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_plan_windows(front_end, 1.5, NAN, &times, &num_windows));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_plan_windows(front_end, 1.5, 0.75, NULL, &num_windows));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_plan_windows(NULL, 1.5, 0.75, &times, &num_windows));
  CHECK(times == NULL && num_windows == 99); /* untouched on failure */
  CHECK_STATUS(VP_OK, vp_front_end_plan_windows(front_end, 1.5, 0.75, &times, &num_windows));
  CHECK(num_windows >= 1 && times[0] >= 0 && times[2 * num_windows - 1] < 4.001);
  for (uint32_t i = 0; i < num_windows; ++i) {
    CHECK(times[2 * i] < times[2 * i + 1]);
    CHECK_STATUS(VP_OK, vp_front_end_window(front_end, i, &values, &num_frames));
    CHECK(num_frames > 0 && num_frames <= 148);
  }
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_window(front_end, num_windows, &values, &num_frames));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_window(front_end, 0, NULL, &num_frames));
  CHECK_STATUS(VP_OK, vp_front_end_reset(front_end));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_window(front_end, 0, &values, &num_frames));
  vp_front_end_destroy(front_end);
  free(voice);

  float llrs[9] = {NAN, 2, -4, 2, NAN, -4, -4, -4, NAN}; /* the diagonal is not read */
  const double windows[3][2] = {{0, 1}, {1, 2}, {2.1, 3}};
  vp_cluster_options clusters = {-1, 0, 20, 0.5};
  uint32_t speakers[3] = {9, 9, 9}, num_turns = 9;
  CHECK_STATUS(VP_OK, vp_cluster_speakers(llrs, windows[0], 3, &clusters, speakers));
  CHECK(speakers[0] == 0 && speakers[1] == 0 && speakers[2] == 1);
  CHECK_STATUS(VP_OK, vp_cluster_speakers(NULL, NULL, 0, &clusters, NULL));
  clusters.num_speakers = 1;
  CHECK_STATUS(VP_OK, vp_cluster_speakers(llrs, windows[0], 3, &clusters, speakers));
  CHECK(speakers[2] == 0);
  clusters.num_speakers = 0.5;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_cluster_speakers(llrs, windows[0], 3, &clusters, speakers));
  clusters.num_speakers = 0;
  clusters.max_speakers = 0;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_cluster_speakers(llrs, windows[0], 3, &clusters, speakers));
  clusters.max_speakers = 20;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_cluster_speakers(NULL, windows[0], 3, &clusters, speakers));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_cluster_speakers(llrs, windows[0], 3, NULL, speakers));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_cluster_speakers(llrs, NULL, 3, &clusters, speakers));
  clusters.min_speaker_s = 1.5; /* the last window is not long enough */
  CHECK_STATUS(VP_OK, vp_cluster_speakers(llrs, windows[0], 3, &clusters, speakers));
  CHECK(speakers[2] == 0);
  clusters.min_speaker_s = NAN;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_cluster_speakers(llrs, windows[0], 3, &clusters, speakers));
  clusters.min_speaker_s = 0;
  llrs[1] = NAN;
  CHECK_STATUS(VP_UNDEFINED, vp_cluster_speakers(llrs, windows[0], 3, &clusters, speakers));

  double turns[9];
  const uint32_t two[3] = {0, 0, 1};
  CHECK_STATUS(VP_OK, vp_join_turns(windows[0], two, 3, 0.5, turns, &num_turns));
  CHECK(num_turns == 2 && turns[0] == 0 && turns[1] == 2 && turns[2] == 0 && turns[3] == 2.1 && turns[5] == 1);
  CHECK_STATUS(VP_OK, vp_join_turns(NULL, NULL, 0, 0.5, NULL, &num_turns));
  CHECK(num_turns == 0);
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_join_turns(windows[0], two, 3, NAN, turns, &num_turns));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_join_turns(windows[0], two, 3, 0.5, turns, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_join_turns(windows[0], NULL, 3, 0.5, turns, &num_turns));
}

static void test_front_end_refusals(void) {
  vp_front_end* front_end = NULL;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(NULL, kRate, &front_end));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(&kOptions, kRate, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(&kOptions, 0, &front_end));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(&kOptions, 10000000, &front_end));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(&kOptions, 0xffffffffu, &front_end));
  /* No option may be NaN or beyond its range: the options are doubles only, so they can be walked. */
  for (int kind = 0; kind <= 3; ++kind) {
    for (size_t i = 0; i < sizeof(vp_front_end_options) / sizeof(double); ++i) {
      const double bad_values[] = {NAN, INFINITY, -1e300};
      for (size_t k = 0; k < sizeof bad_values / sizeof *bad_values; ++k) {
        vp_front_end_options options = options_of_kind(kind);
        ((double*)&options)[i] = bad_values[k];
        if (vp_front_end_create(&options, kRate, &front_end) != VP_INVALID_ARGUMENT) {
          fprintf(stderr, "option %zu of kind %d may be %g\n", i, kind, bad_values[k]);
          ++num_failed;
          vp_front_end_destroy(front_end);
        }
      }
    }
  }
  vp_front_end_options half = kOptions;
  half.num_mel_bins = 80.5;
  front_end = NULL;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(&half, kRate, &front_end));
  CHECK(front_end == NULL); /* untouched on failure */
  const double bad_kinds[] = {4, -1, 0.5};
  for (size_t k = 0; k < sizeof bad_kinds / sizeof *bad_kinds; ++k) {
    vp_front_end_options options = kOptions;
    options.feature_kind = bad_kinds[k];
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(&options, kRate, &front_end));
  }
  const double bad_normalisations[] = {2, -1, 0.5};
  for (size_t k = 0; k < sizeof bad_normalisations / sizeof *bad_normalisations; ++k) {
    vp_front_end_options options = kOptions;
    options.mean_normalisation = bad_normalisations[k];
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(&options, kRate, &front_end));
  }
  /* What a kind does not have must be 0. */
  for (int kind = 0; kind <= 3; ++kind) {
    vp_front_end_options options = options_of_kind(kind);
    if (kind == 3) options.num_coefficients = 129;
    if (kind != 3) options.num_coefficients = 40;
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(&options, kRate, &front_end));
    options = options_of_kind(kind);
    if (kind == 0) continue;
    options.preemphasis = 0.97;
    CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(&options, kRate, &front_end));
  }
  vp_front_end_options spectrogram = options_of_kind(1);
  spectrogram.num_mel_bins = 128;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_create(&spectrogram, kRate, &front_end));

  CHECK_STATUS(VP_OK, vp_front_end_create(&kOptions, kRate, &front_end));
  vp_quality quality;
  uint32_t count = 0;
  const float* view = NULL;
  const float bad_samples[3] = {0, INFINITY, 0};
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_push(NULL, bad_samples, 3));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_push(front_end, NULL, 3));
  CHECK_STATUS(VP_NON_FINITE_SAMPLE, vp_front_end_push(front_end, bad_samples, 3));
  CHECK_STATUS(VP_OK, vp_front_end_reset(front_end));
  CHECK_STATUS(VP_EMPTY_AUDIO, vp_front_end_finish(front_end));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_quality(front_end, &quality));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_num_segments(front_end, &count));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_segment(front_end, 0, &view, &count));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_speech(front_end, &view, &count));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_intervals(front_end, &view, &count));

  /* Silence is no error: no segment, and the quality says why. */
  const float silence[1600] = {0};
  CHECK_STATUS(VP_OK, vp_front_end_reset(front_end));
  CHECK_STATUS(VP_OK, vp_front_end_push(front_end, silence, 1600));
  CHECK_STATUS(VP_OK, vp_front_end_finish(front_end));
  CHECK_STATUS(VP_OK, vp_front_end_num_segments(front_end, &count));
  CHECK(count == 0);
  CHECK_STATUS(VP_OK, vp_front_end_quality(front_end, &quality));
  CHECK(quality.net_speech_s == 0);

  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_finish(NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_reset(NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_quality(NULL, &quality));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_quality(front_end, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_num_segments(NULL, &count));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_num_segments(front_end, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_segment(NULL, 0, &view, &count));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_segment(front_end, 0, NULL, &count));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_segment(front_end, 0, &view, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_speech(NULL, &view, &count));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_speech(front_end, NULL, &count));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_speech(front_end, &view, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_intervals(NULL, &view, &count));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_intervals(front_end, NULL, &count));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_front_end_intervals(front_end, &view, NULL));
  vp_front_end_destroy(front_end);
}

static void test_feature_kinds(void) {
  float* voice = make_voice();
  const uint32_t num_bins[] = {80, 201, 128, 40};
  for (int kind = 0; kind <= 3; ++kind) {
    const vp_front_end_options options = options_of_kind(kind);
    vp_front_end* front_end = NULL;
    const float *values = NULL, *speech = NULL;
    uint32_t num_frames = 0, num_samples = 0;
    CHECK_STATUS(VP_OK, vp_front_end_create(&options, kRate, &front_end));
    CHECK_STATUS(VP_OK, vp_front_end_push(front_end, voice, kNumSamples));
    CHECK_STATUS(VP_OK, vp_front_end_finish(front_end));
    CHECK_STATUS(VP_OK, vp_front_end_speech(front_end, &speech, &num_samples));
    CHECK_STATUS(VP_OK, vp_front_end_segment(front_end, 0, &values, &num_frames));
    CHECK(num_frames == (kind == 0 ? 1 + (num_samples - 400) / 160 : 1 + num_samples / 200));
    double sum = 0, power = 0;
    for (uint32_t t = 0; t < num_frames; ++t) sum += values[t * num_bins[kind] + 7];
    for (uint32_t i = 0; i < num_frames * num_bins[kind]; ++i) power += values[i] * values[i];
    CHECK(fabs(sum) < 1e-5 * num_frames * sqrt(power)); /* the mean of a bin was subtracted */
    CHECK(power > 0);
    vp_front_end_destroy(front_end);
  }
  free(voice);
}

static void test_quality_reasons(void) {
  const vp_quality_limits limits = {0.5, -45, 0.01, 3, 3000};
  vp_quality quality = {3, 2, -25, -6, 0, 30, 7500};
  uint32_t reasons = 99;
  CHECK_STATUS(VP_OK, vp_quality_reasons(&quality, &limits, &reasons));
  CHECK(reasons == 0);
  CHECK(vp_is_inconclusive(reasons) == 0);
  quality.net_speech_s = 0.2;
  CHECK_STATUS(VP_OK, vp_quality_reasons(&quality, &limits, &reasons));
  CHECK(reasons == 1); /* too_short */
  CHECK(vp_is_inconclusive(reasons) == 1);
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_quality_reasons(NULL, &limits, &reasons));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_quality_reasons(&quality, NULL, &reasons));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_quality_reasons(&quality, &limits, NULL));
  quality.snr_db = NAN;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_quality_reasons(&quality, &limits, &reasons));
}

static void test_fbank(void) {
  float* voice = make_voice();
  vp_fbank* fbank = NULL;
  uint32_t num_frames = 99;
  CHECK_STATUS(VP_OK, vp_fbank_create(&kOptions, &fbank));
  CHECK_STATUS(VP_OK, vp_fbank_num_frames(fbank, 399, &num_frames));
  CHECK(num_frames == 0);
  CHECK_STATUS(VP_OK, vp_fbank_num_frames(fbank, kRate, &num_frames));
  CHECK(num_frames == 98);
  float* features = malloc(98 * 80 * sizeof(float));
  CHECK_STATUS(VP_OK, vp_fbank_compute(fbank, voice, kRate, features));
  for (int i = 0; i < 98 * 80; ++i) CHECK(features[i] >= -15.95f && features[i] < 30); /* ln(FLT_EPSILON) is -15.94 */
  CHECK_STATUS(VP_TOO_SHORT, vp_fbank_compute(fbank, voice, 399, features));
  CHECK_STATUS(VP_TOO_SHORT, vp_fbank_compute(fbank, NULL, 0, features));
  voice[3] = NAN;
  CHECK_STATUS(VP_NON_FINITE_SAMPLE, vp_fbank_compute(fbank, voice, kRate, features));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_fbank_compute(NULL, voice, kRate, features));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_fbank_compute(fbank, NULL, kRate, features));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_fbank_compute(fbank, voice, kRate, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_fbank_num_frames(NULL, kRate, &num_frames));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_fbank_num_frames(fbank, kRate, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_fbank_create(NULL, &fbank));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_fbank_create(&kOptions, NULL));
  vp_front_end_options options = kOptions;
  options.high_frequency_hz = 8001;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_fbank_create(&options, &fbank));
  vp_fbank_destroy(fbank);
  vp_fbank_destroy(NULL);
  free(features);
  free(voice);
}

static void test_resampler(void) {
  float* voice = make_voice();
  vp_resampler* resampler = NULL;
  const float* out = NULL;
  uint32_t num_out = 0, total = 0;
  CHECK_STATUS(VP_OK, vp_resampler_create(44100, 16000, &resampler));
  CHECK_STATUS(VP_OK, vp_resampler_push(resampler, voice, 30000, &out, &num_out));
  total += num_out;
  CHECK_STATUS(VP_OK, vp_resampler_push(resampler, NULL, 0, &out, &num_out));
  CHECK(num_out == 0);
  CHECK_STATUS(VP_OK, vp_resampler_push(resampler, voice + 30000, 14100, &out, &num_out));
  total += num_out;
  CHECK_STATUS(VP_OK, vp_resampler_finish(resampler, &out, &num_out));
  total += num_out;
  CHECK(total == 16000);
  voice[1] = INFINITY;
  CHECK_STATUS(VP_NON_FINITE_SAMPLE, vp_resampler_push(resampler, voice, 10, &out, &num_out));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_resampler_push(NULL, voice, 1, &out, &num_out));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_resampler_push(resampler, NULL, 1, &out, &num_out));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_resampler_push(resampler, voice, 1, NULL, &num_out));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_resampler_push(resampler, voice, 1, &out, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_resampler_finish(NULL, &out, &num_out));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_resampler_finish(resampler, NULL, &num_out));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_resampler_finish(resampler, &out, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_resampler_create(44100, 16000, NULL));
  vp_resampler* refused = NULL;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_resampler_create(0, 16000, &refused));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_resampler_create(16000, 0xffffffffu, &refused));
  CHECK(refused == NULL);
  vp_resampler_destroy(resampler);
  vp_resampler_destroy(NULL);
  free(voice);
}

static void test_scoring(void) {
  float a[2] = {3, 4}, b[2] = {4, -3}, zero[2] = {0, 0};
  float score = 9, mean[2] = {9, 9};
  const float rows[4] = {2, 0, 0, 5};
  CHECK_STATUS(VP_OK, vp_l2_normalise(a, 2));
  CHECK(fabsf(a[0] - 0.6f) < 1e-6f && fabsf(a[1] - 0.8f) < 1e-6f);
  CHECK_STATUS(VP_OK, vp_cosine_score(a, b, 2, &score));
  CHECK(fabsf(score) < 1e-6f);
  CHECK_STATUS(VP_OK, vp_cosine_score(a, a, 2, &score));
  CHECK(fabsf(score - 1) < 1e-6f);
  CHECK_STATUS(VP_OK, vp_mean_embedding(rows, 2, 2, mean));
  CHECK(fabsf(mean[0] - 0.70710678f) < 1e-6f && fabsf(mean[1] - 0.70710678f) < 1e-6f);

  CHECK_STATUS(VP_UNDEFINED, vp_l2_normalise(zero, 2));
  CHECK_STATUS(VP_UNDEFINED, vp_cosine_score(a, zero, 2, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_cosine_score(a, b, 0, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_l2_normalise(NULL, 2));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_cosine_score(NULL, b, 2, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_cosine_score(a, NULL, 2, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_cosine_score(a, b, 2, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_mean_embedding(NULL, 2, 2, mean));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_mean_embedding(rows, 2, 2, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_mean_embedding(rows, 0, 2, mean));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_mean_embedding(rows, 2, 0, mean));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_mean_embedding(rows, 0xffffffffu, 0xffffffffu, mean));
}

static void test_calibration(void) {
  double probability = 9;
  CHECK_STATUS(VP_OK, vp_posterior(0, 0.25, &probability));
  CHECK(fabs(probability - 0.25) < 1e-12);
  CHECK_STATUS(VP_OK, vp_posterior(1e6, 0.5, &probability));
  CHECK(probability == 1);
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_posterior(0, 0, &probability));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_posterior(0, 1, &probability));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_posterior(0, NAN, &probability));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_posterior(0, 0.5, NULL));
  CHECK_STATUS(VP_NON_FINITE_SAMPLE, vp_posterior(NAN, 0.5, &probability));
}

/* CRC-32 by its polynomial, to make a cohort file by hand. */
static uint32_t checksum(const uint8_t* bytes, size_t size) {
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < size; ++i)
    for (int bit = 0; bit < 8; ++bit) {
      uint32_t mixed = (crc ^ (uint32_t)(bytes[i] >> bit)) & 1u;
      crc = (crc >> 1) ^ (mixed ? 0xedb88320u : 0u);
    }
  return ~crc;
}

enum { kCohortBytes = 56 + 3 * (4 + 2) + 4 };

/* Three embeddings of two values, (1, 0), (0, 1) and (-1, 0), as FORMATS.md lays them out; all bytes of the model's
 * SHA-256 are 7. */
static void make_cohort(uint8_t* file) {
  const int8_t rows[3][2] = {{1, 0}, {0, 1}, {-1, 0}};
  const float scale = 1;
  memset(file, 0, kCohortBytes);
  memcpy(file, "VPCOHORT", 8);
  file[8] = 1;
  file[12] = 1;
  file[16] = 2;
  file[20] = 3;
  memset(file + 24, 7, 32);
  for (int i = 0; i < 3; ++i) {
    memcpy(file + 56 + 6 * i, &scale, 4);
    memcpy(file + 60 + 6 * i, rows[i], 2);
  }
  const uint32_t crc = checksum(file, kCohortBytes - 4);
  memcpy(file + kCohortBytes - 4, &crc, 4);
}

static void test_trial_scorer(void) {
  const vp_trial_scorer_options linear = {.dimension = 2, .score = 0, .scale = 10, .offset = -3, .top_n = 0};
  const vp_quality quality_a = {.net_speech_s = 4, .snr_db = 20}, quality_b = {.net_speech_s = 2, .snr_db = 30};
  const float a[2] = {1, 0}, b[2] = {0.6f, 0.8f}, zero[2] = {0, 0};
  vp_trial_scorer* scorer = NULL;
  vp_trial_score score = {9, 9, 9};
  CHECK_STATUS(VP_OK, vp_trial_scorer_create(&linear, NULL, 0, NULL, 0, NULL, &scorer));
  CHECK_STATUS(VP_OK, vp_trial_scorer_score(scorer, a, &quality_a, NULL, b, &quality_b, NULL, &score));
  CHECK(fabs(score.score - 0.6) < 1e-6 && isnan(score.as_norm) && fabs(score.llr - 3) < 1e-5);
  vp_cohort_statistics statistics = {9, 9};
  CHECK_STATUS(VP_UNDEFINED, vp_trial_scorer_statistics(scorer, a, &statistics));
  CHECK_STATUS(VP_UNDEFINED, vp_trial_scorer_score(scorer, a, &quality_a, NULL, zero, &quality_b, NULL, &score));
  const vp_quality no_quality = {.net_speech_s = NAN};
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_score(scorer, a, &no_quality, NULL, b, &quality_b, NULL, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_score(NULL, a, &quality_a, NULL, b, &quality_b, NULL, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_score(scorer, NULL, &quality_a, NULL, b, &quality_b, NULL, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_score(scorer, a, NULL, NULL, b, &quality_b, NULL, &score));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_score(scorer, a, &quality_a, NULL, b, &quality_b, NULL, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_statistics(NULL, a, &statistics));
  vp_trial_scorer_destroy(scorer);
  vp_trial_scorer_destroy(NULL);

  /* Normalised: the cosines of (1, 0) with the cohort are 1, 0, -1, its two highest 1 and 0. */
  uint8_t cohort[kCohortBytes], sha256[32];
  make_cohort(cohort);
  memset(sha256, 7, sizeof sha256);
  const vp_trial_scorer_options normalised = {.dimension = 2, .score = 1, .scale = 2, .offset = 1, .top_n = 2};
  const vp_quality_term terms[2] = {{.measure = 2, .weight = 0.5, .low = 0, .high = 50},
                                    {.measure = 4, .weight = 3, .low = -1, .high = 1}};
  CHECK_STATUS(VP_OK, vp_trial_scorer_create(&normalised, terms, 2, cohort, kCohortBytes, sha256, &scorer));
  CHECK_STATUS(VP_OK, vp_trial_scorer_statistics(scorer, a, &statistics));
  CHECK(fabs(statistics.mean - 0.5) < 1e-6 && fabs(statistics.deviation - 0.5) < 1e-6);
  CHECK_STATUS(VP_OK, vp_trial_scorer_score(scorer, a, &quality_a, &statistics, b, &quality_b, NULL, &score));
  /* b: 0.8 and 0.6, mean 0.7, deviation 0.1. */
  CHECK(fabs(score.as_norm - ((0.6 - 0.5) / 0.5 + (0.6 - 0.7) / 0.1) / 2) < 1e-5);
  CHECK(fabs(score.llr - (2 * score.as_norm + 1 + 0.5 * 20 + 3 * 0.6)) < 1e-5);
  vp_trial_score again = {9, 9, 9};
  CHECK_STATUS(VP_OK, vp_trial_scorer_score(scorer, b, &quality_b, NULL, a, &quality_a, NULL, &again));
  CHECK(again.llr == score.llr);
  vp_trial_scorer_destroy(scorer);

  scorer = NULL;
  vp_trial_scorer_options bad = normalised;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_create(&normalised, terms, 2, NULL, 0, NULL, &scorer));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_create(&linear, NULL, 0, cohort, kCohortBytes, sha256, &scorer));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_create(&normalised, terms, 2, cohort, kCohortBytes, NULL, &scorer));
  CHECK_STATUS(VP_INVALID_ARGUMENT,
               vp_trial_scorer_create(&normalised, NULL, 2, cohort, kCohortBytes, sha256, &scorer));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_create(NULL, NULL, 0, NULL, 0, NULL, &scorer));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_create(&linear, NULL, 0, NULL, 0, NULL, NULL));
  bad.dimension = 3; /* a manifest for another embedding size */
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_create(&bad, terms, 2, cohort, kCohortBytes, sha256, &scorer));
  bad = normalised, bad.top_n = 4;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_create(&bad, terms, 2, cohort, kCohortBytes, sha256, &scorer));
  bad = normalised, bad.score = 2;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_create(&bad, terms, 2, cohort, kCohortBytes, sha256, &scorer));
  bad = normalised, bad.scale = NAN;
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_create(&bad, terms, 2, cohort, kCohortBytes, sha256, &scorer));
  vp_quality_term unknown = {.measure = 6, .weight = 1, .low = 0, .high = 1};
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_trial_scorer_create(&linear, &unknown, 1, NULL, 0, NULL, &scorer));
  sha256[31] = 8; /* the cohort of another model */
  CHECK_STATUS(VP_INVALID_ARGUMENT,
               vp_trial_scorer_create(&normalised, terms, 2, cohort, kCohortBytes, sha256, &scorer));
  CHECK_STATUS(VP_TRUNCATED, vp_trial_scorer_create(&normalised, terms, 2, cohort, kCohortBytes - 1, sha256, &scorer));
  cohort[60] ^= 1;
  CHECK_STATUS(VP_CORRUPT_DATA, vp_trial_scorer_create(&normalised, terms, 2, cohort, kCohortBytes, sha256, &scorer));
  cohort[0] = 'X';
  CHECK_STATUS(VP_UNSUPPORTED_FORMAT,
               vp_trial_scorer_create(&normalised, terms, 2, cohort, kCohortBytes, sha256, &scorer));
  CHECK(scorer == NULL);
}

static void test_measure_trials(void) {
  /* Threshold 2: 1 of 4 targets missed, 2 of 4 non-targets accepted; threshold 3 the other way round. */
  const float scores[8] = {1, 2, 3, 4, 0, 1, 2, 3};
  const uint8_t is_target[8] = {1, 1, 1, 1, 0, 0, 0, 0};
  const uint32_t enroll[8] = {0, 1, 2, 3, 0, 1, 2, 3}, test[8] = {0, 1, 2, 3, 1, 2, 3, 0}, same[8] = {0};
  const vp_cost_model costs[2] = {{0.5, 1, 1}, {0.01, 10, 1}}, bad_cost = {1, 1, 1};
  vp_trial_metrics metrics;
  vp_cost_metrics of_costs[2];
  CHECK_STATUS(VP_OK, vp_measure_trials(scores, is_target, enroll, test, 8, costs, 2, 1, 200, &metrics, of_costs));
  CHECK(metrics.num_targets == 4 && metrics.num_nontargets == 4 && metrics.num_speakers == 4);
  CHECK(metrics.num_resamplings > 100 && metrics.num_resamplings <= 200);
  CHECK(fabs(metrics.eer.value - 0.375) < 1e-12 && fabs(metrics.eer_threshold - 2.5) < 1e-12);
  CHECK(metrics.eer.low <= metrics.eer.value && metrics.eer.high >= metrics.eer.value);
  CHECK(fabs(metrics.eer_nearest - 0.375) < 1e-12);
  CHECK(metrics.cllr.value >= metrics.min_cllr.value && metrics.min_cllr.value > 0);
  CHECK(fabs(of_costs[0].min_dcf.value - 0.75) < 1e-12 && of_costs[0].act_dcf.value >= of_costs[0].min_dcf.value);
  CHECK_STATUS(VP_OK, vp_measure_trials(scores, is_target, enroll, test, 8, NULL, 0, 0, 0, &metrics, NULL));
  CHECK(isnan(metrics.cllr.value) && isnan(metrics.eer.low));

  const float nan_score[2] = {NAN, 0};
  CHECK_STATUS(VP_UNDEFINED, vp_measure_trials(scores, is_target, enroll, test, 4, NULL, 0, 0, 0, &metrics, NULL));
  CHECK_STATUS(VP_UNDEFINED, vp_measure_trials(NULL, NULL, NULL, NULL, 0, NULL, 0, 0, 0, &metrics, NULL));
  CHECK_STATUS(VP_UNDEFINED, vp_measure_trials(scores, is_target, same, same, 8, NULL, 0, 0, 9, &metrics, NULL));
  CHECK_STATUS(VP_NON_FINITE_SAMPLE,
               vp_measure_trials(nan_score, is_target, enroll, test, 2, NULL, 0, 0, 0, &metrics, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT,
               vp_measure_trials(scores, is_target, enroll, test, 8, &bad_cost, 1, 0, 0, &metrics, of_costs));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_trials(NULL, is_target, enroll, test, 8, NULL, 0, 0, 0, &metrics, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_trials(scores, NULL, enroll, test, 8, NULL, 0, 0, 0, &metrics, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_trials(scores, is_target, NULL, test, 8, NULL, 0, 0, 0, &metrics, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT,
               vp_measure_trials(scores, is_target, enroll, NULL, 8, NULL, 0, 0, 0, &metrics, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_trials(scores, is_target, enroll, test, 8, NULL, 0, 0, 0, NULL, NULL));
  CHECK_STATUS(VP_INVALID_ARGUMENT,
               vp_measure_trials(scores, is_target, enroll, test, 8, costs, 2, 0, 0, &metrics, NULL));
}

static void test_measure_diarization(void) {
  /* Speaker 0 is called 1 and is lost in the last of six seconds, 1 is called 0 from the middle of the fifth. */
  const double reference[3][3] = {{0, 4, 0}, {4, 5, 1}, {5, 6, 0}};
  const double hypothesis[2][3] = {{4.5, 5, 0}, {0, 4.5, 1}};
  const double half_speaker[3] = {0, 1, 0.5}, no_speaker[3] = {0, 1, -1}, backward[3] = {1, 0, 0},
               nan_turn[3] = {0, NAN, 0};
  const double *a = reference[0], *b = hypothesis[0];
  vp_diarization_error error;
  CHECK_STATUS(VP_OK, vp_measure_diarization(a, 3, b, 2, 0, &error));
  CHECK(error.speech_s == 6 && error.missed_s == 1 && error.false_alarm_s == 0 && error.confusion_s == 0.5);
  CHECK(error.rate == 0.25);
  CHECK_STATUS(VP_OK, vp_measure_diarization(a, 3, b, 2, 0.25, &error));
  CHECK(error.speech_s == 4.5 && error.missed_s == 0.5 && error.false_alarm_s == 0 && error.confusion_s == 0.25);
  CHECK_STATUS(VP_OK, vp_measure_diarization(a, 3, NULL, 0, 0, &error));
  CHECK(error.rate == 1 && error.missed_s == 6);

  CHECK_STATUS(VP_UNDEFINED, vp_measure_diarization(NULL, 0, b, 2, 0, &error));
  CHECK_STATUS(VP_UNDEFINED, vp_measure_diarization(a, 3, b, 2, 2, &error));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_diarization(a, 3, b, 2, -1, &error));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_diarization(a, 3, half_speaker, 1, 0, &error));
  CHECK(strstr(vp_last_error(), "hypothesis[0]") != NULL);
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_diarization(no_speaker, 1, b, 2, 0, &error));
  CHECK(strstr(vp_last_error(), "reference[0]") != NULL);
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_diarization(backward, 1, b, 2, 0, &error));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_diarization(a, 3, nan_turn, 1, 0, &error));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_diarization(NULL, 3, b, 2, 0, &error));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_diarization(a, 3, NULL, 2, 0, &error));
  CHECK_STATUS(VP_INVALID_ARGUMENT, vp_measure_diarization(a, 3, b, 2, 0, NULL));
  CHECK(error.rate == 1 && error.missed_s == 6); /* untouched on failure */
}

/* Whichever allocation of `vp_front_end_create` fails, the answer is a status and nothing is created. */
static void test_out_of_memory(void) {
  for (int kind = 0; kind <= 3; ++kind) {
    const vp_front_end_options options = options_of_kind(kind);
    int32_t status = VP_OUT_OF_MEMORY;
    int num_refused = 0;
    for (int32_t n = 0; status == VP_OUT_OF_MEMORY && n < 10000; ++n) {
      vp_front_end* front_end = NULL;
      allocations_left = n;
      status = vp_front_end_create(&options, 44100, &front_end);
      allocations_left = -1;
      CHECK((status == VP_OK) == (front_end != NULL));
      vp_front_end_destroy(front_end);
      num_refused += status == VP_OUT_OF_MEMORY;
    }
    CHECK(status == VP_OK);
    CHECK(num_refused > 3);
  }
}

int main(void) {
  test_version_and_memory();
  test_wav();
  test_front_end_answers();
  test_diarization();
  test_front_end_refusals();
  test_feature_kinds();
  test_quality_reasons();
  test_fbank();
  test_resampler();
  test_scoring();
  test_calibration();
  test_trial_scorer();
  test_measure_trials();
  test_measure_diarization();
  test_out_of_memory();
  return report();
}
