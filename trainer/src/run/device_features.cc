#include "run/device_features.h"

#include <optional>

#include "error.h"
#ifdef VOICEPRINT_CUDA_KERNELS
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "device_memory.h"
#include "feature_plan.h"
#endif

namespace voiceprint::trainer {
namespace {

#ifdef VOICEPRINT_CUDA_KERNELS
constexpr bool kHasKernels = true;
#else
constexpr bool kHasKernels = false;
#endif

}  // namespace

FeaturesBy features_by(const Config& config, torch::Device device) {
  if (config.data.on_device == "false") return FeaturesBy::kLoader;
  std::string missing;
  if (!device.is_cuda())
    missing = "the run's device is " + device.str() + ", not a CUDA device; set run.device=cuda";
  else if (!kHasKernels)
    missing = "this trainer was built without its CUDA kernels; build it with nvcc (trainer/README.md, CUDA)";
  else if (config.features.kind != "fbank")
    missing = "the CUDA kernels compute fbank, not features.kind = " + config.features.kind;
  else if (!config.data.cache.empty())
    missing = "data.cache keeps features that the loader computes; leave data.cache empty";
  if (missing.empty()) return FeaturesBy::kDevice;
  if (config.data.on_device == "true")
    throw TrainerError("data.on_device = true, but " + missing + ", or leave data.on_device out");
  return FeaturesBy::kLoader;
}

#ifdef VOICEPRINT_CUDA_KERNELS

struct DeviceFeatures::State {
  FrontEndOptions options;
  std::int32_t max_samples;
  std::vector<std::vector<float>> responses;
  torch::Device device;
  c10::Stream stream;  // of its own
  c10::Event ready{c10::DeviceType::CUDA};
  std::optional<FeaturePlan> plan;  // grows with the batches
};

DeviceFeatures::DeviceFeatures(const Config& config, std::vector<std::vector<float>> responses, torch::Device device) {
  const c10::impl::VirtualGuardImpl cuda(c10::DeviceType::CUDA);
  const torch::Device here = device.has_index() ? device : cuda.getDevice();
  const FrontEndOptions options = front_end_options(config);
  const auto max_samples = static_cast<std::int32_t>(config.data.max_crop_s * options.fbank.sample_rate_hz);
  state_.reset(new State{options,
                         max_samples,
                         std::move(responses),
                         here,
                         cuda.getStreamFromGlobalPool(here),
                         {c10::DeviceType::CUDA},
                         {}});
}

void DeviceFeatures::compute(Batch& batch) {
  State& s = *state_;
  const auto rows = static_cast<std::int32_t>(batch.labels.size(0));
  const auto num_samples = static_cast<std::int32_t>(batch.num_samples);
  check_cuda(cudaSetDevice(s.device.index()), "cudaSetDevice");
  if (!s.plan || rows > s.plan->max_rows() || num_samples > s.plan->max_samples()) {
    s.plan.reset();
    s.plan.emplace(s.options.fbank, s.options.mean_normalisation, rows, std::max(num_samples, s.max_samples),
                   s.responses);
  }
  const c10::Stream network_stream = c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).getStream(s.device);
  {
    const c10::StreamGuard guard(s.stream);
    // Both are of this stream's memory; the allocators give it to others when the stream has used it.
    const torch::Tensor input = batch.device_crops.to(s.device, /*non_blocking=*/true);
    batch.features = torch::empty({rows, s.plan->num_frames(num_samples), s.plan->num_bins()}, torch::device(s.device));
    const auto* const bytes = input.const_data_ptr<std::uint8_t>();
    s.plan->run(reinterpret_cast<const CropParameters*>(bytes),
                reinterpret_cast<const std::int16_t*>(bytes + static_cast<std::size_t>(rows) * sizeof(CropParameters)),
                rows, num_samples, batch.features.data_ptr<float>(),
                static_cast<cudaStream_t>(s.stream.native_handle()));
    s.ready.record(s.stream);
  }
  s.ready.block(network_stream);
  batch.features.record_stream(network_stream);
}

#else

struct DeviceFeatures::State {};

DeviceFeatures::DeviceFeatures(const Config&, std::vector<std::vector<float>>, torch::Device) {
  throw TrainerError("this trainer was built without its CUDA kernels");
}
void DeviceFeatures::compute(Batch&) {}

#endif

DeviceFeatures::~DeviceFeatures() = default;

}  // namespace voiceprint::trainer
