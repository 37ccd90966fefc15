// A recording on disk through the core's front end: what `prepare`, `eval`, `embed` and `compare` share.
#pragma once

#include <string>

#include "voiceprint/front_end.h"

namespace voiceprint::trainer {

// Decodes `path` piece by piece and finishes the front end. The error names the file.
Result<FrontEnd> analyse_file(const std::string& path, const FrontEndOptions& options);

}  // namespace voiceprint::trainer
