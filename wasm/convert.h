// What several files of the C ABI convert and check alike.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "status.h"
#include "voiceprint/quality.h"
#include "voiceprint/result.h"
#include "voiceprint_c.h"

namespace voiceprint::abi {

inline bool all_finite(const float* samples, std::uint32_t num_samples) {
  return std::all_of(samples, samples + num_samples, [](float sample) { return std::isfinite(sample); });
}

inline std::int32_t non_finite() {
  return fail(ErrorCode::kNonFiniteSample, "A sample is NaN or infinite.");
}

inline Result<std::int32_t> to_rate(std::uint32_t rate_hz) {
  if (rate_hz > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
    return Error{ErrorCode::kInvalidArgument, "The sample rate is above 2^31 - 1 Hz."};
  }
  return static_cast<std::int32_t>(rate_hz);
}

inline std::int32_t give_view(const std::vector<float>& values, const float** out, std::uint32_t* num_out) {
  *out = values.data();
  *num_out = static_cast<std::uint32_t>(values.size());
  return VP_OK;
}

// Figures of a recording; kInvalidArgument where one is NaN, with which every comparison is false.
inline Result<Quality> to_quality(const vp_quality& in) {
  for (double value :
       {in.duration_s, in.net_speech_s, in.level_dbfs, in.peak_dbfs, in.clipped_fraction, in.snr_db, in.bandwidth_hz}) {
    if (std::isnan(value)) return Error{ErrorCode::kInvalidArgument, "A quality figure is not a number."};
  }
  return Quality{.duration_s = static_cast<float>(in.duration_s),
                 .net_speech_s = static_cast<float>(in.net_speech_s),
                 .level_dbfs = static_cast<float>(in.level_dbfs),
                 .peak_dbfs = static_cast<float>(in.peak_dbfs),
                 .clipped_fraction = static_cast<float>(in.clipped_fraction),
                 .snr_db = static_cast<float>(in.snr_db),
                 .bandwidth_hz = static_cast<float>(in.bandwidth_hz)};
}

}  // namespace voiceprint::abi
