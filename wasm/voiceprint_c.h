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

#define VP_ABI_VERSION 2

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

/* --- Front end (voiceprint/front_end.h): samples in, mean-normalised features of segments and quality out --- */
/* feature_kind: 0 Fbank, 1 spectrogram, 2 mel-spectrogram, 3 MFCC (voiceprint/features.h). What a kind does not have is
 * 0: num_coefficients but for MFCC, preemphasis but for Fbank, num_mel_bins and both frequencies for the spectrogram.
 */
typedef struct vp_front_end_options {
  double sample_rate_hz, num_mel_bins, low_frequency_hz, high_frequency_hz, frame_length_ms, frame_shift_ms,
      preemphasis;
  double vad_min_level_dbfs, vad_margin_db, vad_pad_ms, vad_min_speech_ms, vad_max_gap_ms;
  double window_s, max_segment_s, max_speech_s;
  double feature_kind, num_coefficients;
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
int32_t vp_to_llr(double scale, double offset, double score, double* llr);
int32_t vp_posterior(double llr, double p_target, double* probability);

#ifdef __cplusplus
}
#endif
#endif /* VOICEPRINT_C_H_ */
