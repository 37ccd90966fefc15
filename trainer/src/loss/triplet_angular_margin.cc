#include "loss/triplet_angular_margin.h"

namespace voiceprint::trainer {
namespace {

// Mean of max(0, value) over the rows that are `valid`.
torch::Tensor mean_hinge(const torch::Tensor& value, const torch::Tensor& valid) {
  return value.clamp_min(0.0).masked_fill(valid.logical_not(), 0.0).sum() / valid.sum().clamp_min(1);
}

}  // namespace

template <typename Margin>
torch::Tensor triplet_angular_margin_loss(const torch::Tensor& embeddings, const torch::Tensor& labels,
                                          const Margin& margin, const LossConfig& config) {
  const torch::Tensor cosine = torch::matmul(embeddings, embeddings.t());
  const torch::Tensor same = labels.unsqueeze(0).eq(labels.unsqueeze(1));
  const torch::Tensor self = torch::eye(embeddings.size(0), embeddings.options().dtype(torch::kBool));
  const torch::Tensor other_crop = same.logical_and(self.logical_not()), other_speaker = same.logical_not();
  const torch::Tensor positive = cosine.masked_fill(other_crop.logical_not(), 2.0).amin(1),
                      negative = cosine.masked_fill(same, -2.0).amax(1);
  const torch::Tensor has_positive = other_crop.any(1), has_negative = other_speaker.any(1);
  return mean_hinge(negative - positive + margin, has_positive.logical_and(has_negative)) +
         config.triplet_weight * (mean_hinge(config.triplet_positive - positive, has_positive) +
                                  mean_hinge(negative - config.triplet_negative, has_negative));
}

template torch::Tensor triplet_angular_margin_loss(const torch::Tensor&, const torch::Tensor&, const double&,
                                                   const LossConfig&);
template torch::Tensor triplet_angular_margin_loss(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&,
                                                   const LossConfig&);

}  // namespace voiceprint::trainer
