#include "loss/margin_softmax.h"

#include <algorithm>

#include "loss/angular_margin.h"

namespace voiceprint::trainer {
namespace {

template <typename Margin>
torch::Tensor aam_cosines(const torch::Tensor& cosine, const torch::Tensor& column, const Margin& margin,
                          const LossConfig& config) {
  torch::Tensor others = cosine;
  const std::int64_t top_k = std::min(config.inter_top_k, cosine.size(1) - 1);
  if (top_k > 0) {
    const torch::Tensor nearest = std::get<1>(cosine.detach().scatter(1, column, -2.0).topk(top_k, 1)),
                        values = cosine.gather(1, nearest);
    others =
        cosine.scatter(1, nearest,
                       config.margin > 0 ? narrow_angle<Margin>(values, config.inter_margin * margin / config.margin)
                                         : narrow_angle(values, config.inter_margin));
  }
  const torch::Tensor target = cosine.gather(1, column);
  torch::Tensor with_margin = widen_angle(target, margin, config.fallback);
  if (config.easy_margin) with_margin = torch::where(target > 0, with_margin, target);
  return others.scatter(1, column, with_margin);
}

}  // namespace

template <typename Margin>
torch::Tensor margin_softmax_loss(const torch::Tensor& cosine, const torch::Tensor& labels, const Margin& margin,
                                  const LossConfig& config) {
  namespace F = torch::nn::functional;
  const torch::Tensor column = labels.unsqueeze(1);
  torch::Tensor logits;
  if (config.kind == "aam")
    logits = config.scale * aam_cosines(cosine, column, margin, config);
  else if (config.kind == "triplet")
    logits = config.scale * cosine;
  else
    logits = config.scale * cosine.scatter(1, column, cosine.gather(1, column) - margin);
  if (config.kind == "arm") logits = logits.masked_fill(logits < logits.gather(1, column), 0.0);
  return F::cross_entropy(logits, labels, F::CrossEntropyFuncOptions().label_smoothing(config.label_smoothing));
}

template torch::Tensor margin_softmax_loss(const torch::Tensor&, const torch::Tensor&, const double&,
                                           const LossConfig&);
template torch::Tensor margin_softmax_loss(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&,
                                           const LossConfig&);

}  // namespace voiceprint::trainer
