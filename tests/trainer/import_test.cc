// Weights of other trainers: their names are rebuilt here from ours by hand, the other way round, without the rules.
#include "run/import.h"

#include <cstring>
#include <functional>
#include <optional>

#include "expect_error.h"
#include "model/architectures.h"
#include "random.h"

namespace voiceprint::trainer {
namespace {

StoredTensor random_tensor(Random& random, const Extents& shape) {
  StoredTensor tensor{"F32", shape, {}};
  std::vector<float> values(static_cast<std::size_t>(tensor.num_elements()));
  for (float& value : values) value = static_cast<float>(random.normal());
  tensor.data.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return tensor;
}

using Tensors = std::map<std::string, StoredTensor>;

Tensors random_network(const Config& config) {
  Random random{7};
  Tensors tensors;
  const Network network = build_network(config.model, feature_bins(config));
  for (const Parameter& p : network.parameters()) tensors[p.name] = random_tensor(random, p.shape);
  return tensors;
}

// "a.b.c" into its parts.
std::vector<std::string> parts_of(const std::string& name) {
  std::vector<std::string> parts = {""};
  for (const char c : name) {
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// attention_frame [A, C, 1] and attention_context [A, 2 C] as one layer [A, 3 C, 1].
void join_attention(Tensors& tensors, const std::string& name) {
  const StoredTensor frame = tensors.at("attention_frame.weight"), context = tensors.at("attention_context.weight");
  const std::int64_t rows = frame.shape[0], width = frame.shape[1];
  const std::vector<float> a = frame.floats(), b = context.floats();
  std::vector<float> joined;
  for (std::int64_t row = 0; row < rows; ++row) {
    joined.insert(joined.end(), a.begin() + row * width, a.begin() + (row + 1) * width);
    joined.insert(joined.end(), b.begin() + row * 2 * width, b.begin() + (row + 1) * 2 * width);
  }
  StoredTensor result{"F32", {rows, 3 * width, 1}, {}};
  result.data.assign(reinterpret_cast<const char*>(joined.data()), joined.size() * sizeof(float));
  tensors[name + ".weight"] = result;
  tensors[name + ".bias"] = tensors.at("attention_frame.bias");
  for (const char* gone : {"attention_frame.weight", "attention_frame.bias", "attention_context.weight"})
    tensors.erase(gone);
}

std::string ecapa_to_wespeaker(const std::string& name) {
  const std::vector<std::string> p = parts_of(name);
  const std::string end = "." + p.back(), layer = p[0];
  const auto conv_or_bn = [](const std::string& part) { return std::string(part == "norm" ? "bn" : "conv"); };
  if (layer == "input") return "layer1." + conv_or_bn(p[1]) + end;
  if (layer.substr(0, 5) == "block") {
    const std::string start = "layer" + std::to_string(layer[5] - '0' + 1) + ".se_res2block.";
    if (p[1] == "expand") return start + "0." + conv_or_bn(p[2]) + end;
    if (p[1] == "res2") return start + "1." + conv_or_bn(p[3]) + "s." + p[2] + end;
    if (p[1] == "project") return start + "2." + conv_or_bn(p[2]) + end;
    if (p[1] == "squeeze") return start + "3.linear1" + end;
    if (p[1] == "excite") return start + "3.linear2" + end;
  }
  if (layer == "aggregate") return "conv" + end;
  if (layer == "attention_weight") return "pool.linear2" + end;
  if (layer == "pooled_norm") return "bn" + end;
  if (layer == "embed") return "linear" + end;
  return name;
}

std::string ecapa_to_3dspeaker(const std::string& name) {
  const std::vector<std::string> p = parts_of(name);
  const std::string end = "." + p.back(), layer = p[0];
  if (layer == "input") return "blocks.0." + p[1] + "." + p[1] + end;
  if (layer.substr(0, 5) == "block") {
    const std::string start = "blocks." + layer.substr(5) + ".";
    if (p[1] == "expand") return start + "tdnn1." + p[2] + "." + p[2] + end;
    if (p[1] == "res2") return start + "res2net_block.blocks." + p[2] + "." + p[3] + "." + p[3] + end;
    if (p[1] == "project") return start + "tdnn2." + p[2] + "." + p[2] + end;
    if (p[1] == "squeeze") return start + "se_block.conv1.conv" + end;
    if (p[1] == "excite") return start + "se_block.conv2.conv" + end;
  }
  if (layer == "aggregate") return "mfa.conv.conv" + end;
  if (layer == "aggregate_norm") return "mfa.norm.norm" + end;
  if (layer == "attention_norm") return "asp.tdnn.norm.norm" + end;
  if (layer == "attention_weight") return "asp.conv.conv" + end;
  if (layer == "pooled_norm") return "asp_bn.norm" + end;
  if (layer == "embed") return "fc.conv" + end;
  return name;
}

std::string cam_plus_plus_to_peers(const std::string& name) {
  const std::vector<std::string> p = parts_of(name);
  if (p[0] == "embed") return "xvector.dense.linear." + p[1];
  if (p[0] == "embed_norm") return "xvector.dense.nonlinear.batchnorm." + p[1];
  return name;
}

std::string eres2net_to_wespeaker(const std::string& name) {
  const std::vector<std::string> p = parts_of(name);
  if (p[0] == "embed") return "seg_1." + p[1];
  if ((p[0] == "layer3" || p[0] == "layer4") && (p[2] == "convs" || p[2] == "bns")) {
    const std::string start = p[0] + "." + p[1] + ".", kind = p[2] == "convs" ? "conv" : "bn";
    if (p[3] == "0") return start + kind + "2_1." + p[4];
    return start + kind + "s." + std::to_string(std::stoi(p[3]) - 1) + "." + p[4];
  }
  return name;
}

std::string resnet_to_3dspeaker(const std::string& name) {
  const std::vector<std::string> p = parts_of(name);
  if (p[0] == "segment") return (p[1] == "norm" ? "seg_bn_1." : "seg_1.") + p.back();
  return p[0] == "embed" ? "seg_2." + p[1] : name;
}

std::string eres2net_to_3dspeaker(const std::string& name) {
  const std::vector<std::string> p = parts_of(name);
  return p[0] == "embed" ? "seg_1." + p[1] : name;
}

std::string x_vector_to_wespeaker(const std::string& name) {
  const std::vector<std::string> p = parts_of(name);
  if (p[0].substr(0, 5) == "frame") return "frame_" + p[0].substr(5) + (p[1] == "conv" ? ".conv_1d." : ".bn.") + p[2];
  if (p[0] == "segment") return (p[1] == "norm" ? "seg_bn_1." : "seg_1.") + p.back();
  return "seg_2." + p[1];
}

struct Peer {
  std::string source;
  Config config;
  std::string joined_attention;  // their name of it
  std::function<std::string(const std::string&)> name;
};

Config config_of(const std::vector<std::string>& overrides) {
  return load_config("", overrides);
}

const std::vector<std::string> kSmallEcapa = {"model.channels=16", "model.mfa_channels=24",
                                              "model.attention_channels=4", "model.se_channels=4",
                                              "model.embedding_dim=8"};

Config small_ecapa(const std::string& kind) {
  std::vector<std::string> overrides = kSmallEcapa;
  overrides.push_back("model.kind=" + kind);
  return config_of(overrides);
}

std::vector<Peer> peers() {
  return {{"wespeaker", small_ecapa("ecapa_tdnn_wespeaker"), "pool.linear1", ecapa_to_wespeaker},
          {"3dspeaker", small_ecapa("ecapa_tdnn_speechbrain"), "asp.tdnn.conv.conv", ecapa_to_3dspeaker},
          {"wespeaker",
           config_of({"model.kind=cam_plus_plus", "model.channels=4", "model.growth=4", "model.embedding_dim=8"}), "",
           cam_plus_plus_to_peers},
          {"3dspeaker",
           config_of({"model.kind=cam_plus_plus", "model.channels=4", "model.growth=4", "model.embedding_dim=8"}), "",
           cam_plus_plus_to_peers},
          {"3dspeaker", config_of({"model.kind=eres2net", "model.channels=8", "model.embedding_dim=8"}), "",
           eres2net_to_3dspeaker},
          {"3dspeaker", config_of({"model.kind=res2net", "model.channels=8", "model.embedding_dim=8"}), "",
           eres2net_to_3dspeaker},
          {"3dspeaker",
           config_of({"model.kind=resnet34", "model.channels=4", "model.embedding_dim=8", "model.embedding_layers=2"}),
           "", resnet_to_3dspeaker},
          {"wespeaker", config_of({"model.kind=eres2net_large", "model.channels=8", "model.embedding_dim=8"}), "",
           eres2net_to_wespeaker},
          {"wespeaker",
           config_of({"model.kind=x_vector", "model.channels=8", "model.mfa_channels=12", "model.embedding_dim=8"}), "",
           x_vector_to_wespeaker}};
}

TensorFile file_of(const Peer& peer) {
  Tensors tensors = random_network(peer.config);
  if (!peer.joined_attention.empty()) join_attention(tensors, "joined");
  TensorFile file;
  for (auto& [name, tensor] : tensors) {
    const std::vector<std::string> parts = parts_of(name);
    file.tensors[parts[0] == "joined" ? peer.joined_attention + "." + parts[1] : peer.name(name)] = tensor;
  }
  return file;
}

TEST(Import, FillsEveryParameter) {
  for (const Peer& peer : peers()) {
    const std::string kind = peer.config.model.kind;
    TensorFile file = file_of(peer);
    for (auto& [name, tensor] : file.tensors) {
      if (tensor.shape.size() == 2 && name.find("se_block") != std::string::npos) tensor.shape.push_back(1);
    }
    file.tensors["projection.weight"] = {"F32", {1}, std::string(4, '\0')};
    file.tensors["some.bn.num_batches_tracked"] = {"I64", {}, std::string(8, '\0')};
    const TensorFile imported = import_tensors(file, "peer.safetensors", peer.source, peer.config);
    const Tensors expected = random_network(peer.config);
    EXPECT_EQ(imported.tensors.size(), expected.size()) << kind;
    for (const auto& [name, tensor] : expected) {
      const StoredTensor& ours = imported.at("model/" + name, kind);
      EXPECT_EQ(ours.shape, tensor.shape) << name;
      EXPECT_EQ(ours.data, tensor.data) << name;
    }
    EXPECT_EQ(imported.metadata.at("config"), to_json(peer.config).dump());
  }
}

TEST(Import, SaysWhatDoesNotFit) {
  const Peer peer = peers()[0];
  const auto imported = [&](const TensorFile& file, const Config& config, const char* source = "wespeaker") {
    return import_tensors(file, "peer.safetensors", source, config);
  };
  const TensorFile whole = file_of(peer);
  EXPECT_ERROR(imported(whole, config_of({"model.kind=redimnet2_b0"})), "model.kind = redimnet2_b0 cannot be imported");
  EXPECT_ERROR(imported(whole, peer.config, "3dspeaker"), "peer.safetensors: holds nothing for");
  EXPECT_ERROR(imported(whole, config_of({"model.kind=resnet34"})), "holds nothing for conv1.weight, bn1.");
  TensorFile file = whole;
  file.tensors.erase("layer3.se_res2block.0.conv.bias");
  EXPECT_ERROR(imported(file, peer.config), "holds nothing for block2.expand.conv.bias of model.kind");
  file = whole;
  file.tensors["bn2.weight"] = {"F32", {8}, std::string(32, '\0')};
  EXPECT_ERROR(imported(file, peer.config), "has no place for embed_norm.weight");
  Config wide = peer.config;
  wide.model.embedding_dim = 12;
  EXPECT_ERROR(imported(whole, wide),
               "tensor 'embed.bias' (by our name) is F32 [8], model.kind = "
               "ecapa_tdnn_wespeaker asks for F32 [12]");
}

}  // namespace
}  // namespace voiceprint::trainer
