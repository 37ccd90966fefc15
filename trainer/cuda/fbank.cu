#include <algorithm>

#include "batched_fft.h"
#include "device_memory.h"
#include "fbank.h"
#include "fbank_arithmetic.h"

namespace voiceprint::trainer {
namespace {

constexpr int kThreads = 128;
constexpr std::int64_t kFramesPerFft = 8192;  // of 512 points: 17 MB, which stays in the cache between the kernels

struct FrameShape {
  std::int32_t length, shift, fft_size;
  float preemphasis;
};

// One block per frame, numbered through all rows. The frame, windowed and padded with zeros; zeros beyond the last one.
__global__ void window_frames(const float* samples, std::int32_t num_samples, std::int32_t num_frames,
                              std::int64_t first_frame, std::int64_t end_frame, FrameShape shape, const float* window,
                              float* fft_rows) {
  extern __shared__ float frame[];  // [length]
  __shared__ float lanes[8];
  __shared__ float mean;
  const std::int32_t thread = static_cast<std::int32_t>(threadIdx.x);
  const std::int64_t index = first_frame + blockIdx.x;
  float* const target = fft_rows + static_cast<std::int64_t>(blockIdx.x) * (shape.fft_size + 2);
  if (index >= end_frame) {
    for (std::int32_t n = thread; n < shape.fft_size; n += kThreads) target[n] = 0;
    return;
  }
  const float* const source = samples + index / num_frames * num_samples + index % num_frames * shape.shift;
  for (std::int32_t n = thread; n < shape.length; n += kThreads) frame[n] = source[n];
  __syncthreads();
  if (thread < 8) lanes[thread] = lane_sum(frame, shape.length, thread);
  __syncthreads();
  if (thread == 0) mean = frame_mean(lanes, frame, shape.length);
  __syncthreads();
  for (std::int32_t n = thread; n < shape.fft_size; n += kThreads)
    target[n] = n < shape.length ? windowed_sample(frame, n, mean, shape.preemphasis, window) : 0.0f;
}

// One block per frame.
__global__ void log_mel_energies(const Complex* spectra, std::int32_t fft_size, const MelTriangle* triangles,
                                 const float* weights, std::int32_t num_bins, std::int64_t first_frame,
                                 std::int64_t end_frame, float* features) {
  extern __shared__ float power[];  // [fft_size / 2 + 1], then zeros for the triangles' padding
  const std::int32_t thread = static_cast<std::int32_t>(threadIdx.x), spectrum_bins = fft_size / 2 + 1;
  const std::int64_t index = first_frame + blockIdx.x;
  if (index >= end_frame) return;
  const Complex* const spectrum = spectra + static_cast<std::int64_t>(blockIdx.x) * spectrum_bins;
  for (std::int32_t k = thread; k < spectrum_bins + 8; k += kThreads)
    power[k] = k < spectrum_bins ? power_of(spectrum[k]) : 0.0f;
  __syncthreads();
  for (std::int32_t m = thread; m < num_bins; m += kThreads) {
    const MelTriangle triangle = triangles[m];
    features[index * num_bins + m] =
        log_energy(mel_energy(power + triangle.first, weights + triangle.weights, triangle.count));
  }
}

// One block per row, one thread per mel bin.
__global__ void subtract_row_means(float* features, std::int32_t num_frames, std::int32_t num_bins, FrameShape shape,
                                   const std::int32_t* valid_samples, bool of_level) {
  extern __shared__ double means[];  // [num_bins]
  const std::int32_t row = static_cast<std::int32_t>(blockIdx.x), thread = static_cast<std::int32_t>(threadIdx.x);
  const std::int32_t valid =
      valid_samples == nullptr ? num_frames : min(num_frames, frames_in(valid_samples[row], shape.length, shape.shift));
  float* const bins = features + static_cast<std::int64_t>(row) * num_frames * num_bins;
  for (std::int32_t m = thread; m < num_bins; m += kThreads) {
    double sum = 0;
    for (std::int32_t t = 0; t < valid; ++t) sum += static_cast<double>(bins[t * num_bins + m]);
    means[m] = sum / valid;
  }
  __syncthreads();
  const double level = of_level ? level_mean(means, num_bins) : 0.0;
  for (std::int32_t m = thread; m < num_bins; m += kThreads) {
    const double mean = of_level ? level : means[m];
    for (std::int32_t t = 0; t < num_frames; ++t)
      bins[t * num_bins + m] = t < valid ? without_mean(bins[t * num_bins + m], mean) : 0.0f;
  }
}

std::int32_t frames_per_fft(std::int32_t max_rows, std::int32_t max_frames) {
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(static_cast<std::int64_t>(max_rows) * max_frames, 1, kFramesPerFft));
}

std::int32_t as_int32(std::size_t value) {
  return static_cast<std::int32_t>(value);
}

}  // namespace

