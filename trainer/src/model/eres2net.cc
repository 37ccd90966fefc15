// Res2Net blocks whose parts, and whose stages, are fused by attention ("AFF"). ReLU is clipped at 20.
//   eres2net     attention inside the blocks of the last two stages, and between all stages
//   eres2net_v2  attention inside the blocks of the last two stages, and between the last two
//   res2net      sums inside the blocks, whose last part passes unchanged; the last stage alone
#include "model/architectures.h"
#include "model/pooling.h"
#include "model/residual.h"

namespace voiceprint::trainer {
namespace {

using Value = Network::Value;

struct Eres2Net {
  Network& n;
  const ModelConfig& c;

  Value relu(Value x) { return n.clipped_relu(x, 20.0); }

  // x (1 + a) + y (1 - a) with a = tanh of what both say.
  Value fuse(const std::string& layer, Value x, Value y) {
    const std::int64_t channels = n.channels(x);
    Window window = square(1);
    window.bias = true;
    Value a =
        n.batch_norm(layer + ".local_att.1", n.conv(layer + ".local_att.0", n.concat({x, y}), channels / 4, window));
    a = n.batch_norm(layer + ".local_att.4", n.conv(layer + ".local_att.3", n.silu(a), channels, window));
    a = n.tanh(a);
    return n.add(n.multiply(x, n.add_scalar(a, 1.0)), n.multiply(y, n.add_scalar(n.multiply_scalar(a, -1.0), 1.0)));
  }

  Value block(const std::string& layer, Value x, std::int64_t channels, std::int64_t stride, bool fused) {
    const bool last_passes = c.kind == "res2net";
    const std::int64_t width = channels * c.base_width / 64, out = channels * c.expansion;
    const Value expanded =
        relu(n.batch_norm(layer + ".bn1", n.conv(layer + ".conv1", x, width * c.res2_scale, square(1, stride))));
    const std::vector<Value> parts = n.chunk(expanded, c.res2_scale);
    std::vector<Value> outputs;
    for (std::size_t i = 0; i + (last_passes ? 1 : 0) < parts.size(); ++i) {
      const std::string index = std::to_string(i);
      Value in = parts[0];
      if (i > 0 && fused) in = fuse(layer + ".fuse_models." + std::to_string(i - 1), outputs.back(), parts[i]);
      if (i > 0 && !fused) in = n.add(outputs.back(), parts[i]);
      outputs.push_back(
          relu(n.batch_norm(layer + ".bns." + index, n.conv(layer + ".convs." + index, in, width, square(3)))));
    }
    if (last_passes) outputs.push_back(parts.back());
    const Value y = n.batch_norm(layer + ".bn3", n.conv(layer + ".conv3", n.concat(outputs), out, square(1)));
    return relu(n.add(y, shortcut(n, layer + ".shortcut", x, out, stride)));
  }

  Value downsample(const std::string& layer, Value x) { return n.conv(layer, x, 2 * n.channels(x), square(3, 2)); }

  Value build(Value features) {
    const bool attention = c.kind != "res2net", all_stages = attention && c.kind.find("_v2") == std::string::npos;
    const Value stem = n.relu(n.batch_norm("bn1", n.conv("conv1", plane_of(n, features), c.channels, square(3))));
    Value outputs[4];
    residual_stages(
        stem, c.channels,
        [&](const std::string& layer, Value x, std::int64_t channels, std::int64_t stride, std::int64_t) {
          return block(layer, x, channels, stride, attention && layer >= "layer3");
        },
        [&](std::int64_t stage, Value x) { outputs[stage] = x; });
    Value x = outputs[3];
    if (all_stages) {
      x = fuse("fuse_mode12", outputs[1], downsample("layer1_downsample", outputs[0]));
      x = fuse("fuse_mode123", outputs[2], downsample("layer2_downsample", x));
      x = fuse("fuse_mode1234", outputs[3], downsample("layer3_downsample", x));
    } else if (attention) {
      x = fuse("fuse34", outputs[3], downsample("layer3_ds", outputs[2]));
    }
    return embedding_of(n, c, pool_over_time(n, c, x));
  }
};

}  // namespace

Value eres2net(Network& n, const ModelConfig& config, Value features) {
  return Eres2Net{n, config}.build(features);
}

}  // namespace voiceprint::trainer
