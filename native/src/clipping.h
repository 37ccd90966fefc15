// Counts clipped samples while they stream by.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace voiceprint {

// Clipping shows as runs of 3 or more samples at the recording's own largest value, when that is near full scale; each
// polarity is counted apart, since an offset clips one side first. A single full-scale peak and a loud but clean
// recording count nothing.
class ClippingCounter {
 public:
  void push(std::span<const float> samples) {
    for (float sample : samples) {
      positive_.push(sample);
      negative_.push(-sample);
    }
  }
  std::uint64_t clipped_samples() const { return positive_.total() + negative_.total(); }
  // Largest magnitude so far.
  float peak() const { return std::max(positive_.maximum, negative_.maximum); }

 private:
  static constexpr float kNearFullScale = 0.89f;     // -1 dBFS
  static constexpr float kSameLevel = 1.0f / 32768;  // one step of 16-bit audio
  static constexpr std::uint64_t kShortestRun = 3;

  struct Side {
    float maximum = 0;
    std::uint64_t run = 0;      // samples at the maximum just before now
    std::uint64_t clipped = 0;  // in earlier runs that were long enough

    void push(float value) {
      if (value < maximum - kSameLevel) {
        close_run();
      } else if (value > maximum + kSameLevel) {
        maximum = value;
        clipped = 0;  // what seemed the ceiling was not
        run = 1;
      } else {
        maximum = std::max(maximum, value);
        ++run;
      }
    }
    void close_run() {
      if (run >= kShortestRun) clipped += run;
      run = 0;
    }
    std::uint64_t total() const {
      if (maximum < kNearFullScale) return 0;
      return clipped + (run >= kShortestRun ? run : 0);
    }
  };
  Side positive_, negative_;
};

}  // namespace voiceprint
