#include "voiceprint/quality.h"

namespace voiceprint {

std::uint32_t quality_reasons(const Quality& quality, const QualityLimits& limits) {
  std::uint32_t reasons = kQualityOk;
  const bool speech = quality.net_speech_s > 0;
  if (!speech) reasons |= kNoSpeech;
  // The speech's own figures say nothing when there is none.
  if (speech && quality.net_speech_s < limits.min_net_speech_s) reasons |= kTooShort;
  if (quality.level_dbfs < limits.min_level_dbfs) reasons |= kTooQuiet;
  if (quality.clipped_fraction > limits.max_clipped_fraction) reasons |= kClipped;
  if (speech && quality.snr_db < limits.min_snr_db) reasons |= kNoisy;
  // A bandwidth of 0 was not measured: there was too little speech for it.
  if (speech && quality.bandwidth_hz > 0 && quality.bandwidth_hz < limits.min_bandwidth_hz) reasons |= kBandLimited;
  return reasons;
}

bool is_inconclusive(std::uint32_t reasons) {
  return reasons != kQualityOk;
}

}  // namespace voiceprint
