#include "model/architectures.h"

#include <cmath>

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

// Of one network, or of several beside each other: the cosine of two such embeddings is the mean of the members'.
Network::Value network_embedding(Network& n, const ModelConfig& config, Network::Value features) {
  const Architecture architecture = architecture_of(config.kind);
  if (config.members == 1) return architecture(n, config, features);
  std::vector<Network::Value> embeddings;
  for (std::int64_t i = 1; i <= config.members; ++i) {
    n.set_scope(member_scope(i));
    embeddings.push_back(architecture(n, config, features));
  }
  n.set_scope("");
  return n.unit_length(n.concat(embeddings));
}

// "statistics.project" is fitted by `trainer lda`.
Network::Value statistics_embedding(Network& n, std::int64_t dim, Network::Value features) {
  return n.unit_length(n.linear("statistics.project", long_term_statistics(n, features), dim));
}

}  // namespace

std::string member_scope(std::int64_t member) {
  return "member" + std::to_string(member) + ".";
}

Network build_network(const ModelConfig& config, std::int64_t num_bins) {
  Network n;
  const Network::Value features = n.input(num_bins);
  if (config.kind == "statistics") {
    n.set_output(statistics_embedding(n, config.embedding_dim, features));
    return n;
  }
  const Network::Value embedding = network_embedding(n, config, features);
  if (config.statistics_dim == 0) {
    n.set_output(embedding);
    return n;
  }
  // The cosine of two joined embeddings is (cosine + weight * cosine of the statistics) / (1 + weight).
  const Network::Value statistics = statistics_embedding(n, config.statistics_dim, features);
  n.set_output(
      n.unit_length(n.concat({embedding, n.multiply_scalar(statistics, std::sqrt(config.statistics_weight))})));
  return n;
}

}  // namespace voiceprint::trainer
