// The loops over a frame's samples and bins that are worth fast code: the WebAssembly build compiles this file for
// speed, and what surrounds it for size. `-ffp-contract=off` and a fixed order of additions: every build agrees bit for
// bit.
#pragma once

#include <span>

namespace voiceprint {

// frame[n] = (x[n] - preemphasis * x[n - 1]) * window[n], x the samples less their mean, x[-1] = x[0]. `frame` and
// `window` are at least as long as `samples`.
void emphasise_and_window(std::span<const float> samples, float preemphasis, std::span<const float> window,
                          std::span<float> frame);

// Each value becomes ln(max(value, floor)). REQUIRES: floor is a positive, normal float.
void log_with_floor(std::span<float> values, float floor);

}  // namespace voiceprint
