/* The C ABI of the voiceprint core: what the WebAssembly module exports, and what any language can bind natively.
 *
 * Conventions
 *  1. Every function returns int32 status: one of the VP_ codes below; exceptions to this say so. Results go to the
 *     out-pointers, which come last and are untouched on failure.
 *  2. Objects are opaque pointers: vp_X_create / vp_X_destroy. Destroying NULL is legal. An input array may be
 *     NULL only where its count is 0; any other NULL is VP_INVALID_ARGUMENT. A view of 0 elements may be NULL too.
 *  3. Lengths count elements, not bytes, unless the name ends in _bytes. Counts are uint32; file positions are doubles
 *     (exact to 2^53), because 64-bit integers do not cross to JavaScript cheaply.
 *  4. Options and reports are structs of doubles only, in declared order: a Float64Array can fill and read them.
 *  5. No callbacks, no globals but the last error message, no threads. Pointers must be aligned for their type.
 *  6. vp_last_error() explains the latest non-zero status in one English sentence (UTF-8, NUL-terminated, owned by the
 *     library, valid until the next call on the same thread).
 *  7. Out of memory is VP_OUT_OF_MEMORY, and a trap in a build without exceptions (WebAssembly). After it an object may
 *     only be reset or destroyed.
 */
#ifndef VOICEPRINT_C_H_
#define VOICEPRINT_C_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VP_ABI_VERSION 7

/* The numbers of ErrorCode in voiceprint/result.h, where each is explained. */
enum {
  VP_OK = 0,
  VP_INVALID_ARGUMENT = 1,
  VP_UNSUPPORTED_FORMAT = 2,
  VP_CORRUPT_DATA = 3,
  VP_TRUNCATED = 4,
  VP_EMPTY_AUDIO = 5,
  VP_NON_FINITE_SAMPLE = 6,
  VP_TOO_SHORT = 7,
  VP_IO = 8, /* given by no function of this ABI: it opens no files */
  VP_OUT_OF_MEMORY = 9,
  VP_UNDEFINED = 10
};

int32_t vp_abi_version(void);    /* not a status */
const char* vp_last_error(void); /* not a status */

/* Memory for the caller's arrays, aligned for double; NULL when out of memory. vp_free(NULL) is legal. */
void* vp_alloc(uint32_t num_bytes);
void vp_free(void* memory);

/* --- WAV (voiceprint/wav.h) --- */
typedef struct vp_wav_format {
  double encoding; /* 1 PCM, 3 float, 6 A-law, 7 mu-law */
  double bits_per_sample;
  double num_channels;
  double sample_rate_hz;
  double data_offset; /* bytes */
  double num_frames;
  double bytes_per_frame;
} vp_wav_format;
int32_t vp_wav_parse(const uint8_t* head, uint32_t head_bytes, double file_bytes, vp_wav_format* format);
/* `num_frames` whole frames from `bytes` to mono. */
int32_t vp_wav_decode(const vp_wav_format* format, const uint8_t* bytes, uint32_t num_frames, float* mono);

/* --- Front end (voiceprint/front_end.h): samples in, features of segments (less their mean) and quality out --- */
/* feature_kind: 0 Fbank, 1 spectrogram, 2 mel-spectrogram, 3 MFCC (voiceprint/features.h). What a kind does not have is
 * 0: num_coefficients but for MFCC, preemphasis but for Fbank, num_mel_bins and both frequencies for the spectrogram.
 * mean_normalisation: 0 utterance, 1 level (voiceprint/fbank.h). */
typedef struct vp_front_end_options {
  double sample_rate_hz, num_mel_bins, low_frequency_hz, high_frequency_hz, frame_length_ms, frame_shift_ms,
      preemphasis;
  double vad_min_level_dbfs, vad_margin_db, vad_pad_ms, vad_min_speech_ms, vad_max_gap_ms;
  double window_s, max_segment_s, max_speech_s;
  double feature_kind, num_coefficients;
  double mean_normalisation;
} vp_front_end_options;
typedef struct vp_quality {
  double duration_s, net_speech_s, level_dbfs, peak_dbfs, clipped_fraction, snr_db, bandwidth_hz;
} vp_quality;
typedef struct vp_quality_limits {
  double min_net_speech_s, min_level_dbfs, max_clipped_fraction, min_snr_db, min_bandwidth_hz;
} vp_quality_limits;
typedef struct vp_front_end vp_front_end;

