#include "optim/loss_scaler.h"

#include "run/checkpoint.h"

namespace voiceprint::trainer {

LossScaler::LossScaler(bool enabled, torch::Device device, double initial_scale, std::int64_t growth_interval)
    : enabled_(enabled), growth_interval_(growth_interval) {
  if (!enabled) return;
  const auto options = torch::TensorOptions().device(device);
  scale_ = torch::full({1}, initial_scale, options.dtype(torch::kFloat32));
  growth_tracker_ = torch::zeros({1}, options.dtype(torch::kInt32));
  found_inf_ = torch::zeros({1}, options.dtype(torch::kFloat32));
}

torch::Tensor LossScaler::scaled(const torch::Tensor& loss) const {
  return enabled_ ? loss * scale_[0] : loss;
}

bool LossScaler::unscale(const std::vector<torch::Tensor>& parameters) {
  if (!enabled_) return true;
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> gradients;
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  found_inf_.zero_();
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, found_inf_, scale_.reciprocal());
  return found_inf_.item<float>() == 0.0f;
}

void LossScaler::update() {
  if (!enabled_) return;
  constexpr double kGrowth = 2.0, kBackoff = 0.5;
  at::_amp_update_scale_(scale_, growth_tracker_, found_inf_, kGrowth, kBackoff, growth_interval_);
}

void LossScaler::store(TensorFile& file) const {
  if (!enabled_) return;
  store_tensor(file, "scaler/scale", scale_);
  store_tensor(file, "scaler/growth_tracker", growth_tracker_.to(torch::kInt64));
}

void LossScaler::restore(const TensorFile& file, const std::string& path) {
  if (!enabled_) return;
  restore_tensor(file, path, "scaler/scale", scale_);
  restore_tensor(file, path, "scaler/growth_tracker", growth_tracker_);
}

}  // namespace voiceprint::trainer
