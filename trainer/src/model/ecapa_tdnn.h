// ECAPA-TDNN (B. Desplanques, J. Thienpondt, K. Demuynck, "ECAPA-TDNN: Emphasized Channel Attention, Propagation and
// Aggregation in TDNN Based Speaker Verification", Interspeech 2020): three SE-Res2 blocks, multi-layer feature
// aggregation, attentive statistics pooling with global context.
//
// Input [batch, frames, bins] (mean-normalised Fbank, any number of frames >= 1), output [batch, embedding_dim] of unit
// length. The same layers are written as ONNX by onnx/ecapa_tdnn_graph.cc from the parameter names used here.
#pragma once

#include <torch/torch.h>

#include "run/config.h"

namespace voiceprint::trainer {

// Convolution over time, ReLU, batch normalisation: the order of all ECAPA layers.
struct ConvReluNormImpl : torch::nn::Module {
  ConvReluNormImpl(std::int64_t in, std::int64_t out, std::int64_t kernel = 1, std::int64_t dilation = 1);
  torch::Tensor forward(const torch::Tensor& x);  // [B, in, T] -> [B, out, T]
  torch::nn::Conv1d conv;
  torch::nn::BatchNorm1d norm;
};
TORCH_MODULE(ConvReluNorm);

struct SeRes2BlockImpl : torch::nn::Module {
  SeRes2BlockImpl(std::int64_t channels, std::int64_t dilation, std::int64_t scale, std::int64_t se_channels);
  torch::Tensor forward(const torch::Tensor& x);  // [B, C, T] -> [B, C, T]
  std::int64_t scale;
  ConvReluNorm expand, project;
  torch::nn::ModuleList res2;  // scale - 1 convolutions; the last group of channels passes through
  torch::nn::Linear squeeze, excite;
};
TORCH_MODULE(SeRes2Block);

struct EcapaTdnnImpl : torch::nn::Module {
  explicit EcapaTdnnImpl(const ModelConfig& config);
  torch::Tensor forward(const torch::Tensor& features);
  ConvReluNorm input;
  SeRes2Block block1, block2, block3;
  torch::nn::Conv1d aggregate;          // joins the blocks
  torch::nn::Conv1d attention_frame;    // attention from a frame ...
  torch::nn::Linear attention_context;  // ... and from the utterance's mean and standard deviation
  torch::nn::Conv1d attention_weight;
  torch::nn::BatchNorm1d pooled_norm;
  torch::nn::Linear embed;
  torch::nn::BatchNorm1d embed_norm;
};
TORCH_MODULE(EcapaTdnn);

}  // namespace voiceprint::trainer