int32_t vp_front_end_create(const vp_front_end_options* options, uint32_t input_rate_hz, vp_front_end** out);
void vp_front_end_destroy(vp_front_end* front_end);
int32_t vp_front_end_push(vp_front_end* front_end, const float* mono, uint32_t num_samples);
int32_t vp_front_end_finish(vp_front_end* front_end);
int32_t vp_front_end_reset(vp_front_end* front_end);
/* After vp_front_end_finish. Views stay valid until the next push, reset or destroy. */
int32_t vp_front_end_quality(const vp_front_end* front_end, vp_quality* out);
int32_t vp_front_end_num_segments(const vp_front_end* front_end, uint32_t* out);
int32_t vp_front_end_segment(const vp_front_end* front_end, uint32_t index, const float** values, uint32_t* num_frames);
int32_t vp_front_end_speech(const vp_front_end* front_end, const float** samples, uint32_t* num_samples);
/* begin and end in seconds, interleaved: 2 * num_intervals floats. */
int32_t vp_front_end_intervals(const vp_front_end* front_end, const float** begin_end_s, uint32_t* num_intervals);
/* Short windows of the speech, for diarization (plan_windows in voiceprint/diarization.h); with max_segment_s 0
 * there are no segments beside them. Begin and end in seconds of what each decides on, interleaved: 2 * num_windows
 * doubles, valid until the next plan, reset or destroy. */
int32_t vp_front_end_plan_windows(vp_front_end* front_end, double window_s, double hop_s, const double** begin_end_s,
                                  uint32_t* num_windows);
/* Features of a planned window, as of a segment. The view stays valid until the next call. */
int32_t vp_front_end_window(vp_front_end* front_end, uint32_t index, const float** values, uint32_t* num_frames);

/* Bits of QualityReason (voiceprint/quality.h). */
int32_t vp_quality_reasons(const vp_quality* quality, const vp_quality_limits* limits, uint32_t* reasons);
int32_t vp_is_inconclusive(uint32_t reasons); /* 0 or 1, not a status */

/* --- Fbank (voiceprint/fbank.h), without mean normalisation: for pictures, parity tests and benchmarks --- */
typedef struct vp_fbank vp_fbank;
int32_t vp_fbank_create(const vp_front_end_options* options, vp_fbank** out); /* reads its first seven fields */
void vp_fbank_destroy(vp_fbank* fbank);
int32_t vp_fbank_num_frames(const vp_fbank* fbank, uint32_t num_samples, uint32_t* out);
int32_t vp_fbank_compute(vp_fbank* fbank, const float* samples, uint32_t num_samples,
                         float* features /* [frames][bins] */);

/* --- Resampler (voiceprint/resampler.h), streaming --- */
typedef struct vp_resampler vp_resampler;
int32_t vp_resampler_create(uint32_t input_rate_hz, uint32_t output_rate_hz, vp_resampler** out);
void vp_resampler_destroy(vp_resampler* resampler);
/* The output view stays valid until the next call on the same object. */
int32_t vp_resampler_push(vp_resampler* resampler, const float* samples, uint32_t num_samples, const float** out,
                          uint32_t* num_out);
int32_t vp_resampler_finish(vp_resampler* resampler, const float** out, uint32_t* num_out);

/* --- Scoring and calibration (voiceprint/scoring.h, calibration.h) --- */
int32_t vp_l2_normalise(float* embedding, uint32_t dimension);
int32_t vp_cosine_score(const float* a, const float* b, uint32_t dimension, float* score);
int32_t vp_mean_embedding(const float* embeddings, uint32_t num_embeddings, uint32_t dimension, float* mean);
int32_t vp_posterior(double llr, double p_target, double* probability);

/* --- Trial scorer (voiceprint/trial_scorer.h): embeddings and qualities of two recordings in, LLR out --- */
typedef struct vp_trial_scorer_options {
  double dimension;     /* of the model's embeddings */
  double score;         /* what scale multiplies: 0 cosine, 1 as_norm */
  double scale, offset; /* of the calibration */
  double top_n;         /* of the cohort; 0: all of it */
} vp_trial_scorer_options;
typedef struct vp_quality_term {
  double measure; /* QualityMeasure (voiceprint/quality_calibration.h) */
  double weight, low, high;
} vp_quality_term;
typedef struct vp_cohort_statistics {
  double mean, deviation;
} vp_cohort_statistics;
typedef struct vp_trial_score {
  double score, as_norm /* NaN where there is no cohort */, llr;
} vp_trial_score;
typedef struct vp_trial_scorer vp_trial_scorer;

