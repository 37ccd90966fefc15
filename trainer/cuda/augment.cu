#include <algorithm>
#include <bit>
#include <optional>

#include "augment.h"
#include "augment_arithmetic.h"
#include "batched_fft.h"
#include "device_memory.h"

namespace voiceprint::trainer {
namespace {

constexpr unsigned kThreads = 256;
constexpr std::int32_t kRowsPerFft = 64;  // of 65536 points: 17 MB
constexpr std::int32_t kMaxRows = 65535;  // of a grid's second dimension

// One thread per element: x counts along a row, y counts rows.
dim3 grid_of(std::int64_t row_length, std::int32_t rows) {
  return {static_cast<unsigned>((row_length + kThreads - 1) / kThreads), static_cast<unsigned>(rows)};
}

__device__ std::int32_t column() {
  return static_cast<std::int32_t>(blockIdx.x * kThreads + threadIdx.x);
}

__global__ void crop_speech(const std::int16_t* pcm, const CropParameters* crops, std::int32_t num_samples,
                            float* samples) {
  const std::int32_t i = column();
  if (i < num_samples)
    samples[static_cast<std::int64_t>(blockIdx.y) * num_samples + i] = speech_sample(pcm, crops[blockIdx.y], i);
}

struct SpeechSource {
  const float* samples;
  std::int32_t num_samples;
  __device__ float operator()(const CropParameters&, std::int32_t i) const {
    return samples[static_cast<std::int64_t>(blockIdx.x) * num_samples + i];
  }
};

struct NoiseSource {
  const std::int16_t* pcm;
  __device__ float operator()(const CropParameters& crop, std::int32_t i) const {
    return crop.noise_samples > 0 ? noise_sample(pcm, crop, i) : 0.0f;
  }
};

// One block per row: the mean power over the crop's own samples.
template <typename Source>
__global__ void mean_powers(Source source, const CropParameters* crops, double* powers) {
  __shared__ double sums[kThreads];
  const CropParameters& crop = crops[blockIdx.x];
  double sum = 0;
  for (std::int32_t i = static_cast<std::int32_t>(threadIdx.x); i < crop.speech_samples; i += kThreads)
    sum += square(source(crop, i));
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) powers[blockIdx.x] = crop.speech_samples > 0 ? sums[0] / crop.speech_samples : 0.0;
}

// Rows from `first_row` on, padded with zeros to [size + 2]; zeros beyond the last row.
__global__ void load_fft_rows(const float* samples, std::int32_t num_samples, std::int32_t first_row, std::int32_t rows,
                              std::int32_t size, float* fft_rows) {
  const std::int32_t i = column(), row = first_row + static_cast<std::int32_t>(blockIdx.y);
  if (i >= size) return;
  fft_rows[static_cast<std::int64_t>(blockIdx.y) * (size + 2) + i] =
      row < rows && i < num_samples ? samples[static_cast<std::int64_t>(row) * num_samples + i] : 0.0f;
}

__global__ void apply_responses(const CropParameters* crops, std::int32_t first_row, std::int32_t rows,
                                const Complex* responses, std::int32_t spectrum_bins, Complex* spectra) {
  const std::int32_t k = column(), row = first_row + static_cast<std::int32_t>(blockIdx.y);
  if (k >= spectrum_bins || row >= rows) return;
  Complex& bin = spectra[static_cast<std::int64_t>(blockIdx.y) * spectrum_bins + k];
  bin = heard(bin, crops[row], responses, spectrum_bins, k);
}

// Takes back the rows that have a response, cut to the crop's own samples.
__global__ void store_fft_rows(const float* fft_rows, std::int32_t size, const CropParameters* crops,
                               std::int32_t first_row, std::int32_t rows, std::int32_t num_samples, float* samples) {
  const std::int32_t i = column(), row = first_row + static_cast<std::int32_t>(blockIdx.y);
  if (row >= rows || i >= crops[row].speech_samples || !has_response(crops[row])) return;
  samples[static_cast<std::int64_t>(row) * num_samples + i] =
      fft_rows[static_cast<std::int64_t>(blockIdx.y) * (size + 2) + i] / static_cast<float>(size);
}

__global__ void restore_power(const CropParameters* crops, const double* powers, const double* changed_powers,
                              std::int32_t num_samples, float* samples) {
  const std::int32_t i = column();
  if (i < crops[blockIdx.y].speech_samples && has_response(crops[blockIdx.y]))
    samples[static_cast<std::int64_t>(blockIdx.y) * num_samples + i] *=
        restoring_gain(powers[blockIdx.y], changed_powers[blockIdx.y]);
}

__global__ void add_noise_and_level(const std::int16_t* pcm, const CropParameters* crops, const double* speech_powers,
                                    const double* noise_powers, std::int32_t num_samples, float* samples) {
  const std::int32_t i = column();
  const CropParameters& crop = crops[blockIdx.y];
  if (i >= crop.speech_samples) return;
  float& sample = samples[static_cast<std::int64_t>(blockIdx.y) * num_samples + i];
  if (crop.noise_samples > 0)
    sample +=
        noise_gain(speech_powers[blockIdx.y], noise_powers[blockIdx.y], crop.noise_ratio) * noise_sample(pcm, crop, i);
  sample = at_level(sample, crop.gain);
}

__global__ void mask_elements(const std::int16_t* pcm, const CropParameters* crops, std::int32_t num_frames,
                              std::int32_t num_bins, float* features) {
  const std::int32_t i = column();
  if (i < num_frames * num_bins && is_masked(pcm, crops[blockIdx.y], i / num_bins, i % num_bins))
    features[static_cast<std::int64_t>(blockIdx.y) * num_frames * num_bins + i] = 0;
}

__global__ void copy_lengths(const CropParameters* crops, std::int32_t rows, std::int32_t* valid_samples) {
  const std::int32_t row = column();
  if (row < rows) valid_samples[row] = crops[row].speech_samples;
}

}  // namespace

