#include "model/architectures.h"

#include "error.h"

namespace voiceprint::trainer {
namespace {

using Architecture = Network::Value (*)(Network&, const ModelConfig&, Network::Value);

bool begins_with(const std::string& text, const char* start) {
  return text.rfind(start, 0) == 0;
}

Architecture architecture_of(const std::string& kind) {
  if (begins_with(kind, "ecapa_tdnn")) return ecapa_tdnn;
  if (kind == "x_vector" || kind == "tdnn") return tdnn;
  if (kind == "resnet34") return resnet34;
  if (kind == "resnet_se") return resnet_se;
  if (kind == "res2net_mvector") return res2net_mvector;
  if (kind == "res2net" || begins_with(kind, "eres2net")) return eres2net;
  if (kind == "cam_plus_plus") return cam_plus_plus;
  if (begins_with(kind, "redimnet2")) return redimnet2;
  throw TrainerError("model.kind = " + kind + " is not known");
}

}  // namespace

Network build_network(const ModelConfig& config, std::int64_t num_bins) {
  Network network;
  const Architecture architecture = architecture_of(config.kind);
  network.set_output(architecture(network, config, network.input(num_bins)));
  return network;
}

}  // namespace voiceprint::trainer
