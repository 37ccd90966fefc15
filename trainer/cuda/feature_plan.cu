#include "augment.h"
#include "device_memory.h"
#include "fbank.h"
#include "feature_plan.h"

namespace voiceprint::trainer {

struct FeaturePlan::State {
  std::int32_t max_rows, max_samples;
  FbankPlan fbank;
  AugmentPlan augment;
  DeviceArray<float> samples;
  DeviceArray<std::int32_t> valid_samples;
};

FeaturePlan::FeaturePlan(const FbankOptions& options, MeanNormalisation normalisation, std::int32_t max_rows,
                         std::int32_t max_samples, const std::vector<std::vector<float>>& responses) {
  FbankPlan fbank(options, normalisation, max_rows, max_samples);
  AugmentPlan augment(max_rows, max_samples, responses);
  DeviceArray<float> samples(static_cast<std::size_t>(max_rows) * static_cast<std::size_t>(max_samples));
  DeviceArray<std::int32_t> valid_samples(static_cast<std::size_t>(max_rows));
  state_.reset(new State{max_rows, max_samples, std::move(fbank), std::move(augment), std::move(samples),
                         std::move(valid_samples)});
}

FeaturePlan::FeaturePlan(FeaturePlan&&) noexcept = default;
FeaturePlan::~FeaturePlan() = default;

std::int32_t FeaturePlan::max_rows() const {
  return state_->max_rows;
}
std::int32_t FeaturePlan::max_samples() const {
  return state_->max_samples;
}
std::int32_t FeaturePlan::num_frames(std::int32_t num_samples) const {
  return state_->fbank.num_frames(num_samples);
}
std::int32_t FeaturePlan::num_bins() const {
  return state_->fbank.num_bins();
}

void FeaturePlan::run(const CropParameters* crops, const std::int16_t* pcm, std::int32_t rows, std::int32_t num_samples,
                      float* features, cudaStream_t stream) {
  State& s = *state_;
  s.augment.run(pcm, crops, rows, num_samples, s.samples.data(), stream);
  copy_valid_samples(crops, rows, s.valid_samples.data(), stream);
  s.fbank.run(s.samples.data(), rows, num_samples, s.valid_samples.data(), features, stream);
  mask_features(pcm, crops, rows, num_frames(num_samples), num_bins(), features, stream);
}

}  // namespace voiceprint::trainer
