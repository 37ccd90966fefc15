#include "loss/classification_head.h"

#include "loss/margin_softmax.h"
#include "loss/sphereface2.h"
#include "loss/triplet_angular_margin.h"

namespace voiceprint::trainer {

namespace F = torch::nn::functional;

ClassificationHeadImpl::ClassificationHeadImpl(const LossConfig& config, std::int64_t embedding_dim,
                                               std::int64_t num_classes)
    : weight(register_parameter(
          "weight", torch::nn::init::xavier_normal_(torch::empty({num_classes * config.sub_centers, embedding_dim})))),
      config_(config) {
  if (config.kind == "sphereface2") bias = register_parameter("bias", torch::zeros({1}));
  if (config.kind == "cross_entropy") bias = register_parameter("bias", torch::zeros({num_classes}));
}

template <typename Margin>
torch::Tensor ClassificationHeadImpl::forward(const torch::Tensor& embeddings, const torch::Tensor& labels,
                                              const Margin& margin, const torch::Tensor& all_embeddings,
                                              const torch::Tensor& all_labels) {
  const bool linear = config_.kind == "cross_entropy";
  torch::Tensor scores = linear ? torch::addmm(bias, embeddings, weight.t())
                                : torch::matmul(embeddings, F::normalize(weight, F::NormalizeFuncOptions().dim(1)).t());
  if (config_.sub_centers > 1) scores = std::get<0>(scores.view({embeddings.size(0), -1, config_.sub_centers}).max(2));
  {
    const torch::NoGradGuard no_gradient;
    accuracy = scores.argmax(1).eq(labels).to(torch::kFloat32).mean();
  }
  if (linear)
    return F::cross_entropy(scores, labels, F::CrossEntropyFuncOptions().label_smoothing(config_.label_smoothing));
  if (config_.kind == "sphereface2") return sphereface2_loss(scores, labels, margin, bias, config_);
  const torch::Tensor loss = margin_softmax_loss(scores, labels, margin, config_);
  if (config_.kind == "triplet") {
    const bool more = all_embeddings.defined();
    return loss +
           triplet_angular_margin_loss(more ? all_embeddings : embeddings, more ? all_labels : labels, margin, config_);
  }
  return loss;
}

template torch::Tensor ClassificationHeadImpl::forward(const torch::Tensor&, const torch::Tensor&, const double&,
                                                       const torch::Tensor&, const torch::Tensor&);
template torch::Tensor ClassificationHeadImpl::forward(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&,
                                                       const torch::Tensor&, const torch::Tensor&);

}  // namespace voiceprint::trainer
