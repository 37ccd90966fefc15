// What a recording gives: its embedding and its quality.
#pragma once

#include <string>
#include <vector>

#include "voiceprint/quality.h"

namespace voiceprint::trainer {

struct EmbeddedFile {
  std::vector<float> embedding;  // unit length; empty when the file holds no speech
  Quality quality;
  std::string problem;  // not empty: the file could not be read
};

}  // namespace voiceprint::trainer
