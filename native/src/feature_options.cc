#include "feature_options.h"

#include <string>

namespace voiceprint {

Error option_out_of_range(const char* family, const char* option, const char* range) {
  return {ErrorCode::kInvalidArgument, std::string(family) + " option " + option + " must be " + range};
}

// The conditions are written so that NaN fails them.
Result<void> check_feature_options(const char* family, const FbankOptions& o, bool has_mel_bins) {
  const char *option = nullptr, *range = nullptr;
  const auto need = [&](bool holds, const char* name, const char* wanted) {
    if (!holds && option == nullptr) option = name, range = wanted;
  };
  need(o.sample_rate_hz >= 8000 && o.sample_rate_hz <= 48000, "sample_rate_hz", "8000..48000");
  need(!has_mel_bins || (o.num_mel_bins >= 4 && o.num_mel_bins <= 256), "num_mel_bins", "4..256");
  need(!has_mel_bins || o.low_frequency_hz >= 0, "low_frequency_hz", "0 or more");
  need(!has_mel_bins || (o.high_frequency_hz > o.low_frequency_hz &&
                         o.high_frequency_hz <= 0.5f * static_cast<float>(o.sample_rate_hz)),
       "high_frequency_hz", "above low_frequency_hz and at most half the sample rate");
  need(o.frame_length_ms >= 5 && o.frame_length_ms <= 100, "frame_length_ms", "5..100");
  need(o.frame_shift_ms >= 1 && o.frame_shift_ms <= o.frame_length_ms, "frame_shift_ms", "1..frame_length_ms");
  if (option != nullptr) return option_out_of_range(family, option, range);
  return {};
}

}  // namespace voiceprint
