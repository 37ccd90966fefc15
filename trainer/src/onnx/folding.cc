#include "onnx/folding.h"

#include <cmath>

#include "error.h"

namespace voiceprint::trainer {
namespace {

struct Fold {
  int norm = 0, layer = 0;  // nodes
  bool forward = false;     // the norm comes first
};

const Node& node_at(const Network& network, int i) {
  return network.nodes()[static_cast<std::size_t>(i)];
}

const std::string& parameter_name(const Network& network, const Node& node, std::size_t i) {
  return network.parameters()[static_cast<std::size_t>(node.parameters[i])].name;
}

bool has_weights(const Node& node) {
  return node.op == Op::kConv || node.op == Op::kLinear;
}

// The name of the layer's bias after folding, whether it has one before or not.
std::string bias_name(const Network& network, const Node& layer) {
  const std::string& weight = parameter_name(network, layer, 0);
  return weight.substr(0, weight.size() - std::string("weight").size()) + "bias";
}

// In the network's order. A cast to float32 between the two changes nothing here.
std::vector<Fold> plan(const Network& network) {
  const auto& nodes = network.nodes();
  const auto behind_casts = [&](int i) {
    while (node_at(network, i).op == Op::kFloat32) i = node_at(network, i).inputs[0];
    return i;
  };
  std::vector<std::vector<int>> readers(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op == Op::kFloat32) continue;
    for (const int in : nodes[i].inputs)
      readers[static_cast<std::size_t>(behind_casts(in))].push_back(static_cast<int>(i));
  }
  std::vector<Fold> folds;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op != Op::kBatchNorm) continue;
    const int norm = static_cast<int>(i), before = behind_casts(nodes[i].inputs[0]);
    if (has_weights(node_at(network, before)) && readers[static_cast<std::size_t>(before)].size() == 1) {
      folds.push_back({norm, before, false});
    } else if (readers[i].size() == 1 && node_at(network, readers[i][0]).op == Op::kLinear &&
               node_at(network, readers[i][0]).shape.size() == 2) {
      folds.push_back({norm, readers[i][0], true});
    }
  }
  return folds;
}

}  // namespace

Weights weights_of(const Network& network, const TensorFile& file, const std::string& path, const std::string& prefix) {
  Weights weights;
  for (const Parameter& parameter : network.parameters()) {
    const StoredTensor& stored = file.at(prefix + parameter.name, path);
    if (stored.shape != parameter.shape || stored.dtype != "F32")
      throw TrainerError(path + ": tensor '" + prefix + parameter.name +
                         "' has another shape than the configuration asks for");
    weights[parameter.name] = stored.floats();
  }
  return weights;
}

Folded fold(const Network& network, Weights weights) {
  Folded result;
  result.removed.assign(network.nodes().size(), false);
  for (const Fold& fold : plan(network)) {
    const Node &norm = node_at(network, fold.norm), &layer = node_at(network, fold.layer);
    result.removed[static_cast<std::size_t>(fold.norm)] = true;
    const auto of_norm = [&](std::size_t i, float otherwise) {
      return i < norm.parameters.size()
                 ? weights.at(parameter_name(network, norm, i))
                 : std::vector<float>(weights.at(parameter_name(network, norm, 0)).size(), otherwise);
    };
    const std::vector<float> mean = of_norm(0, 0), variance = of_norm(1, 1), gain = of_norm(2, 1),
                             shift = of_norm(3, 0);
    std::vector<float>& weight = weights.at(parameter_name(network, layer, 0));
    const std::string name = bias_name(network, layer);
    const auto rows = static_cast<std::size_t>(layer.shape[1]), columns = weight.size() / rows;
    std::vector<float>& bias = weights[name];
    bias.resize(rows, 0.0f);
    const auto scale_of = [&](std::size_t i) {
      return gain[i] / std::sqrt(static_cast<double>(variance[i]) + norm.scalar);
    };
    for (std::size_t row = 0; row < rows; ++row) {
      double offset = bias[row];
      if (fold.forward) {
        for (std::size_t i = 0; i < columns; ++i) {
          float& w = weight[row * columns + i];
          offset += w * (shift[i] - mean[i] * scale_of(i));
          w = static_cast<float>(w * scale_of(i));
        }
      } else {
        offset = (offset - mean[row]) * scale_of(row) + shift[row];
        for (std::size_t i = 0; i < columns; ++i)
          weight[row * columns + i] = static_cast<float>(weight[row * columns + i] * scale_of(row));
      }
      bias[row] = static_cast<float>(offset);
    }
    result.bias[fold.layer] = name;
    for (std::size_t i = 0; i < norm.parameters.size(); ++i) weights.erase(parameter_name(network, norm, i));
  }
  result.weights = std::move(weights);
  return result;
}

Weights unfolded(const Network& network, Weights folded) {
  for (const Fold& fold : plan(network)) {
    const Node &norm = node_at(network, fold.norm), &layer = node_at(network, fold.layer);
    const std::size_t size = static_cast<std::size_t>(norm.shape[1]);
    const double one = 1.0 - norm.scalar;  // a variance that, epsilon added, divides by 1
    folded[parameter_name(network, norm, 0)].assign(size, 0.0f);
    folded[parameter_name(network, norm, 1)].assign(size, static_cast<float>(one));
    if (norm.parameters.size() > 2) {
      folded[parameter_name(network, norm, 2)].assign(size, 1.0f);
      folded[parameter_name(network, norm, 3)].assign(size, 0.0f);
    }
    if (layer.parameters.size() > 1 || fold.forward) continue;
    // The layer has no bias of its own: the norm adds it, as a mean.
    const auto bias = folded.find(bias_name(network, layer));
    if (bias == folded.end()) continue;
    std::vector<float>& mean = folded[parameter_name(network, norm, 0)];
    for (std::size_t i = 0; i < size && i < bias->second.size(); ++i) mean[i] = -bias->second[i];
    folded.erase(bias);
  }
  return folded;
}

}  // namespace voiceprint::trainer