// Both responses of a crop act in one pass: the FFT has room for the tails of both.
struct AugmentPlan::State {
  std::int32_t max_rows, max_samples;
  DeviceArray<double> powers, changed_powers;

  struct Convolution {
    std::int32_t size, num_responses, chunk;
    DeviceArray<Complex> responses;  // spectra
    DeviceArray<float> fft_rows;
    BatchedFft forward, inverse;
    std::int32_t bins() const { return size / 2 + 1; }
    Complex* spectra() const { return reinterpret_cast<Complex*>(fft_rows.data()); }

    Convolution(std::int32_t rows, std::int32_t fft_size, std::int32_t count)
        : size(fft_size),
          num_responses(count),
          chunk(std::min(rows, kRowsPerFft)),
          responses(static_cast<std::size_t>(count) * static_cast<std::size_t>(size / 2 + 1)),
          fft_rows(static_cast<std::size_t>(chunk) * static_cast<std::size_t>(size + 2)),
          forward(BatchedFft::Direction::kForward, size, chunk),
          inverse(BatchedFft::Direction::kInverse, size, chunk) {}
  };
  std::optional<Convolution> convolution;  // where there are responses

  State(std::int32_t rows, std::int32_t samples)
      : max_rows(rows),
        max_samples(samples),
        powers(static_cast<std::size_t>(rows)),
        changed_powers(static_cast<std::size_t>(rows)) {}

  void transform_responses(const std::vector<std::vector<float>>& all);
  void convolve(const CropParameters* crops, std::int32_t rows, std::int32_t num_samples, float* samples,
                cudaStream_t stream);
};

void AugmentPlan::State::transform_responses(const std::vector<std::vector<float>>& all) {
  const auto heard_of = [this](const std::vector<float>& response) {
    return std::min(response.size(), static_cast<std::size_t>(max_samples));
  };
  std::size_t longest = 0;
  for (const std::vector<float>& response : all) {
    if (response.empty())
      throw TrainerError("CUDA: response " + std::to_string(&response - all.data()) + " has no samples");
    longest = std::max(longest, heard_of(response));
  }
  const std::size_t size = std::bit_ceil(static_cast<std::size_t>(max_samples) + 2 * longest);
  Convolution& c =
      convolution.emplace(max_rows, static_cast<std::int32_t>(size), static_cast<std::int32_t>(all.size()));
  const auto row_bytes = (size + 2) * sizeof(float);
  for (std::size_t begin = 0; begin < all.size(); begin += static_cast<std::size_t>(c.chunk)) {
    const std::size_t count = std::min(all.size() - begin, static_cast<std::size_t>(c.chunk));
    check_cuda(cudaMemset(c.fft_rows.data(), 0, static_cast<std::size_t>(c.chunk) * row_bytes), "clearing responses");
    for (std::size_t i = 0; i < count; ++i)
      check_cuda(cudaMemcpy(c.fft_rows.data() + i * (size + 2), all[begin + i].data(),
                            heard_of(all[begin + i]) * sizeof(float), cudaMemcpyHostToDevice),
                 "copying responses");
    c.forward.run(c.fft_rows.data(), nullptr);
    check_cuda(cudaMemcpy(c.responses.data() + begin * static_cast<std::size_t>(c.bins()), c.spectra(),
                          count * row_bytes, cudaMemcpyDeviceToDevice),
               "keeping responses");
  }
  check_cuda(cudaDeviceSynchronize(), "transforming responses");
}

