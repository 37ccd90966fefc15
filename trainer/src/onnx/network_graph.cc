#include "onnx/network_graph.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace voiceprint::trainer {
namespace {

using Name = GraphBuilder::Value;

// What both sides of every axis are padded by, as ONNX writes it: all starts, then all ends.
Extents both_sides(const Extents& padding) {
  Extents pads = padding;
  pads.insert(pads.end(), padding.begin(), padding.end());
  return pads;
}

class NetworkGraph {
 public:
  NetworkGraph(GraphBuilder& graph, const Network& network, const Folded& folded)
      : g(graph), network_(network), folded_(folded), names_(network.nodes().size()) {
    find_splits();
  }

  Name build(const Name& features) {
    names_[0] = features;
    for (std::size_t i = 1; i < names_.size(); ++i) {
      if (names_[i].empty()) names_[i] = write(static_cast<int>(i), network_.nodes()[i]);
    }
    return names_[static_cast<std::size_t>(network_.output())];
  }

 private:
  Name write(int index, const Node& node) {
    const auto in = [&](std::size_t i) { return names_[static_cast<std::size_t>(node.inputs[i])]; };
    const auto rank = static_cast<std::int64_t>(node.shape.size());
    switch (node.op) {
      case Op::kInput:
        break;
      case Op::kParameter:
        return own(node, 0);
      case Op::kConv:
        return convolution(index, node, in(0));
      case Op::kLinear:
        return linear(index, node, in(0));
      case Op::kBatchNorm:
        return folded_.removed[static_cast<std::size_t>(index)] ? in(0) : batch_norm(node, in(0));
      case Op::kLayerNorm:
        return layer_norm(node, in(0));
      case Op::kGroupNorm:
        return group_norm(node, in(0));
      case Op::kRelu:
        return g.node("Relu", {in(0)});
      case Op::kClippedRelu:
        return g.node("Clip", {in(0), scalar(0), scalar(node.scalar)});
      case Op::kSigmoid:
        return g.node("Sigmoid", {in(0)});
      case Op::kTanh:
        return g.node("Tanh", {in(0)});
      case Op::kSilu:
        return g.node("Mul", {in(0), g.node("Sigmoid", {in(0)})});
      case Op::kGelu:
        return gelu(in(0), g.node("Erf", {g.node("Div", {in(0), scalar(std::numbers::sqrt2)})}));
      case Op::kGeluTanh:
        return gelu(in(0), g.node("Tanh", {gelu_argument(in(0))}));
      case Op::kAdd:
        return g.node("Add", {in(0), in(1)});
      case Op::kSubtract:
        return g.node("Sub", {in(0), in(1)});
      case Op::kMultiply:
        return g.node("Mul", {in(0), in(1)});
      case Op::kDivide:
        return g.node("Div", {in(0), in(1)});
      case Op::kAddScalar:
        return g.node("Add", {in(0), scalar(node.scalar)});
      case Op::kMultiplyScalar:
        return g.node("Mul", {in(0), scalar(node.scalar)});
      case Op::kAtLeast:
        return g.node("Max", {in(0), scalar(node.scalar)});
      case Op::kSqrt:
        return g.node("Sqrt", {in(0)});
      case Op::kConcat: {
        std::vector<Name> parts;
        for (std::size_t i = 0; i < node.inputs.size(); ++i) parts.push_back(in(i));
        return g.node("Concat", parts, {{"axis", node.axes[0]}});
      }
      case Op::kSlice:
        return split_or_slice(index, node, in(0));
      case Op::kMean:
        return g.node("ReduceMean", {in(0)}, {{"axes", node.axes}, {"keepdims", std::int64_t{0}}});
      case Op::kSum:
        return g.node("ReduceSum", {in(0), g.constant(node.axes)}, {{"keepdims", std::int64_t{0}}});
      case Op::kVariance:
        return variance(node, in(0));
      case Op::kSoftmax:
        return g.node("Softmax", {in(0)}, {{"axis", node.axes[0]}});
      case Op::kMatMul:
        return g.node("MatMul", {in(0), in(1)});
      case Op::kTranspose:
        return g.node("Transpose", {in(0)}, {{"perm", node.axes}});
      case Op::kReshape:
        return g.node("Reshape", {in(0), g.constant(node.extents)});
      case Op::kUnsqueeze:
        return g.node("Unsqueeze", {in(0), g.constant(node.axes)});
      case Op::kAveragePool: {
        const bool pads = std::accumulate(node.window.padding.begin(), node.window.padding.end(), std::int64_t{0}) > 0;
        auto attributes = pooling(node.window);
        attributes.emplace_back("count_include_pad", std::int64_t{pads});
        return g.node("AveragePool", {in(0)}, attributes);
      }
      case Op::kMaxPool:
        return g.node("MaxPool", {in(0)}, pooling(node.window));
      case Op::kRepeatTime:
        return repeat_time(in(0), rank, static_cast<std::int64_t>(node.scalar));
      case Op::kLag: {
        const auto frames = static_cast<std::int64_t>(node.scalar);
        const Name axis = g.constant(Extents{rank - 1}), lag = g.constant(Extents{frames});
        const Name later = g.node("Slice", {in(0), lag, g.constant(Extents{INT64_MAX}), axis});
        return g.node("Sub",
                      {later, g.node("Slice", {in(0), g.constant(Extents{0}), g.constant(Extents{-frames}), axis})});
      }
      case Op::kCutTime:
        return g.node("Slice",
                      {in(0), g.constant(Extents{0}), frames_of(node.inputs[1]), g.constant(Extents{rank - 1})});
      case Op::kPadTime:
        return pad_time(node, in(0));
      case Op::kUnitLength: {
        const Name length = g.node("ReduceL2", {in(0)}, {{"axes", Extents{1}}, {"keepdims", std::int64_t{1}}});
        return g.node("Div", {in(0), g.node("Max", {length, scalar(1e-12)})});
      }
      case Op::kFloat32:
        return in(0);
    }
    return {};
  }

