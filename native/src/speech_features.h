// What speech-activity detection knows about each 10 ms of 16 kHz audio.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace voiceprint {

constexpr std::size_t kVadHop = 160;  // samples per frame
constexpr std::size_t kNumSpeechFeatures = 25;

// One frame. `features` describe it and the half second on both sides of it:
//   0       excess / 10
//   1, 2    periodicity at the pitch of a voice (65..450 Hz), and above it (500..1300 Hz), 0..1
//   3..7    around it: mean periodicity at and above voice pitch, share of voiced frames, how far the first stands
//   above the second,
//           relative change of the pitch period from frame to frame
//   8, 9    around it: mean and deviation of excess / 10
//   10      around it: how much the spectrum's shape varies (dB / 10)
//   11..24  around it: the spectrum's mean shape above the noise floor, 14 bands from 125 Hz to 5 kHz (dB / 10,
//   relative to their mean)
struct SpeechFrame {
  float power = 0;   // mean square
  float excess = 0;  // how far its loudest bands stand above the noise floor, dB
  std::array<float, kNumSpeechFeatures> features{};
};

// One frame per kVadHop samples, the last one perhaps shorter. The noise floor is the quietest tenth of each band over
// all `samples`.
std::vector<SpeechFrame> speech_frames(std::span<const float> samples);

}  // namespace voiceprint
