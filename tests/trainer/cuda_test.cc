// The kernels of trainer/cuda against the CPU core and against direct sums; batches, features and training steps on the
// GPU against the host's. Skipped where there is no GPU.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "augment.h"
#include "cuda_oracle.h"
#include "data/batch_loader.h"
#include "device_memory.h"
#include "expect_error.h"
#include "fbank.h"
#include "feature_plan.h"
#include "made_up_voices.h"
#include "optim/optimizer.h"
#include "run/device_features.h"
#include "run/step_graph.h"
#include "run/training_step.h"
#include "small_packs.h"
#include "temporary_folder.h"
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

// Sums and tables are the core's own; FFT and logarithm round differently. An FFT in float leaves some 1e-7 of the
// amplitude of a frame's loudest bin in the others: what is far below it moves more. All of them together: in 1.6
// million values of noise the core's own FFT moved the logarithm by 3.6e-6 (root mean square); here are two FFTs.
void expect_features(std::span<const float> features, std::span<const float> wanted, std::size_t num_bins) {
  ASSERT_EQ(features.size(), wanted.size());
  double sum = 0;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto frame = wanted.subspan(i / num_bins * num_bins, num_bins);
    const double below_loudest = std::exp((*std::max_element(frame.begin(), frame.end()) - wanted[i]) / 2.0);
    ASSERT_NEAR(features[i], wanted[i], 1e-3 + 2e-6 * below_loudest) << i;
    sum += std::pow(static_cast<double>(features[i]) - static_cast<double>(wanted[i]), 2);
  }
  EXPECT_LE(std::sqrt(sum / static_cast<double>(std::max<std::size_t>(1, features.size()))), 1e-5);
}

std::vector<float> core_features(Fbank& core, std::span<const float> samples,
                                 MeanNormalisation normalisation = MeanNormalisation::kUtterance) {
  std::vector<float> features = core.compute(samples).values;
  subtract_mean(features, core.tables().triangles.size(), normalisation);
  return features;
}

TEST_F(Cuda, FbankEqualsTheCore) {
  FbankOptions other;
  other.sample_rate_hz = 44100, other.num_mel_bins = 24, other.high_frequency_hz = 20000, other.frame_length_ms = 20;
  for (const auto& [options, normalisation] :
       {std::pair{FbankOptions{}, MeanNormalisation::kUtterance}, std::pair{FbankOptions{}, MeanNormalisation::kLevel},
        std::pair{other, MeanNormalisation::kUtterance}}) {
    Fbank core = take(Fbank::create(options));
    FbankPlan plan(options, normalisation, 64, 48000);
    // A few frames; less than one FFT's worth of frames; several, the last one partly filled.
    for (const auto& [rows, num_samples] : {std::pair{1, 1600}, std::pair{3, 16000}, std::pair{64, 48000}}) {
      const auto count = static_cast<std::size_t>(num_samples);
      std::vector<float> samples;
      std::vector<float> wanted;
      for (int row = 0; row < rows; ++row) {
        const std::vector<float> one = noise(count, row % 2 == 0 ? 0.5f : 0.01f, static_cast<std::uint32_t>(row + 1));
        samples.insert(samples.end(), one.begin(), one.end());
        const std::vector<float> features = core_features(core, one, normalisation);
        wanted.insert(wanted.end(), features.begin(), features.end());
      }
      const DeviceArray<float> input = on_device(samples), output(wanted.size());
      plan.run(input.data(), rows, num_samples, nullptr, output.data(), stream_);
      expect_features(fetch(output), wanted, core.tables().triangles.size());
    }
  }
}

TEST_F(Cuda, FbankKeepsPaddingOutOfTheMean) {
  Fbank core = take(Fbank::create({}));
  FbankPlan plan({}, MeanNormalisation::kUtterance, 4, 8000);
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
  expect_features(fetch(output), wanted, 80);
}

// Crops of every kind, seven times: more rows than go through the FFT at a time.
struct Crops : EveryKindOfCrop {
  static constexpr std::int32_t kSamples = 3000;
  std::vector<std::vector<float>> responses = {small_room(2, 900), small_room(3, 1200), small_room(4, 64)};
  std::size_t kinds = crops.size();