  Name scalar(double value) { return g.constant(static_cast<float>(value)); }

  Name own(const Node& node, std::size_t i) {
    const Parameter& parameter = network_.parameters()[static_cast<std::size_t>(node.parameters[i])];
    return g.weights(parameter.name, parameter.shape, folded_.weights.at(parameter.name));
  }

  // The layer's bias, own or folded in; none: empty.
  Name bias(int index, const Node& node) {
    const auto found = folded_.bias.find(index);
    if (found == folded_.bias.end()) return node.parameters.size() > 1 ? own(node, 1) : Name();
    const std::vector<float>& values = folded_.weights.at(found->second);
    return g.weights(found->second, {static_cast<std::int64_t>(values.size())}, values);
  }

  Name convolution(int index, const Node& node, Name x) {
    const Window& w = node.window;
    Extents padding = w.padding;
    if (w.pad_with == Padding::kReflect && padding[0] > 0) {
      x = g.node("Pad", {x, g.constant(both_sides({0, 0, padding[0]}))}, {{"mode", std::string("reflect")}});
      padding = {0};
    }
    std::vector<Name> inputs = {x, own(node, 0)};
    if (const Name b = bias(index, node); !b.empty()) inputs.push_back(b);
    return g.node("Conv", inputs,
                  {{"kernel_shape", w.kernel},
                   {"dilations", w.dilation},
                   {"pads", both_sides(padding)},
                   {"strides", w.stride},
                   {"group", w.groups}});
  }

  Name linear(int index, const Node& node, const Name& x) {
    const Name b = bias(index, node);
    if (node.shape.size() == 2) {
      std::vector<Name> inputs = {x, own(node, 0)};
      if (!b.empty()) inputs.push_back(b);
      return g.node("Gemm", inputs, {{"transB", std::int64_t{1}}});
    }
    const Name y = g.node("MatMul", {x, g.node("Transpose", {own(node, 0)}, {{"perm", Extents{1, 0}}})});
    return b.empty() ? y : g.node("Add", {y, b});
  }