void AugmentPlan::State::convolve(const CropParameters* crops, std::int32_t rows, std::int32_t num_samples,
                                  float* samples, cudaStream_t stream) {
  Convolution& c = *convolution;
  mean_powers<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(SpeechSource{samples, num_samples}, crops,
                                                                    powers.data());
  for (std::int32_t first = 0; first < rows; first += c.chunk) {
    load_fft_rows<<<grid_of(c.size, c.chunk), kThreads, 0, stream>>>(samples, num_samples, first, rows, c.size,
                                                                     c.fft_rows.data());
    c.forward.run(c.fft_rows.data(), stream);
    apply_responses<<<grid_of(c.bins(), c.chunk), kThreads, 0, stream>>>(crops, first, rows, c.responses.data(),
                                                                         c.bins(), c.spectra());
    c.inverse.run(c.fft_rows.data(), stream);
    store_fft_rows<<<grid_of(num_samples, c.chunk), kThreads, 0, stream>>>(c.fft_rows.data(), c.size, crops, first,
                                                                           rows, num_samples, samples);
  }
  mean_powers<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(SpeechSource{samples, num_samples}, crops,
                                                                    changed_powers.data());
  restore_power<<<grid_of(num_samples, rows), kThreads, 0, stream>>>(crops, powers.data(), changed_powers.data(),
                                                                     num_samples, samples);
  check_cuda(cudaGetLastError(), "convolution");
}

AugmentPlan::AugmentPlan(std::int32_t max_rows, std::int32_t max_samples,
                         const std::vector<std::vector<float>>& responses) {
  if (max_rows < 1 || max_rows > kMaxRows || max_samples < 1 || max_samples > (1 << 24))
    throw TrainerError("CUDA: a plan for " + std::to_string(max_rows) + " rows of " + std::to_string(max_samples) +
                       " samples; it takes 1.." + std::to_string(kMaxRows) + " rows of 1..16777216 samples");
  state_ = std::make_unique<State>(max_rows, max_samples);
  if (!responses.empty()) state_->transform_responses(responses);
}

AugmentPlan::AugmentPlan(AugmentPlan&&) noexcept = default;
AugmentPlan::~AugmentPlan() = default;

std::int32_t AugmentPlan::num_responses() const {
  return state_->convolution ? state_->convolution->num_responses : 0;
}

void AugmentPlan::run(const std::int16_t* pcm, const CropParameters* crops, std::int32_t rows, std::int32_t num_samples,
                      float* samples, cudaStream_t stream) {
  State& s = *state_;
  if (rows < 0 || rows > s.max_rows || num_samples < 0 || num_samples > s.max_samples)
    throw TrainerError("CUDA: " + std::to_string(rows) + " rows of " + std::to_string(num_samples) +
                       " samples exceed the plan's " + std::to_string(s.max_rows) + " of " +
                       std::to_string(s.max_samples));
  if (rows == 0 || num_samples == 0) return;
  const auto blocks = static_cast<unsigned>(rows);
  const dim3 grid = grid_of(num_samples, rows);
  crop_speech<<<grid, kThreads, 0, stream>>>(pcm, crops, num_samples, samples);
  if (s.convolution) s.convolve(crops, rows, num_samples, samples, stream);
  mean_powers<<<blocks, kThreads, 0, stream>>>(SpeechSource{samples, num_samples}, crops, s.powers.data());
  mean_powers<<<blocks, kThreads, 0, stream>>>(NoiseSource{pcm}, crops, s.changed_powers.data());
  add_noise_and_level<<<grid, kThreads, 0, stream>>>(pcm, crops, s.powers.data(), s.changed_powers.data(), num_samples,
                                                     samples);
  check_cuda(cudaGetLastError(), "augmentation");
}

void mask_features(const std::int16_t* pcm, const CropParameters* crops, std::int32_t rows, std::int32_t num_frames,
                   std::int32_t num_bins, float* features, cudaStream_t stream) {
  if (rows == 0 || num_frames == 0) return;
  mask_elements<<<grid_of(static_cast<std::int64_t>(num_frames) * num_bins, rows), kThreads, 0, stream>>>(
      pcm, crops, num_frames, num_bins, features);
  check_cuda(cudaGetLastError(), "mask_elements");
}

void copy_valid_samples(const CropParameters* crops, std::int32_t rows, std::int32_t* valid_samples,
                        cudaStream_t stream) {
  if (rows == 0) return;
  copy_lengths<<<grid_of(rows, 1), kThreads, 0, stream>>>(crops, rows, valid_samples);
  check_cuda(cudaGetLastError(), "copy_lengths");
}

}  // namespace voiceprint::trainer
