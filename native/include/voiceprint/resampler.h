// Band-limited resampling by any rational ratio: a polyphase bank of Kaiser-windowed sinc filters.
//
// Pass band flat (+-0.1 dB) to 7.5 kHz and stop band at least 80 dB down for outputs of 16 kHz; the same bank serves
// speed perturbation in the trainer. Streaming equals one-shot sample for sample, however the input is cut. The output
// has no delay: output sample n lies at input time n * input_rate / output_rate, and ceil(N * out / in) samples come
// out. Source: J. O. Smith, "Digital Audio Resampling"; Kaiser window as in Oppenheim & Schafer, section 7.6.
// Thread-safety: one object, one thread; separate objects are independent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint {

class Resampler {
 public:
  // Rates in Hz, each 1000..384000 (the front end accepts 8000..192000). kInvalidArgument otherwise, or when the
  // reduced ratio would need more than 2^20 filter taps.
  static Result<Resampler> create(std::int32_t input_rate_hz, std::int32_t output_rate_hz);

  // Appends to `output` every sample that `input` completes.
  void push(std::span<const float> input, std::vector<float>& output);
  // Appends the tail; the object is then as new.
  void finish(std::vector<float>& output);
  void reset();

 private:
  Resampler() = default;
  // Appends every output that the inputs before index `available` complete.
  void emit(std::int64_t available, std::vector<float>& output);
  std::int64_t up_ = 1, down_ = 1;  // reduced: output_rate = input_rate * up / down
  std::int32_t half_width_ = 0;     // input samples on each side of an output sample
  bool interpolated_ = false;       // filters_ holds a fixed number of phases, interpolated between
  std::vector<float> filters_;      // [up_ or phases + 1][2 * half_width_], row-major
  std::vector<float> history_;      // input not yet out of reach
  std::int64_t history_start_ = 0;  // input index of history_[0]
  std::int64_t num_input_ = 0, num_output_ = 0;
};

Result<std::vector<float>> resample(std::span<const float> input, std::int32_t input_rate_hz,
                                    std::int32_t output_rate_hz);

}  // namespace voiceprint
