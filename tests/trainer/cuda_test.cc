// The kernels of trainer/cuda against the CPU core and against direct sums. Skipped where there is no GPU.
#include <gtest/gtest.h>

#include <cmath>

#include "augment.h"
#include "cuda_oracle.h"
#include "device_batch.h"
#include "device_memory.h"
#include "expect_error.h"
#include "fbank.h"
#include "test_signals.h"
#include "voiceprint/fbank.h"

namespace voiceprint::trainer {
namespace {

using ::voiceprint::testing::noise;

class Cuda : public ::testing::Test {
 protected:
  void SetUp() override {
    int devices = 0;
    const cudaError_t status = cudaGetDeviceCount(&devices);
    if (status != cudaSuccess || devices == 0)
      GTEST_SKIP() << "no CUDA device" << (status == cudaSuccess ? "" : std::string(": ") + cudaGetErrorString(status));
    check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  }
  void TearDown() override {
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }

  template <typename T>
  std::vector<T> fetch(const DeviceArray<T>& array) const {
    std::vector<T> values(array.size());
    check_cuda(cudaMemcpyAsync(values.data(), array.data(), values.size() * sizeof(T), cudaMemcpyDeviceToHost, stream_),
               "fetching");
    check_cuda(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
    return values;
  }
  template <typename T>
  static DeviceArray<T> on_device(const std::vector<T>& values) {
    return DeviceArray<T>(std::span<const T>(values));
  }

  cudaStream_t stream_ = nullptr;
};

// Sums and tables are the core's own; FFT and logarithm round differently. In 1.6 million values of noise an FFT in
// float moved the logarithm by 3.6e-6 (root mean square) and by 8e-4 (most, in a bin of almost no energy); here are two
// FFTs.
void expect_features(std::span<const float> features, std::span<const float> wanted) {
  ASSERT_EQ(features.size(), wanted.size());
  double sum = 0;
  for (std::size_t i = 0; i < features.size(); ++i) {
    ASSERT_NEAR(features[i], wanted[i], 2e-3) << i;
    sum += std::pow(static_cast<double>(features[i]) - static_cast<double>(wanted[i]), 2);
  }
  EXPECT_LE(std::sqrt(sum / static_cast<double>(std::max<std::size_t>(1, features.size()))), 1e-5);
}

std::vector<float> core_features(Fbank& core, std::span<const float> samples) {
  std::vector<float> features = core.compute(samples).values;
  subtract_mean(features, core.tables().triangles.size());
  return features;
}

TEST_F(Cuda, FbankEqualsTheCore) {
  FbankOptions other;
  other.sample_rate_hz = 44100, other.num_mel_bins = 24, other.high_frequency_hz = 20000, other.frame_length_ms = 20;
  for (const FbankOptions& options : {FbankOptions{}, other}) {
    Fbank core = take(Fbank::create(options));
    FbankPlan plan(options, 64, 48000);
    // A few frames; less than one FFT's worth of frames; several, the last one partly filled.
    for (const auto& [rows, num_samples] : {std::pair{1, 1600}, std::pair{3, 16000}, std::pair{64, 48000}}) {
      const auto count = static_cast<std::size_t>(num_samples);
      std::vector<float> samples;
      std::vector<float> wanted;
      for (int row = 0; row < rows; ++row) {
        const std::vector<float> one = noise(count, row % 2 == 0 ? 0.5f : 0.01f, static_cast<std::uint32_t>(row + 1));
        samples.insert(samples.end(), one.begin(), one.end());
        const std::vector<float> features = core_features(core, one);
        wanted.insert(wanted.end(), features.begin(), features.end());
      }
      const DeviceArray<float> input = on_device(samples), output(wanted.size());
      plan.run(input.data(), rows, num_samples, nullptr, output.data(), stream_);
      expect_features(fetch(output), wanted);
    }
  }
}

TEST_F(Cuda, FbankKeepsPaddingOutOfTheMean) {
  Fbank core = take(Fbank::create({}));
  FbankPlan plan({}, 4, 8000);
  const std::vector<std::int32_t> valid = {8000, 5000, 400, 399};
  std::vector<float> samples, wanted;
  for (const std::int32_t length : valid) {
    std::vector<float> one = noise(static_cast<std::size_t>(length), 0.5f, static_cast<std::uint32_t>(length));
    std::vector<float> features = core_features(core, one);
    one.resize(8000, 0.0f), features.resize(core.num_frames(8000) * 80, 0.0f);
    samples.insert(samples.end(), one.begin(), one.end());
    wanted.insert(wanted.end(), features.begin(), features.end());
  }
  const DeviceArray<float> input = on_device(samples), output(wanted.size());
  const DeviceArray<std::int32_t> lengths = on_device(valid);
  plan.run(input.data(), 4, 8000, lengths.data(), output.data(), stream_);
  expect_features(fetch(output), wanted);
}

// PCM and crops of every kind, more rows than go through the FFT at a time.
struct Crops {
  static constexpr std::int32_t kSamples = 3000;
  std::vector<std::vector<float>> responses = {small_room(2, 900), small_room(3, 1200), small_room(4, 64)};
  std::vector<std::int16_t> pcm = pcm_noise(1, 2 * kSamples + 1500);
  std::vector<CropParameters> crops;

