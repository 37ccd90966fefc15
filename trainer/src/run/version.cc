#include "run/version.h"

#include "git_version.h"  // written by the build (trainer/git_version.cmake)

namespace voiceprint::trainer {

const char* git_version() {
  return VOICEPRINT_GIT_VERSION;
}

}  // namespace voiceprint::trainer
