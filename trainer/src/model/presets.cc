#include "model/presets.h"

#include <map>

namespace voiceprint::trainer {
namespace {

ModelConfig ecapa_tdnn() {
  return {};
}

ModelConfig ecapa_tdnn_wespeaker() {
  ModelConfig m;
  m.unbiased_std = true;
  m.embedding_norm = "none";
  return m;
}

ModelConfig ecapa_tdnn_mvector() {
  ModelConfig m;
  m.padding = "reflect";
  m.res2_first_passes = true;
  m.mfa_norm = true;
  m.attention_norm = true;
  m.embedding_norm = "none";
  return m;
}

ModelConfig ecapa_tdnn_speechbrain() {
  ModelConfig m = ecapa_tdnn_mvector();
  m.channels = 1024, m.mfa_channels = 3072;
  return m;
}

ModelConfig ecapa_tdnn_mvector_1_0() {
  ModelConfig m;
  m.block_input = "sum";
  m.conv_bias = false;
  m.se_channels = 256;
  m.global_context = false;
  return m;
}

ModelConfig ecapa_tdnn_groove() {
  ModelConfig m = ecapa_tdnn_mvector_1_0();
  m.num_blocks = 2;
  m.block_residual = false;
  m.embedding_dim = 256;
  return m;
}

ModelConfig statistics() {
  ModelConfig m;
  m.embedding_dim = 64;
  return m;
}

ModelConfig x_vector() {
  ModelConfig m;
  m.mfa_channels = 1500;
  m.pooling = "tstp";
  m.pooled_norm = false;
  m.embedding_dim = 512, m.embedding_layers = 2;
  m.embedding_norm = "none";
  return m;
}

ModelConfig tdnn() {
  ModelConfig m;
  m.mfa_channels = 512;
  m.global_context = false;
  return m;
}

// What the two-dimensional networks share: no attention, statistics of every frequency row.
ModelConfig two_dimensional() {
  ModelConfig m;
  m.channels = 32;
  m.pooling = "tstp";
  m.pooled_norm = false;
  m.embedding_norm = "none";
  m.conv_bias = false;
  return m;
}

ModelConfig resnet34() {
  ModelConfig m = two_dimensional();
  m.embedding_dim = 256;
  return m;
}

ModelConfig resnet_se() {
  ModelConfig m = two_dimensional();
  m.pooling = "asp";
  m.global_context = false;
  m.pooled_norm = true;
  m.embedding_norm = "affine";
  return m;
}

ModelConfig eres2net() {
  ModelConfig m = two_dimensional();
  m.res2_scale = 2;
  return m;
}

ModelConfig eres2net_large() {
  ModelConfig m = eres2net();
  m.channels = 64, m.base_width = 24, m.res2_scale = 3, m.expansion = 4;
  return m;
}

ModelConfig eres2net_v2() {
  ModelConfig m = eres2net();
  m.channels = 64, m.base_width = 26;
  return m;
}

ModelConfig eres2net_v2_mvector() {
  ModelConfig m = eres2net_v2();
  m.channels = 32;
  return m;
}

ModelConfig res2net_mvector() {
  ModelConfig m = resnet_se();
  m.res2_scale = 2, m.expansion = 4;
  return m;
}

ModelConfig cam_plus_plus() {
  ModelConfig m = two_dimensional();
  m.embedding_norm = "plain";
  return m;
}

ModelConfig redimnet2(std::int64_t channels, std::int64_t head_channels) {
  ModelConfig m;
  m.channels = channels;
  m.mfa_channels = head_channels;
  m.unbiased_std = true;
  m.embedding_norm = "none";
  return m;
}

using Preset = ModelConfig (*)();

const std::map<std::string, Preset>& presets() {
  static const std::map<std::string, Preset> table = {
      {"ecapa_tdnn", ecapa_tdnn},
      {"ecapa_tdnn_groove", ecapa_tdnn_groove},
      {"ecapa_tdnn_mvector", ecapa_tdnn_mvector},
      {"ecapa_tdnn_mvector_1_0", ecapa_tdnn_mvector_1_0},
      {"ecapa_tdnn_speechbrain", ecapa_tdnn_speechbrain},
      {"ecapa_tdnn_wespeaker", ecapa_tdnn_wespeaker},
      {"statistics", statistics},
      {"x_vector", x_vector},
      {"tdnn", tdnn},
      {"resnet34", resnet34},
      {"resnet_se", resnet_se},
      {"res2net", eres2net},  // ERes2Net without its attention
      {"res2net_mvector", res2net_mvector},
      {"eres2net", eres2net},
      {"eres2net_large", eres2net_large},
      {"eres2net_v2", eres2net_v2},
      {"eres2net_v2_mvector", eres2net_v2_mvector},
      {"cam_plus_plus", cam_plus_plus},
      {"redimnet2_b0", [] { return redimnet2(12, 64); }},
      {"redimnet2_b1", [] { return redimnet2(16, 0); }},
      {"redimnet2_b2", [] { return redimnet2(20, 0); }},
  };
  return table;
}

}  // namespace

std::vector<std::string> model_kinds() {
  std::vector<std::string> kinds;
  for (const auto& entry : presets()) kinds.push_back(entry.first);
  return kinds;
}

ModelConfig model_preset(const std::string& kind) {
  ModelConfig model = presets().at(kind)();
  model.kind = kind;
  return model;
}

}  // namespace voiceprint::trainer
