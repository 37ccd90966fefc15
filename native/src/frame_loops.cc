#include "frame_loops.h"

#include <cstddef>

#include "log.h"

namespace voiceprint {

void emphasise_and_window(std::span<const float> samples, float preemphasis, std::span<const float> window_span,
                          std::span<float> frame_span) {
  float lane[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= samples.size(); i += 8)
    for (std::size_t k = 0; k < 8; ++k) lane[k] += samples[i + k];
  float sum = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  for (; i < samples.size(); ++i) sum += samples[i];
  const float mean = sum / static_cast<float>(samples.size());

  const float* const x = samples.data();
  const float* const window = window_span.data();
  float* const frame = frame_span.data();
  frame[0] = ((x[0] - mean) - preemphasis * (x[0] - mean)) * window[0];
  for (std::size_t n = 1; n < samples.size(); ++n)
    frame[n] = ((x[n] - mean) - preemphasis * (x[n - 1] - mean)) * window[n];
}

void log_with_floor(std::span<float> values, float floor) {
  for (float& value : values) value = log_positive(value > floor ? value : floor);
}

}  // namespace voiceprint
