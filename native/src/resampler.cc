#include "voiceprint/resampler.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include "dot.h"
#include "portable_math.h"

namespace voiceprint {
namespace {

// The filter, in terms of the smaller Nyquist frequency F: it passes up to 15/16 F and stops from 17/16 F (7.5 and
// 8.5 kHz for 16 kHz), so what aliases lands above 15/16 F.
constexpr double kTransitionWidth = 2.0 / 16.0;
constexpr double kStopBandDb = 90.0;
constexpr std::int64_t kMaxTaps = std::int64_t{1} << 20;
// Above this many taps, filters for kTablePhases positions are kept and interpolated linearly between: the error,
// (pi / kTablePhases)^2 / 8 at most, is 106 dB down.
constexpr std::int64_t kMaxExactTaps = std::int64_t{1} << 17;
constexpr std::int64_t kTablePhases = 512;

// Modified Bessel function of the first kind, order 0, by its power series.
double bessel_i0(double x) {
  double term = 1, sum = 1;
  for (int k = 1; term > sum * 1e-17; ++k) {
    const double factor = x / (2.0 * k);
    term *= factor * factor;
    sum += term;
  }
  return sum;
}

double sinc(double x) {
  return std::abs(x) < 1e-9 ? 1.0 : sin_pi(x) / (std::numbers::pi * x);
}

}  // namespace

Result<Resampler> Resampler::create(std::int32_t input_rate_hz, std::int32_t output_rate_hz) {
  for (std::int32_t rate : {input_rate_hz, output_rate_hz})
    if (rate < 1000 || rate > 384000)
      return Error{ErrorCode::kInvalidArgument,
                   "a sample rate of " + std::to_string(rate) + " Hz is outside the resampler's 1000..384000 Hz"};
  Resampler r;
  const std::int32_t divisor = std::gcd(input_rate_hz, output_rate_hz);
  r.up_ = output_rate_hz / divisor;
  r.down_ = input_rate_hz / divisor;
  if (r.up_ == r.down_) return r;

  // Cut-off in cycles per input sample; Kaiser's formula for the length that the transition needs.
  const double cutoff = 0.5 * std::min(1.0, static_cast<double>(r.up_) / static_cast<double>(r.down_));
  const double length = (kStopBandDb - 7.95) / (14.36 * kTransitionWidth * cutoff);
  r.half_width_ = 4 * static_cast<std::int32_t>(std::ceil(length / 8));
  const std::int64_t row = 2 * r.half_width_;
  r.interpolated_ = r.up_ > kTablePhases && r.up_ * row > kMaxExactTaps;
  const std::int64_t phases = r.interpolated_ ? kTablePhases : r.up_;
  const std::int64_t rows = r.interpolated_ ? phases + 1 : phases;
  if (rows * row > kMaxTaps)
    return Error{ErrorCode::kInvalidArgument, "resampling " + std::to_string(input_rate_hz) + " Hz to " +
                                                  std::to_string(output_rate_hz) +
                                                  " Hz needs more than 2^20 filter taps; resample in two steps"};

  const double beta = 0.1102 * (kStopBandDb - 8.7);
  const double window_scale = 1.0 / bessel_i0(beta);
  r.filters_.resize(static_cast<std::size_t>(rows * row));
  for (std::int64_t phase = 0; phase < rows; ++phase) {
    for (std::int64_t tap = 0; tap < row; ++tap) {
      // Input samples between the output sample and the tap.
      const double distance =
          static_cast<double>(phase) / static_cast<double>(phases) + static_cast<double>(r.half_width_ - 1 - tap);
      const double edge = distance / r.half_width_;
      const double window = bessel_i0(beta * std::sqrt(std::max(0.0, 1 - edge * edge))) * window_scale;
      r.filters_[static_cast<std::size_t>(phase * row + tap)] =
          static_cast<float>(2 * cutoff * sinc(2 * cutoff * distance) * window);
    }
  }
  r.reset();
  return r;
}

void Resampler::reset() {
  num_input_ = num_output_ = 0;
  history_.assign(static_cast<std::size_t>(std::max(0, half_width_ - 1)), 0.0f);  // silence before the recording
  history_start_ = -static_cast<std::int64_t>(history_.size());
}

void Resampler::push(std::span<const float> input, std::vector<float>& output) {
  if (half_width_ == 0) {
    output.insert(output.end(), input.begin(), input.end());
    return;
  }
  num_input_ += static_cast<std::int64_t>(input.size());
  history_.insert(history_.end(), input.begin(), input.end());
  emit(num_input_, output);
}

void Resampler::finish(std::vector<float>& output) {
  if (half_width_ != 0) {
    const std::int64_t total = (num_input_ * up_ + down_ - 1) / down_;
    history_.insert(history_.end(), static_cast<std::size_t>(half_width_), 0.0f);  // silence after it
    emit(num_input_ + half_width_, output);
    // The added silence may complete outputs that lie after the recording's end.
    output.resize(output.size() - static_cast<std::size_t>(num_output_ - total));
  }
  reset();
}

void Resampler::emit(std::int64_t available, std::vector<float>& output) {
  const std::size_t row = static_cast<std::size_t>(2 * half_width_);
  // Output n needs the inputs from position - half_width + 1 to position + half_width.
  std::int64_t position = num_output_ * down_ / up_;
  std::int64_t phase = num_output_ * down_ % up_;
  const std::int64_t step = down_ / up_, phase_step = down_ % up_;
  while (position + half_width_ < available) {
    const float* samples = history_.data() + (position - half_width_ + 1 - history_start_);
    if (interpolated_) {
      const double place = static_cast<double>(phase) * kTablePhases / static_cast<double>(up_);
      const std::size_t index = static_cast<std::size_t>(place);
      const float fraction = static_cast<float>(place - static_cast<double>(index));
      const float low = dot8(samples, filters_.data() + index * row, row);
      const float high = dot8(samples, filters_.data() + (index + 1) * row, row);
      output.push_back(low + fraction * (high - low));
    } else {
      output.push_back(dot8(samples, filters_.data() + static_cast<std::size_t>(phase) * row, row));
    }
    ++num_output_;
    position += step;
    phase += phase_step;
    if (phase >= up_) {
      phase -= up_;
      ++position;
    }
  }
  const std::int64_t first_needed =
      std::min(position - half_width_ + 1, history_start_ + static_cast<std::int64_t>(history_.size()));
  if (first_needed > history_start_) {
    history_.erase(history_.begin(), history_.begin() + static_cast<std::ptrdiff_t>(first_needed - history_start_));
    history_start_ = first_needed;
  }
}

Result<std::vector<float>> resample(std::span<const float> input, std::int32_t input_rate_hz,
                                    std::int32_t output_rate_hz) {
  Result<Resampler> resampler = Resampler::create(input_rate_hz, output_rate_hz);
  if (!resampler) return resampler.error();
  std::vector<float> output;
  output.reserve(
      static_cast<std::size_t>(static_cast<std::uint64_t>(input.size()) * static_cast<std::uint64_t>(output_rate_hz) /
                               static_cast<std::uint64_t>(input_rate_hz)) +
      2);
  resampler->push(input, output);
  resampler->finish(output);
  return output;
}

}  // namespace voiceprint