  Name batch_norm(const Node& node, const Name& x) {
    const bool affine = node.parameters.size() > 2;
    const auto size = static_cast<std::size_t>(node.shape[1]);
    const auto plain = [&](float value) {
      return g.weights("plain" + std::to_string(size) + (value > 0 ? ".one" : ".zero"), {node.shape[1]},
                       std::vector<float>(size, value));
    };
    return g.node("BatchNormalization",
                  {x, affine ? own(node, 2) : plain(1), affine ? own(node, 3) : plain(0), own(node, 0), own(node, 1)},
                  {{"epsilon", static_cast<float>(node.scalar)}});
  }

  Name layer_norm(const Node& node, const Name& x) {
    const auto rank = static_cast<std::int64_t>(node.shape.size());
    const std::vector<GraphBuilder::Attribute> attributes = {{"axis", std::int64_t{-1}},
                                                             {"epsilon", static_cast<float>(node.scalar)}};
    const std::int64_t axis = node.axes[0];
    if (axis == rank - 1) return g.node("LayerNormalization", {x, own(node, 0), own(node, 1)}, attributes);
    Extents there, back(static_cast<std::size_t>(rank));
    for (std::int64_t i = 0; i < rank; ++i) {
      if (i != axis) there.push_back(i);
    }
    there.push_back(axis);
    for (std::size_t i = 0; i < there.size(); ++i)
      back[static_cast<std::size_t>(there[i])] = static_cast<std::int64_t>(i);
    const Name moved = g.node("Transpose", {x}, {{"perm", there}});
    return g.node("Transpose", {g.node("LayerNormalization", {moved, own(node, 0), own(node, 1)}, attributes)},
                  {{"perm", back}});
  }

  // Opset 17 has no group norm: instance norm over groups laid end to end, then scale and offset per channel.
  Name group_norm(const Node& node, const Name& x) {
    const auto groups = static_cast<std::size_t>(node.groups);
    const auto plain = [&](float value) {
      return g.weights("plain" + std::to_string(groups) + (value > 0 ? ".one" : ".zero"), {node.groups},
                       std::vector<float>(groups, value));
    };
    const Name grouped = g.node("Reshape", {x, g.constant(Extents{0, node.groups, -1})});
    const Name normed =
        g.node("InstanceNormalization", {grouped, plain(1), plain(0)}, {{"epsilon", static_cast<float>(node.scalar)}});
    const Name y = g.node("Reshape", {normed, g.constant(Extents{0, node.shape[1], -1})});
    const auto column = [&](std::size_t i) { return g.node("Unsqueeze", {own(node, i), g.constant(Extents{1})}); };
    return g.node("Add", {g.node("Mul", {y, column(0)}), column(1)});
  }

  // 0.5 x (1 + inner)
  Name gelu(const Name& x, const Name& inner) {
    return g.node("Mul", {g.node("Mul", {x, scalar(0.5)}), g.node("Add", {inner, scalar(1)})});
  }
  Name gelu_argument(const Name& x) {
    const Name cube = g.node("Mul", {g.node("Mul", {x, x}), x});
    return g.node("Mul", {g.node("Add", {x, g.node("Mul", {cube, scalar(0.044715)})}),
                          scalar(std::sqrt(2.0 / std::numbers::pi))});
  }

  Name variance(const Node& node, const Name& x) {
    const auto last = static_cast<std::int64_t>(node.shape.size());
    const Name mean = g.node("ReduceMean", {x}, {{"axes", Extents{last}}, {"keepdims", std::int64_t{1}}});
    const Name centred = g.node("Sub", {x, mean});
    const Name sum = g.node("ReduceSum", {g.node("Mul", {centred, centred}), g.constant(Extents{last})},
                            {{"keepdims", std::int64_t{0}}});
    const Name count = g.node("Cast", {frames_of(node.inputs[0])}, {{"to", std::int64_t{onnx::TensorProto::FLOAT}}});
    return g.node("Div", {sum, g.node("Max", {g.node("Sub", {count, scalar(1)}), scalar(1)})});
  }

