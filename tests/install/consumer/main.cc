// Uses the installed core as a stranger would: frames of one second, and the score of a vector with itself.
#include <array>
#include <vector>

#include "voiceprint/fbank.h"
#include "voiceprint/scoring.h"

int main() {
  auto fbank = voiceprint::Fbank::create({});
  if (!fbank) return 1;
  const voiceprint::FeatureMatrix features = fbank->compute(std::vector<float>(16000, 0.5f));
  if (features.num_frames() != 98 || features.num_bins != 80) return 2;
  const std::array<float, 3> embedding = {1, 2, 3};
  auto score = voiceprint::cosine_score(embedding, embedding);
  if (!score || *score < 0.999999f) return 3;
  return 0;
}