struct FbankPlan::State {
  std::int32_t max_rows, max_samples, num_bins;
  bool of_level;
  FrameShape shape;
  std::int32_t chunk;  // frames that go through the FFT at a time
  DeviceArray<float> window, weights;
  DeviceArray<MelTriangle> triangles;
  DeviceArray<float> fft_rows;
  BatchedFft fft;

  State(const Fbank& fbank, MeanNormalisation normalisation, std::int32_t rows, std::int32_t samples)
      : max_rows(rows),
        max_samples(samples),
        num_bins(fbank.options().num_mel_bins),
        of_level(normalisation == MeanNormalisation::kLevel),
        shape{as_int32(fbank.frame_length()), as_int32(fbank.frame_shift()), as_int32(fbank.tables().fft_size),
              fbank.options().preemphasis},
        chunk(frames_per_fft(rows, frames_in(samples, shape.length, shape.shift))),
        window(fbank.tables().window),
        weights(fbank.tables().weights),
        triangles(fbank.tables().triangles),
        fft_rows(static_cast<std::size_t>(chunk) * static_cast<std::size_t>(shape.fft_size + 2)),
        fft(BatchedFft::Direction::kForward, shape.fft_size, chunk) {}
};

FbankPlan::FbankPlan(const FbankOptions& options, MeanNormalisation normalisation, std::int32_t max_rows,
                     std::int32_t max_samples) {
  if (max_rows < 1 || max_samples < 1)
    throw TrainerError("CUDA: a plan for " + std::to_string(max_rows) + " rows of " + std::to_string(max_samples) +
                       " samples; both must be positive");
  state_ = std::make_unique<State>(take(Fbank::create(options)), normalisation, max_rows, max_samples);
}

FbankPlan::FbankPlan(FbankPlan&&) noexcept = default;
FbankPlan::~FbankPlan() = default;

std::int32_t FbankPlan::num_bins() const {
  return state_->num_bins;
}

std::int32_t FbankPlan::num_frames(std::int32_t num_samples) const {
  return frames_in(num_samples, state_->shape.length, state_->shape.shift);
}

void FbankPlan::run(const float* samples, std::int32_t rows, std::int32_t num_samples,
                    const std::int32_t* valid_samples, float* features, cudaStream_t stream) {
  const State& s = *state_;
  if (rows < 0 || rows > s.max_rows || num_samples < 0 || num_samples > s.max_samples)
    throw TrainerError("CUDA: " + std::to_string(rows) + " rows of " + std::to_string(num_samples) +
                       " samples exceed the plan's " + std::to_string(s.max_rows) + " of " +
                       std::to_string(s.max_samples));
  const std::int32_t frames = num_frames(num_samples);
  const std::int64_t end = static_cast<std::int64_t>(rows) * frames;
  if (end == 0) return;
  const auto blocks = static_cast<unsigned>(s.chunk);
  const std::size_t frame_bytes = static_cast<std::size_t>(s.shape.length) * sizeof(float);
  const std::size_t power_bytes = static_cast<std::size_t>(s.shape.fft_size / 2 + 1 + 8) * sizeof(float);
  for (std::int64_t first = 0; first < end; first += s.chunk) {
    window_frames<<<blocks, kThreads, frame_bytes, stream>>>(samples, num_samples, frames, first, end, s.shape,
                                                             s.window.data(), s.fft_rows.data());
    check_cuda(cudaGetLastError(), "window_frames");
    s.fft.run(s.fft_rows.data(), stream);
    log_mel_energies<<<blocks, kThreads, power_bytes, stream>>>(reinterpret_cast<const Complex*>(s.fft_rows.data()),
                                                                s.shape.fft_size, s.triangles.data(), s.weights.data(),
                                                                s.num_bins, first, end, features);
    check_cuda(cudaGetLastError(), "log_mel_energies");
  }
  const std::size_t mean_bytes = static_cast<std::size_t>(s.num_bins) * sizeof(double);
  subtract_row_means<<<static_cast<unsigned>(rows), kThreads, mean_bytes, stream>>>(features, frames, s.num_bins,
                                                                                    s.shape, valid_samples, s.of_level);
  check_cuda(cudaGetLastError(), "subtract_row_means");
}

}  // namespace voiceprint::trainer