  Crops() : EveryKindOfCrop(kSamples) {
    const std::vector<CropParameters> once = crops;
    for (int i = 1; i < 7; ++i) crops.insert(crops.end(), once.begin(), once.end());
  }
  std::int32_t rows() const { return static_cast<std::int32_t>(crops.size()); }
  std::vector<double> wanted_samples(std::size_t kind) const {
    return crop_by_definition(pcm, crops[kind], kSamples, responses);
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
  for (std::size_t row = 0; row < input.crops.size(); ++row) {
    const std::vector<double> wanted = input.wanted_samples(row % input.kinds);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      ASSERT_NEAR(result[row * Crops::kSamples + i], wanted[i], 1e-6) << "row " << row;
  }
}

TEST_F(Cuda, PlanEqualsItsPartsOnTheHost) {
  const Crops input;
  Fbank core = take(Fbank::create({}));
  const std::size_t frames = core.num_frames(Crops::kSamples);
  FeaturePlan plan({}, MeanNormalisation::kUtterance, input.rows() + 3, Crops::kSamples, input.responses);
  ASSERT_EQ(static_cast<std::size_t>(plan.num_frames(Crops::kSamples)), frames);
  std::vector<float> wanted;
  for (std::size_t row = 0; row < input.crops.size(); ++row) {
    const CropParameters& crop = input.crops[row];
    const std::vector<double> samples = input.wanted_samples(row % input.kinds);
    std::vector<float> features =
        core_features(core, std::vector<float>(samples.begin(), samples.begin() + crop.speech_samples));
    features.resize(frames * 80, 0.0f);
    mask_by_definition(input.pcm, crop, 80, features);
    wanted.insert(wanted.end(), features.begin(), features.end());
  }
  const DeviceArray<std::int16_t> pcm = on_device(input.pcm);
  const DeviceArray<CropParameters> crops = on_device(input.crops);
  const DeviceArray<float> features(wanted.size());
  std::vector<float> first;
  for (int step = 0; step < 3; ++step) {
    plan.run(crops.data(), pcm.data(), input.rows(), Crops::kSamples, features.data(), stream_);
    const std::vector<float> result = fetch(features);
    if (step == 0) {
      first = result;
      // Rounding of the samples, some 1e-7 of them, adds to that of the FFT.
      expect_features(result, wanted, 80);
    }
    ASSERT_EQ(result, first) << "the same bits again";
  }
}

TEST_F(Cuda, GraphGivesTheSameAsCalls) {
  const Crops input;
  FeaturePlan plan({}, MeanNormalisation::kLevel, input.rows(), Crops::kSamples, input.responses);
  const DeviceArray<CropParameters> crops = on_device(input.crops);
  const DeviceArray<std::int16_t> pcm = on_device(input.pcm);
  const std::size_t size = input.crops.size() * static_cast<std::size_t>(plan.num_frames(Crops::kSamples)) * 80;
  const DeviceArray<float> features(size), replayed(size);
  const auto run = [&](const DeviceArray<float>& target) {
    plan.run(crops.data(), pcm.data(), input.rows(), Crops::kSamples, target.data(), stream_);
  };
  run(replayed);

  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check_cuda(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), "cudaStreamBeginCapture");
  run(replayed);
  check_cuda(cudaStreamEndCapture(stream_, &graph), "cudaStreamEndCapture");
  check_cuda(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");

  // Other speech: the first 6000 samples, beside floats and masks.
  std::vector<std::int16_t> other = input.pcm;
  for (std::size_t i = 0; i < 2 * Crops::kSamples; ++i) other[i] = static_cast<std::int16_t>(other[i] / 2 + 1);
  check_cuda(
      cudaMemcpyAsync(pcm.data(), other.data(), other.size() * sizeof(std::int16_t), cudaMemcpyHostToDevice, stream_),
      "cudaMemcpyAsync");
  check_cuda(cudaGraphLaunch(executable, stream_), "cudaGraphLaunch");
  run(features);
  EXPECT_EQ(fetch(replayed), fetch(features));
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
}

TEST_F(Cuda, WrongSizesAreErrors) {
  FbankOptions bad;
  bad.num_mel_bins = 1;
  const MeanNormalisation mean = MeanNormalisation::kUtterance;
  EXPECT_ERROR(FbankPlan(bad, mean, 1, 400), "num_mel_bins");
  EXPECT_ERROR(FbankPlan({}, mean, 0, 400), "0 rows");
  EXPECT_ERROR(FbankPlan({}, mean, 1, 400).run(nullptr, 2, 400, nullptr, nullptr, stream_), "2 rows");
  EXPECT_ERROR(AugmentPlan(70000, 400, {}), "70000 rows");
  EXPECT_ERROR(AugmentPlan(1, 400, {{1.0f}, {}}), "response 1");
  EXPECT_ERROR(FeaturePlan({}, mean, 1, 400, {}).run(nullptr, nullptr, 1, 401, nullptr, stream_), "401");
}

// With LibTorch on the GPU: skipped also where LibTorch is built for the CPU alone.
class CudaTraining : public Cuda {
 protected:
  void SetUp() override {
    Cuda::SetUp();
    if (IsSkipped()) return;
    if (!torch::cuda::is_available()) GTEST_SKIP() << "this LibTorch has no CUDA";
    write_speech(folder_ / "speech"), write_noises(folder_ / "noise"), write_responses(folder_ / "rir");
    config_ = small_config(folder_ / "speech");
    config_.data.noise_pack = folder_ / "noise", config_.data.rir_pack = folder_ / "rir";
    config_.data.min_crop_s = 0.8, config_.data.max_crop_s = 2.0;
    config_.data.speakers_per_batch = 12, config_.data.crops_per_speaker = 8;  // more rows than go through the FFT
    config_.run.device = "cuda";
    AugmentConfig& a = config_.augment;
    a.speed = a.room = a.device = a.noise = a.babble = a.gain = a.spec = a.time_shift = 0.5, a.simulated_rooms = 3;
    a.clip = a.codec = 0.1, a.spec_time_masks = a.spec_freq_masks = 2;
    config_.loss.kind = "aam";
  }
  torch::Device gpu_{torch::kCUDA, 0};
  TemporaryFolder folder_;
  Config config_;
};

TEST_F(CudaTraining, FeaturesOfABatchEqualTheHosts) {
  for (const bool all : {true, false}) {
    // Codecs and changes of speed empty whole bands, of which rounding is left: with their own means subtracted they
    // would look like others.
    config_.features.mean_normalisation = all ? "level" : "utterance";
    if (!all) config_.augment.codec = config_.augment.speed = 0;
    const BatchLoader host(config_, 0), loader(config_, 0, {}, FeaturesBy::kDevice);
    ASSERT_EQ(features_by(config_, gpu_), FeaturesBy::kDevice);
    DeviceFeatures features(config_, loader.responses(), gpu_);
    double squares = 0;
    std::int64_t count = 0;
    for (std::int64_t step = 0; step < 4; ++step) {  // of several lengths
      Batch batch = loader.make(step);
      EXPECT_TRUE(batch.device_crops.is_pinned());
      features.compute(batch);
      const torch::Tensor wanted = host.make(step).features, ours = batch.features.cpu();
      ASSERT_EQ(ours.sizes(), wanted.sizes());
      const torch::Tensor difference = (ours - wanted).abs();
      // An FFT in float leaves some 1e-7 of the amplitude of a frame's loudest bin in the others.
      const torch::Tensor below_loudest = torch::exp((wanted.amax(2, true) - wanted) / 2);
      EXPECT_LE((difference - (1e-3 + 2e-6 * below_loudest)).max().item<double>(), 0.0) << all << " step " << step;
      squares += difference.square().sum().item<double>(), count += difference.numel();
    }
    if (!all) {
      EXPECT_LE(std::sqrt(squares / static_cast<double>(count)), 2e-4);
    }
  }
}

TEST_F(CudaTraining, StepsEqualThoseOnTheHostsFeatures) {
  config_.optim.precision = "fp32", config_.augment.codec = 0, config_.optim.average = "ema";
  std::vector<std::vector<double>> losses;
  for (const FeaturesBy by : {FeaturesBy::kLoader, FeaturesBy::kDevice}) {
    torch::manual_seed(3);
    BatchLoader loader(config_, 0, {}, by);
    TrainingState state(config_, loader.num_classes(), gpu_);
    std::optional<DeviceFeatures> features;
    if (by == FeaturesBy::kDevice) features.emplace(config_, loader.responses(), gpu_);
    std::vector<torch::Tensor> of_steps;
    for (int step = 0; step < 5; ++step) {
      Batch batch = loader.next();
      if (features) features->compute(batch);
      of_steps.push_back(training_step(state, batch, config_).loss);
    }
    losses.emplace_back();
    for (const torch::Tensor& loss : of_steps) losses.back().push_back(loss.item<double>());
  }
  for (std::size_t i = 0; i < losses[0].size(); ++i) {
    EXPECT_TRUE(std::isfinite(losses[0][i]));
    EXPECT_NEAR(losses[1][i], losses[0][i], 0.02 * losses[0][i]) << "step " << i;
  }
  EXPECT_NE(losses[0].front(), losses[0].back());
}

// Steps as graphs, of several lengths and while layers thaw, against as many without. Rounding differs, and the rate is
// low, as in training_test's StepsInPartsEqualWholeOnes; kernels that add in any order differ from run to run. Results
// are read at the end alone: a replay must not overwrite those of the one before.
TEST_F(CudaTraining, GraphsGiveTheSameSteps) {
  config_.data.min_crop_s = 0.8, config_.data.max_crop_s = 0.83;
  config_.augment = {};
  config_.run.steps = 40, config_.run.freeze = "input", config_.run.unfreeze_at = 0.5;
  config_.loss.inter_top_k = 2, config_.loss.contrast = 0.5, config_.optim.lr = 1e-4;
  struct Run {
    std::vector<torch::Tensor> losses, accuracies;
    torch::Tensor start, end, average;
  };
  const auto flat = [](const std::vector<torch::Tensor>& tensors) {
    std::vector<torch::Tensor> parts;
    for (const torch::Tensor& tensor : tensors) parts.push_back(tensor.detach().flatten());
    return torch::cat(parts);
  };
  const auto train = [&](bool graphs) {
    torch::manual_seed(3);
    const BatchLoader loader(config_, 0, {}, FeaturesBy::kDevice);
    DeviceFeatures features(config_, loader.responses(), gpu_);
    TrainingState state(config_, loader.num_classes(), gpu_);
    StepGraph graph(state, config_);
    Run run;
    run.start = flat(state.model.parameters());
    std::map<std::int64_t, int> since_thaw;  // batches by frames
    while (state.step < config_.run.steps) {
      Batch batch = loader.make(state.step);
      features.compute(batch);
      if (state.step >= 20) ++since_thaw[batch.features.size(1)];
      run.losses.push_back((graphs ? graph.step(batch) : training_step(state, batch, config_)).loss);
      run.accuracies.push_back(state.head->accuracy);
    }
    const auto twice = std::count_if(since_thaw.begin(), since_thaw.end(), [](const auto& n) { return n.second > 1; });
    EXPECT_GE(twice, 2);
    EXPECT_EQ(graph.num_graphs(), graphs ? twice : 0);
    run.end = flat(state.model.parameters()), run.average = flat(state.average.parameters());
    return run;
  };
  struct Case {
    const char *kind, *precision, *average;
    double loss_bound, way_bound;  // shares of the loss, of the way that the weights go
  };
  for (const Case& c : {Case{"sgd", "fp32", "mean", 1e-3, 0.02}, Case{"adam", "fp32", "none", 1e-3, 0.1},
                        Case{"adamw", "bf16", "ema", 1e-2, 0.2}}) {
    config_.optim.kind = c.kind, config_.optim.precision = c.precision, config_.optim.average = c.average;
    const Run expected = train(false), run = train(true);
    for (std::size_t i = 0; i < run.losses.size(); ++i) {
      const double wanted = expected.losses[i].item<double>();
      EXPECT_NEAR(run.losses[i].item<double>(), wanted, c.loss_bound * wanted) << c.kind << " step " << i;
      EXPECT_NEAR(run.accuracies[i].item<double>(), expected.accuracies[i].item<double>(), 0.05) << c.kind << i;
    }
    const double way = (expected.end - expected.start).norm().item<double>();
    EXPECT_GT(way, 0.0);
    EXPECT_LE((run.end - expected.end).norm().item<double>(), c.way_bound * way) << c.kind;
    EXPECT_LE((run.average - expected.average).norm().item<double>(), c.way_bound * way) << c.kind;
  }
}

TEST_F(CudaTraining, GraphsRefuseAnotherDevice) {
  const Config config = config_;
  TrainingState state(config, 12, torch::kCPU);
  EXPECT_ERROR(StepGraph(state, config), "the run's device is cpu; set run.device=cuda");
}

TEST_F(CudaTraining, FusedOptimiserStepsEqualPlainOnes) {
  for (const char* kind : {"adamw", "adam", "sgd"}) {
    OptimConfig optim;
    optim.kind = kind;
    std::vector<torch::Tensor> results;
    for (const bool fused : {false, true}) {
      const torch::Tensor weight = torch::linspace(-1, 1, 60, gpu_).view({6, 10}).set_requires_grad(true),
                          vector = torch::linspace(0, 1, 6, gpu_).set_requires_grad(true);
      const auto optimizer = make_optimizer(optim, {weight, vector}, {});
      for (int i = 0; i < 10; ++i) {
        optimizer->zero_grad();
        ((weight.sin().sum(1) + vector).square().sum() * (i + 1)).backward();
        if (fused)
          step(*optimizer);
        else
          optimizer->step();
      }
      results.push_back(torch::cat({weight.detach().flatten(), vector.detach()}));
    }
    EXPECT_LE((results[0] - results[1]).abs().max().item<double>(), 1e-5) << kind;
  }
}

}  // namespace
}  // namespace voiceprint::trainer