  Crops() {
    std::fill(pcm.end() - 1000, pcm.end(), std::int16_t{0});
    const auto kinds = every_kind_of_crop(kSamples, static_cast<std::int64_t>(pcm.size()));
    for (int i = 0; i < 7; ++i) crops.insert(crops.end(), kinds.begin(), kinds.end());
  }
  std::int32_t rows() const { return static_cast<std::int32_t>(crops.size()); }
  // One turn of the kinds: the others are equal.
  std::vector<double> wanted_samples() const {
    std::vector<double> all;
    for (std::size_t row = 0; row < crops.size() / 7; ++row) {
      const std::vector<double> one = crop_by_definition(pcm, crops[row], kSamples, responses);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
};

TEST_F(Cuda, AugmentationEqualsItsDefinition) {
  const Crops input;
  AugmentPlan plan(input.rows(), Crops::kSamples + 500, input.responses);
  const DeviceArray<std::int16_t> pcm = on_device(input.pcm);
  const DeviceArray<CropParameters> crops = on_device(input.crops);
  const DeviceArray<float> samples(input.crops.size() * Crops::kSamples);
  plan.run(pcm.data(), crops.data(), input.rows(), Crops::kSamples, samples.data(), stream_);
  const std::vector<float> result = fetch(samples);
  const std::vector<double> wanted = input.wanted_samples();
  for (std::size_t i = 0; i < result.size(); ++i)
    ASSERT_NEAR(result[i], wanted[i % wanted.size()], 1e-6) << "row " << i / Crops::kSamples;
}

TEST_F(Cuda, BatchEqualsItsPartsOnTheHost) {
  const Crops input;
  Fbank core = take(Fbank::create({}));
  const std::size_t frames = core.num_frames(Crops::kSamples);
  const std::vector<double> samples = input.wanted_samples();
  std::vector<float> wanted;
  for (std::size_t row = 0; row < input.crops.size(); ++row) {
    const CropParameters& crop = input.crops[row];
    const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(row % (input.crops.size() / 7) * Crops::kSamples);
    std::vector<float> features = core_features(core, std::vector<float>(begin, begin + crop.speech_samples));
    features.resize(frames * 80, 0.0f);
    for (std::size_t t = 0; t < frames; ++t)
      for (std::size_t m = 0; m < 80; ++m)
        if ((crop.masked_frames == 1 && t == static_cast<std::size_t>(crop.masked_frame)) ||
            (crop.masked_bins == 7 && m >= 3 && m < 10))
          features[t * 80 + m] = 0;
    wanted.insert(wanted.end(), features.begin(), features.end());
  }
  DeviceBatch batch({}, input.rows() + 3, Crops::kSamples, static_cast<std::int64_t>(input.pcm.size()),
                    input.responses);
  const DeviceArray<float> features(wanted.size());
  std::vector<float> first;
  for (int step = 0; step < 2 * DeviceBatch::kSlots; ++step) {
    batch.upload(input.crops, input.pcm, Crops::kSamples, stream_);
    ASSERT_EQ(batch.rows(), input.rows());
    ASSERT_EQ(static_cast<std::size_t>(batch.num_frames()), frames);
    batch.compute(features.data(), stream_);
    const std::vector<float> result = fetch(features);
    if (step == 0) {
      first = result;
      // Rounding of the samples, some 1e-7 of them, adds to that of the FFT.
      expect_features(result, wanted);
    }
    ASSERT_EQ(result, first) << "the same bits again";
  }
}

TEST_F(Cuda, GraphGivesTheSameAsCalls) {
  const Crops input;
  DeviceBatch batch({}, input.rows(), Crops::kSamples, static_cast<std::int64_t>(input.pcm.size()), input.responses);
  std::vector<std::int16_t> other = input.pcm;
  for (std::int16_t& x : other) x = static_cast<std::int16_t>(x / 2 + 1);
  batch.upload(input.crops, input.pcm, Crops::kSamples, stream_);
  const std::size_t size = input.crops.size() * static_cast<std::size_t>(batch.num_frames()) * 80;
  const DeviceArray<float> features(size), replayed(size);
  batch.compute(replayed.data(), stream_);

  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check_cuda(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), "cudaStreamBeginCapture");
  batch.compute(replayed.data(), stream_);
  check_cuda(cudaStreamEndCapture(stream_, &graph), "cudaStreamEndCapture");
  check_cuda(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");

  batch.upload(input.crops, other, Crops::kSamples, stream_);
  check_cuda(cudaGraphLaunch(executable, stream_), "cudaGraphLaunch");
  batch.compute(features.data(), stream_);
  EXPECT_EQ(fetch(replayed), fetch(features));
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
}

TEST_F(Cuda, WrongSizesAreErrors) {
  FbankOptions bad;
  bad.num_mel_bins = 1;
  EXPECT_ERROR(FbankPlan(bad, 1, 400), "num_mel_bins");
  EXPECT_ERROR(FbankPlan({}, 0, 400), "0 rows");
  EXPECT_ERROR(FbankPlan({}, 1, 400).run(nullptr, 2, 400, nullptr, nullptr, stream_), "2 rows");
  EXPECT_ERROR(AugmentPlan(70000, 400, {}), "70000 rows");
  EXPECT_ERROR(AugmentPlan(1, 400, {{1.0f}, {}}), "response 1");
  EXPECT_ERROR(DeviceBatch({}, 1, 400, 0, {}), "max_pcm");
  DeviceBatch batch({}, 1, 400, 400, {});
  const std::vector<std::int16_t> pcm(400);
  EXPECT_ERROR(batch.upload(std::vector<CropParameters>(2), pcm, 400, stream_), "2 crops");
  CropParameters crop;
  crop.speech_samples = 401;
  EXPECT_ERROR(batch.upload(std::vector<CropParameters>{crop}, pcm, 400, stream_), "crop 0: speech_samples");
}

}  // namespace
}  // namespace voiceprint::trainer
