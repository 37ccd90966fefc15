// Where the spectrum of speech ends: tells telephone speech from wide-band speech.
#pragma once

#include <cstdint>
#include <span>

namespace voiceprint {

// Hz, at most half of `sample_rate_hz`; 0 if there are fewer than 1024 samples or only silence.
float estimate_bandwidth_hz(std::span<const float> speech, std::int32_t sample_rate_hz);

}  // namespace voiceprint
