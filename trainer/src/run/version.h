// What this program was built from.
#pragma once

namespace voiceprint::trainer {

// `git describe --always --dirty` of the sources at build time, or "unknown" where they were no git checkout.
const char* git_version();

}  // namespace voiceprint::trainer
