// voiceprint-vad-features: what the speech-activity detector sees, for train_vad.py.
//
// Reads from standard input, for each clip, a uint32 number of samples and then float32 samples at 16 kHz; writes, for
// each 10 ms frame, float32 level (dBFS), excess (dB) and the features. Native byte order.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "speech_features.h"

int main() {
  std::uint32_t count = 0;
  std::vector<float> samples;
  while (std::fread(&count, sizeof count, 1, stdin) == 1) {
    samples.resize(count);
    if (std::fread(samples.data(), sizeof(float), count, stdin) != count) {
      std::fprintf(stderr, "voiceprint-vad-features: the last clip is cut\n");
      return 1;
    }
    for (const voiceprint::SpeechFrame& frame : voiceprint::speech_frames(samples)) {
      const float head[2] = {10 * std::log10(std::max(frame.power, 1e-12f)), frame.excess};
      std::fwrite(head, sizeof(float), 2, stdout);
      std::fwrite(frame.features.data(), sizeof(float), frame.features.size(), stdout);
    }
  }
  return 0;
}
