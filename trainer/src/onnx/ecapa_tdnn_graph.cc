#include "onnx/ecapa_tdnn_graph.h"

namespace voiceprint::trainer {
namespace {

using Value = GraphBuilder::Value;
using Ints = std::vector<std::int64_t>;

class EcapaTdnnGraph {
 public:
  EcapaTdnnGraph(GraphBuilder& graph, const ModelConfig& config) : g(graph), c(config) {}

  Value build(const Value& fbank) {
    const Value x = conv_relu_norm("input", g.node("Transpose", {fbank}, {{"perm", Ints{0, 2, 1}}}), 5, 1);
    const Value y1 = block("block1", x, 2), y2 = block("block2", y1, 3), y3 = block("block3", y2, 4);
    const Value h =
        g.node("Relu", {g.conv1d("aggregate", g.node("Concat", {y1, y2, y3}, {{"axis", std::int64_t{1}}}))});
    const Value pooled = g.batch_norm("pooled_norm", pool(h));
    return normalise(g.batch_norm("embed_norm", g.linear("embed", pooled)));
  }

 private:
  Value conv_relu_norm(const std::string& layer, const Value& x, std::int64_t kernel, std::int64_t dilation) {
    return g.batch_norm(layer + ".norm", g.node("Relu", {g.conv1d(layer + ".conv", x, kernel, dilation)}));
  }

  Value block(const std::string& layer, const Value& x, std::int64_t dilation) {
    const auto scale = static_cast<std::size_t>(c.res2_scale);
    const Ints sizes(scale, c.channels / c.res2_scale);
    const std::vector<Value> groups = g.nodes("Split", {conv_relu_norm(layer + ".expand", x, 1, 1), g.constant(sizes)},
                                              scale, {{"axis", std::int64_t{1}}});
    std::vector<Value> outputs;
    for (std::size_t i = 0; i + 1 < scale; ++i) {
      const Value in = i == 0 ? groups[0] : g.node("Add", {groups[i], outputs.back()});
      outputs.push_back(conv_relu_norm(layer + ".res2." + std::to_string(i), in, 3, dilation));
    }
    outputs.push_back(groups.back());
    const Value y = conv_relu_norm(layer + ".project", g.node("Concat", outputs, {{"axis", std::int64_t{1}}}), 1, 1);
    const Value gate = g.node(
        "Sigmoid", {g.linear(layer + ".excite", g.node("Relu", {g.linear(layer + ".squeeze", mean_over_time(y))}))});
    return g.node("Add", {x, g.node("Mul", {y, with_time(gate)})});
  }

  // [B, M, T] -> [B, 2 M]: attentive mean and standard deviation.
  Value pool(const Value& h) {
    const Value context = g.linear(
        "attention_context",
        g.node("Concat", {mean_over_time(h), deviation(mean_over_time(g.node("Mul", {h, h})), mean_over_time(h))},
               {{"axis", std::int64_t{1}}}),
        false);
    const Value hidden = g.node("Tanh", {g.node("Add", {g.conv1d("attention_frame", h), with_time(context)})});
    const Value weight = g.node("Softmax", {g.conv1d("attention_weight", hidden)}, {{"axis", std::int64_t{2}}});
    const Value weighted = g.node("Mul", {weight, h});
    const Value mean = sum_over_time(weighted);
    return g.node("Concat", {mean, deviation(sum_over_time(g.node("Mul", {weighted, h})), mean)},
                  {{"axis", std::int64_t{1}}});
  }

  Value deviation(const Value& mean_square, const Value& mean) {
    return g.node("Sqrt",
                  {g.node("Max", {g.node("Sub", {mean_square, g.node("Mul", {mean, mean})}), g.constant(1e-7f)})});
  }

  Value normalise(const Value& x) {
    const Value length = g.node("ReduceL2", {x}, {{"axes", Ints{1}}, {"keepdims", std::int64_t{1}}});
    return g.node("Div", {x, g.node("Max", {length, g.constant(1e-12f)})});
  }

  Value mean_over_time(const Value& x) {
    return g.node("ReduceMean", {x}, {{"axes", Ints{2}}, {"keepdims", std::int64_t{0}}});
  }
  Value sum_over_time(const Value& x) {
    return g.node("ReduceSum", {x, g.constant(Ints{2})}, {{"keepdims", std::int64_t{0}}});
  }
  Value with_time(const Value& x) { return g.node("Unsqueeze", {x, g.constant(Ints{2})}); }

  GraphBuilder& g;
  const ModelConfig& c;
};

}  // namespace

void build_ecapa_tdnn(GraphBuilder& graph, const ModelConfig& config) {
  const Value fbank = graph.input("fbank", {-1, -1, config.num_mel_bins}, {"batch", "frames"});
  graph.output(EcapaTdnnGraph(graph, config).build(fbank), "embedding", {-1, config.embedding_dim}, {"batch"});
}

}  // namespace voiceprint::trainer
