// Is it a voice? A network of 8 hidden units over a frame's features, trained by native/tools/train_vad.py.
#pragma once

#include <array>
#include <cstddef>

#include "speech_features.h"
#include "speech_likeness_weights.h"

namespace voiceprint {

// The larger, the more like speech; roughly a log-likelihood ratio.
inline float speech_likeness(const std::array<float, kNumSpeechFeatures>& features) {
  float likeness = kLikenessBias;
  for (std::size_t h = 0; h < kLikenessHidden; ++h) {
    float sum = kLikenessHiddenBias[h];
    for (std::size_t i = 0; i < kNumSpeechFeatures; ++i) sum += kLikenessInput[h][i] * features[i];
    likeness += sum > 0 ? kLikenessOutput[h] * sum : 0.0f;
  }
  return likeness;
}

}  // namespace voiceprint
