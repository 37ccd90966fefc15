// Three (config.num_blocks) SE-Res2 blocks over time, whose outputs are joined ("multi-layer feature aggregation").
#include "model/architectures.h"
#include "model/pooling.h"

namespace voiceprint::trainer {
namespace {

using Value = Network::Value;

struct EcapaTdnn {
  Network& n;
  const ModelConfig& c;

  // Convolution over time, ReLU, batch normalisation: the order of all ECAPA layers.
  Value conv_relu_norm(const std::string& layer, Value x, std::int64_t out, std::int64_t kernel,
                       std::int64_t dilation) {
    Window window;
    window.kernel = {kernel}, window.dilation = {dilation}, window.bias = c.conv_bias;
    if (c.padding == "reflect") window.pad_with = Padding::kReflect;
    return n.batch_norm(layer + ".norm", n.relu(n.conv(layer + ".conv", x, out, window)));
  }

  // One group passes through, every other is convolved together with the result of the group before.
  Value res2(const std::string& layer, Value x, std::int64_t dilation) {
    const std::vector<Value> groups = n.chunk(x, c.res2_scale);
    std::vector<Value> outputs;
    const std::size_t first = c.res2_first_passes ? 1 : 0;
    if (first == 1) outputs.push_back(groups[0]);
    for (std::size_t i = 0; i + 1 < groups.size(); ++i) {
      const Value in = i == 0 ? groups[first] : n.add(groups[first + i], outputs.back());
      outputs.push_back(
          conv_relu_norm(layer + ".res2." + std::to_string(i), in, c.channels / c.res2_scale, 3, dilation));
    }
    if (first == 0) outputs.push_back(groups.back());
    return n.concat(outputs);
  }

  Value block(const std::string& layer, Value x, std::int64_t dilation) {
    const Value expanded = conv_relu_norm(layer + ".expand", x, c.channels, 1, 1);
    const Value y = conv_relu_norm(layer + ".project", res2(layer, expanded, dilation), c.channels, 1, 1);
    const Value squeezed = n.relu(n.linear(layer + ".squeeze", n.mean(y, {2}), c.se_channels));
    const Value gate = n.sigmoid(n.linear(layer + ".excite", squeezed, c.channels));
    const Value gated = n.multiply(y, n.unsqueeze(gate, 2));
    return c.block_residual ? n.add(x, gated) : gated;
  }

  Value build(Value features) {
    const Value frames = n.transpose(features, {0, 2, 1});
    // Reflection needs more frames than it adds at either end.
    const Value padded = c.padding == "reflect" ? n.pad_time(frames, 1, c.num_blocks + 2) : frames;
    const Value x = conv_relu_norm("input", padded, c.channels, 5, 1);
    std::vector<Value> outputs;
    Value in = x;
    for (std::int64_t i = 0; i < c.num_blocks; ++i) {
      outputs.push_back(block("block" + std::to_string(i + 1), in, 2 + i));
      in = c.block_input == "sum" ? n.add(in, outputs.back()) : outputs.back();
    }
    Value h = n.relu(n.conv("aggregate", n.concat(outputs), c.mfa_channels));
    if (c.mfa_norm) h = n.batch_norm("aggregate_norm", h);
    return embedding_of(n, c, pool_over_time(n, c, h));
  }
};

}  // namespace

Value ecapa_tdnn(Network& n, const ModelConfig& config, Value features) {
  return EcapaTdnn{n, config}.build(features);
}

}  // namespace voiceprint::trainer
