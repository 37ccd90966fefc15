#include "model/ecapa_tdnn.h"

namespace voiceprint::trainer {
namespace nn = torch::nn;

namespace {

constexpr double kVarianceFloor = 1e-7;

nn::Conv1d pointwise(std::int64_t in, std::int64_t out) {
  return nn::Conv1d(nn::Conv1dOptions(in, out, 1));
}

}  // namespace

ConvReluNormImpl::ConvReluNormImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t dilation)
    : conv(register_module(
          "conv",
          nn::Conv1d(nn::Conv1dOptions(in, out, kernel).dilation(dilation).padding((kernel - 1) / 2 * dilation)))),
      norm(register_module("norm", nn::BatchNorm1d(out))) {}

torch::Tensor ConvReluNormImpl::forward(const torch::Tensor& x) {
  return norm(torch::relu(conv(x)));
}

SeRes2BlockImpl::SeRes2BlockImpl(std::int64_t channels, std::int64_t dilation, std::int64_t scale_,
                                 std::int64_t se_channels)
    : scale(scale_),
      expand(register_module("expand", ConvReluNorm(channels, channels))),
      project(register_module("project", ConvReluNorm(channels, channels))),
      res2(register_module("res2", nn::ModuleList())),
      squeeze(register_module("squeeze", nn::Linear(channels, se_channels))),
      excite(register_module("excite", nn::Linear(se_channels, channels))) {
  for (std::int64_t i = 0; i + 1 < scale; ++i)
    res2->push_back(ConvReluNorm(channels / scale, channels / scale, 3, dilation));
}

torch::Tensor SeRes2BlockImpl::forward(const torch::Tensor& x) {
  const std::vector<torch::Tensor> groups = expand(x).chunk(scale, 1);
  std::vector<torch::Tensor> outputs;
  for (std::int64_t i = 0; i + 1 < scale; ++i) {
    const torch::Tensor in = i == 0 ? groups[0] : groups[static_cast<std::size_t>(i)] + outputs.back();
    outputs.push_back(res2[static_cast<std::size_t>(i)]->as<ConvReluNorm>()->forward(in));
  }
  outputs.push_back(groups.back());
  const torch::Tensor y = project(torch::cat(outputs, 1));
  const torch::Tensor gate = torch::sigmoid(excite(torch::relu(squeeze(y.mean(2)))));
  return x + y * gate.unsqueeze(2);
}

EcapaTdnnImpl::EcapaTdnnImpl(const ModelConfig& c)
    : input(register_module("input", ConvReluNorm(c.num_mel_bins, c.channels, 5))),
      block1(register_module("block1", SeRes2Block(c.channels, 2, c.res2_scale, c.se_channels))),
      block2(register_module("block2", SeRes2Block(c.channels, 3, c.res2_scale, c.se_channels))),
      block3(register_module("block3", SeRes2Block(c.channels, 4, c.res2_scale, c.se_channels))),
      aggregate(register_module("aggregate", pointwise(3 * c.channels, c.mfa_channels))),
      attention_frame(register_module("attention_frame", pointwise(c.mfa_channels, c.attention_channels))),
      attention_context(register_module(
          "attention_context", nn::Linear(nn::LinearOptions(2 * c.mfa_channels, c.attention_channels).bias(false)))),
      attention_weight(register_module("attention_weight", pointwise(c.attention_channels, c.mfa_channels))),
      pooled_norm(register_module("pooled_norm", nn::BatchNorm1d(2 * c.mfa_channels))),
      embed(register_module("embed", nn::Linear(2 * c.mfa_channels, c.embedding_dim))),
      embed_norm(register_module("embed_norm", nn::BatchNorm1d(c.embedding_dim))) {}

torch::Tensor EcapaTdnnImpl::forward(const torch::Tensor& features) {
  const torch::Tensor x = input(features.transpose(1, 2));
  const torch::Tensor y1 = block1(x);
  const torch::Tensor y2 = block2(y1);
  const torch::Tensor y3 = block3(y2);
  const torch::Tensor h = torch::relu(aggregate(torch::cat({y1, y2, y3}, 1)));

  // Statistics and softmax over time in float32, whatever the autocast precision.
  const torch::Tensor h32 = h.to(torch::kFloat32);
  const torch::Tensor mean = h32.mean(2);
  const torch::Tensor deviation = (h32.square().mean(2) - mean.square()).clamp_min(kVarianceFloor).sqrt();
  const torch::Tensor context = attention_context(torch::cat({mean, deviation}, 1));
  const torch::Tensor hidden = torch::tanh(attention_frame(h) + context.unsqueeze(2));
  const torch::Tensor weight = torch::softmax(attention_weight(hidden).to(torch::kFloat32), 2);
  const torch::Tensor weighted = weight * h32;
  const torch::Tensor pooled_mean = weighted.sum(2);
  const torch::Tensor pooled_deviation =
      ((weighted * h32).sum(2) - pooled_mean.square()).clamp_min(kVarianceFloor).sqrt();
  const torch::Tensor pooled = pooled_norm(torch::cat({pooled_mean, pooled_deviation}, 1));
  const torch::Tensor embedding = embed_norm(embed(pooled).to(torch::kFloat32));
  return torch::nn::functional::normalize(embedding, torch::nn::functional::NormalizeFuncOptions().dim(1));
}

}  // namespace voiceprint::trainer