  std::vector<GraphBuilder::Attribute> pooling(const Window& w) {
    return {{"kernel_shape", w.kernel},
            {"strides", w.stride},
            {"pads", both_sides(w.padding)},
            {"ceil_mode", std::int64_t{w.ceil}}};
  }

  Name repeat_time(const Name& x, std::int64_t rank, std::int64_t times) {
    Extents copies(static_cast<std::size_t>(rank), 1), joined(static_cast<std::size_t>(rank), 0);
    copies.push_back(times);
    joined.back() = -1;
    const Name expanded = g.node("Expand", {g.node("Unsqueeze", {x, g.constant(Extents{rank})}), g.constant(copies)});
    return g.node("Reshape", {expanded, g.constant(joined)});
  }

  // max(least, frames rounded up) - frames copies of the last frame at the end.
  Name pad_time(const Node& node, const Name& x) {
    const std::int64_t multiple = node.extents[0], least = node.extents[1];
    if (multiple == 1 && least == 1) return x;
    const Name frames = frames_of(node.inputs[0]);
    Name missing = g.node("Max", {g.node("Sub", {g.constant(Extents{least}), frames}), g.constant(Extents{0})});
    if (multiple > 1) {
      const Name m = g.constant(Extents{multiple});
      const Name up = g.node("Mod", {g.node("Sub", {m, g.node("Mod", {frames, m})}), m});
      missing = g.node("Max", {missing, up});
    }
    const Extents zeros(2 * node.shape.size() - 1, 0);
    const Name pads = g.node("Concat", {g.constant(zeros), missing}, {{"axis", std::int64_t{0}}});
    return g.node("Pad", {x, pads}, {{"mode", std::string("edge")}});
  }

  // The last extent of a value, as a tensor of one int64; read once per value.
  Name frames_of(int value) {
    Name& name = frames_[value];
    if (name.empty()) {
      const auto rank = static_cast<std::int64_t>(network_.shape(value).size());
      name = g.node("Shape", {names_[static_cast<std::size_t>(value)]}, {{"start", rank - 1}});
    }
    return name;
  }

  // Slices of one value that follow each other and cover it become one Split.
  void find_splits() {
    std::map<int, std::vector<int>> slices;
    for (std::size_t i = 0; i < network_.nodes().size(); ++i) {
      if (network_.nodes()[i].op == Op::kSlice) slices[network_.nodes()[i].inputs[0]].push_back(static_cast<int>(i));
    }
    for (const auto& [value, parts] : slices) {
      std::int64_t covered = 0;
      for (const int part : parts) {
        const Extents& range = network_.nodes()[static_cast<std::size_t>(part)].extents;
        if (range[0] == covered) covered = range[1];
      }
      if (parts.size() > 1 && covered == network_.shape(value)[1]) splits_[parts[0]] = parts;
    }
  }

  Name split_or_slice(int index, const Node& node, const Name& x) {
    const auto found = splits_.find(index);
    if (found == splits_.end())
      return g.node("Slice", {x, g.constant(Extents{node.extents[0]}), g.constant(Extents{node.extents[1]}),
                              g.constant(Extents{1})});
    Extents sizes;
    for (const int part : found->second) sizes.push_back(network_.shape(part)[1]);
    const std::vector<Name> parts = g.nodes("Split", {x, g.constant(sizes)}, sizes.size(), {{"axis", std::int64_t{1}}});
    for (std::size_t i = 0; i < parts.size(); ++i) names_[static_cast<std::size_t>(found->second[i])] = parts[i];
    return parts[0];
  }

  GraphBuilder& g;
  const Network& network_;
  const Folded& folded_;
  std::vector<Name> names_;  // by node
  std::map<int, Name> frames_;
  std::map<int, std::vector<int>> splits_;  // by the first slice
};

}  // namespace

void build_graph(GraphBuilder& graph, const Network& network, const Folded& folded) {
  const Name features = graph.input("fbank", {-1, -1, network.num_bins()}, {"batch", "frames"});
  const Name embedding = NetworkGraph(graph, network, folded).build(features);
  graph.output(embedding, "embedding", {-1, network.embedding_dim()}, {"batch"});
}

}  // namespace voiceprint::trainer
