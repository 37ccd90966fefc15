// The ranges that the options of all feature kinds share.
#pragma once

#include "voiceprint/fbank.h"

namespace voiceprint {

// "<family> option <option> must be <range>"
Error option_out_of_range(const char* family, const char* option, const char* range);

// kInvalidArgument names the option. With `has_mel_bins` false, mel bins and frequencies may hold anything.
Result<void> check_feature_options(const char* family, const FbankOptions& options, bool has_mel_bins);

}  // namespace voiceprint
