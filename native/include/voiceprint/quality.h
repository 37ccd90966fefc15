// Signal quality of a recording, in numbers and in reasons that a person can act on.
#pragma once

#include <cstdint>

namespace voiceprint {

struct Quality {
  float duration_s = 0;     // everything that was recorded
  float net_speech_s = 0;   // speech only
  float level_dbfs = -120;  // RMS of the speech (of everything when there is none)
  float peak_dbfs = -120;
  float clipped_fraction =
      0;  // share of samples in runs of 3 or more at the recording's own positive or negative maximum, near full scale
  float snr_db = 0;        // speech power above noise power, estimated; 0..60
  float bandwidth_hz = 0;  // where the long-term speech spectrum ends (about 3400-4000 for telephone)
};

// Bits; 0 means "ok". Names on every surface: too_short, too_quiet, clipped, noisy, no_speech, different_speaker,
// band_limited.
enum QualityReason : std::uint32_t {
  kQualityOk = 0,
  kTooShort = 1u << 0,
  kTooQuiet = 1u << 1,
  kClipped = 1u << 2,
  kNoisy = 1u << 3,
  kNoSpeech = 1u << 4,
  kDifferentSpeaker = 1u << 5,  // set by enrollment only
  kBandLimited = 1u << 6,
};

// From the model's manifest ("quality_limits"): measured with the model, not constants of the code.
struct QualityLimits {
  float min_net_speech_s = 0.5f;
  float min_level_dbfs = -45.0f;
  float max_clipped_fraction = 0.01f;
  float min_snr_db = 3.0f;
  float min_bandwidth_hz = 3000.0f;
};

std::uint32_t quality_reasons(const Quality& quality, const QualityLimits& limits);

// Reasons that make a decision inconclusive (too_short, too_quiet, clipped, noisy, no_speech, band_limited beyond the
// limits: a recording with any reason is not judged). Kept as a function so that C++, C and TypeScript cannot drift
// apart.
bool is_inconclusive(std::uint32_t reasons);

}  // namespace voiceprint
