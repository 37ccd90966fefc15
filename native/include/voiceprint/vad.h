// Speech-activity detection: which parts of an utterance hold speech.
//
// Made to measure net speech and to drop silence before the network, not to mark word edges. Works on 10 ms frames of
// 16 kHz audio from level above the noise floor and from how speech-like (periodic, modulated, low-frequency) a frame
// is; steady noise is not speech however loud. Deterministic; looks at one window of at most a minute at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint {

struct VadOptions {
  std::int32_t sample_rate_hz = 16000;  // only 16000
  float min_level_dbfs = -60.0f;        // quieter frames are never speech
  float margin_db = 9.0f;               // speech is at least this much above the noise floor
  float pad_ms = 100.0f;                // kept on both sides of each speech run
  float min_speech_ms = 60.0f;          // shorter runs are clicks
  float max_gap_ms = 200.0f;            // shorter pauses inside speech are kept
};

struct SpeechSegment {
  std::size_t begin = 0;  // samples
  std::size_t end = 0;    // samples, exclusive
};

struct SpeechActivity {
  std::vector<SpeechSegment> segments;  // in order, disjoint, padded
  std::size_t num_speech_samples = 0;   // unpadded: frames that were found to be speech
  float noise_level_dbfs = -120.0f;  // mean level of the frames that are not speech, or the floor's estimate if all are
  float speech_level_dbfs = -120.0f;  // mean power of the speech frames; -120 when none
};

Result<SpeechActivity> detect_speech(std::span<const float> samples, const VadOptions& options = {});

}  // namespace voiceprint
