// Simulated room responses by the image method (J. B. Allen, D. A. Berkley, "Image method for efficiently simulating
// small-room acoustics", JASA 65(4), 1979), for random rooms, places and wall absorptions.
#pragma once

#include <cstdint>
#include <vector>

#include "random.h"

namespace voiceprint::trainer {

// Impulse response at `sample_rate_hz`, scaled so that the direct sound has amplitude 1 and starts at sample 0; at most
// 0.5 s. Its reverberation time (to -60 dB, by Sabine's formula) is drawn between the two.
std::vector<float> simulate_room(Random& random, std::int32_t sample_rate_hz, double min_rt60_s, double max_rt60_s);

}  // namespace voiceprint::trainer