/* `cohort`: the whole file (FORMATS.md), 0 bytes where the calibration uses none. `model_sha256`: 32 bytes, of the ONNX
 * file; a cohort of another model is VP_INVALID_ARGUMENT. Not read without a cohort. */
int32_t vp_trial_scorer_create(const vp_trial_scorer_options* options, const vp_quality_term* terms, uint32_t num_terms,
                               const uint8_t* cohort, uint32_t cohort_bytes, const uint8_t* model_sha256,
                               vp_trial_scorer** out);
void vp_trial_scorer_destroy(vp_trial_scorer* scorer);
/* Of an embedding that is in many trials; VP_UNDEFINED where the scorer has no cohort. */
int32_t vp_trial_scorer_statistics(const vp_trial_scorer* scorer, const float* embedding, vp_cohort_statistics* out);
/* Statistics may be NULL: they are then computed, where there is a cohort. */
int32_t vp_trial_scorer_score(const vp_trial_scorer* scorer, const float* a, const vp_quality* quality_a,
                              const vp_cohort_statistics* statistics_a, const float* b, const vp_quality* quality_b,
                              const vp_cohort_statistics* statistics_b, vp_trial_score* out);

/* --- Diarization (voiceprint/diarization.h): windows of speech to speakers, these to turns --- */
typedef struct vp_cluster_options {
  double min_llr;
  double num_speakers; /* 0: as many as the LLRs say */
  double max_speakers;
  double min_speaker_s;
} vp_cluster_options;
/* `llrs`: [num_windows][num_windows]; `begin_end_s`: [num_windows][2], as planned; `speakers`: [num_windows]. */
int32_t vp_cluster_speakers(const float* llrs, const double* begin_end_s, uint32_t num_windows,
                            const vp_cluster_options* options, uint32_t* speakers);
/* `begin_end_s` as before; `turns`: room for [num_windows][3], gets begin_s, end_s and speaker. */
int32_t vp_join_turns(const double* begin_end_s, const uint32_t* speakers, uint32_t num_windows, double max_pause_s,
                      double* turns, uint32_t* num_turns);

/* --- Metrics of a trial list (voiceprint/trial_metrics.h) --- */
typedef struct vp_cost_model {
  double p_target, c_miss, c_fa;
} vp_cost_model;
typedef struct vp_estimate {
  double value, low, high; /* low and high: 95 % interval from resampled speakers; NaN where there is none */
} vp_estimate;
typedef struct vp_trial_metrics {
  double num_targets, num_nontargets, num_speakers, num_resamplings;
  vp_estimate eer;
  double eer_threshold, eer_nearest;
  vp_estimate min_cllr;
  vp_estimate cllr; /* NaN unless the scores are LLRs */
} vp_trial_metrics;
typedef struct vp_cost_metrics {
  vp_estimate min_dcf;
  double min_dcf_threshold;
  vp_estimate act_dcf; /* NaN unless the scores are LLRs */
} vp_cost_metrics;

/* Of each trial a score, whether it is a target (not 0), and the speakers of both sides, numbered from 0.
 * `scores_are_llrs` is 0 or 1, `resamplings` 0 for no intervals; `cost_metrics` has one element per cost model. */
int32_t vp_measure_trials(const float* scores, const uint8_t* is_target, const uint32_t* enroll_speakers,
                          const uint32_t* test_speakers, uint32_t num_trials, const vp_cost_model* costs,
                          uint32_t num_costs, int32_t scores_are_llrs, uint32_t resamplings, vp_trial_metrics* metrics,
                          vp_cost_metrics* cost_metrics);

/* --- Error rate of a diarization (voiceprint/diarization_metrics.h) --- */
typedef struct vp_diarization_error {
  double rate;     /* the sum of the errors over speech_s */
  double speech_s; /* scored, of the reference, summed over speakers */
  double missed_s, false_alarm_s, confusion_s;
} vp_diarization_error;

/* A turn is three doubles: begin and end in seconds and the speaker, a whole number from 0; reference and hypothesis
 * number theirs independently. VP_UNDEFINED where the collars leave no speech of the reference to score. */
int32_t vp_measure_diarization(const double* reference /* [num_reference][3] */, uint32_t num_reference,
                               const double* hypothesis /* [num_hypothesis][3] */, uint32_t num_hypothesis,
                               double collar_s, vp_diarization_error* out);

#ifdef __cplusplus
}
#endif
#endif /* VOICEPRINT_C_H_ */
