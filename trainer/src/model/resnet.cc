// Residual networks over the time-frequency plane: stages of 3, 4, 6, 3 blocks, channels doubling and both axes halving
// from the second on.
#include "model/architectures.h"
#include "model/pooling.h"
#include "model/residual.h"

namespace voiceprint::trainer {
namespace {

using Value = Network::Value;

Value basic_block(Network& n, const std::string& layer, Value x, std::int64_t channels, std::int64_t stride) {
  const Value first = n.relu(n.batch_norm(layer + ".bn1", n.conv(layer + ".conv1", x, channels, square(3, stride))));
  const Value second = n.batch_norm(layer + ".bn2", n.conv(layer + ".conv2", first, channels, square(3)));
  return n.relu(n.add(second, shortcut(n, layer + ".shortcut", x, channels, stride)));
}

Value se_bottleneck(Network& n, const ModelConfig& c, const std::string& layer, Value x, std::int64_t channels,
                    std::int64_t stride) {
  const std::int64_t out = channels * c.expansion;
  Value y = n.relu(n.batch_norm(layer + ".bn1", n.conv(layer + ".conv1", x, channels, square(1))));
  y = n.relu(n.batch_norm(layer + ".bn2", n.conv(layer + ".conv2", y, channels, square(3, stride))));
  y = n.batch_norm(layer + ".bn3", n.conv(layer + ".conv3", y, out, square(1)));
  const Value squeezed = n.relu(n.linear(layer + ".squeeze", n.mean(y, {2, 3}), out / c.se_reduction));
  const Value gate = n.sigmoid(n.linear(layer + ".excite", squeezed, out));
  y = n.multiply(y, n.unsqueeze(n.unsqueeze(gate, 2), 3));
  return n.relu(n.add(y, shortcut(n, layer + ".shortcut", x, out, stride)));
}

// Res2Net's "bottle2neck" with a scale of two: one half of the channels is convolved, the other passes.
Value bottle2neck(Network& n, const ModelConfig& c, const std::string& layer, Value x, std::int64_t channels,
                  std::int64_t stride, bool first) {
  const std::int64_t width = channels * c.base_width / 64, out = channels * c.expansion;
  const Value expanded =
      n.relu(n.batch_norm(layer + ".bn1", n.conv(layer + ".conv1", x, width * c.res2_scale, square(1))));
  const std::vector<Value> parts = n.chunk(expanded, c.res2_scale);
  std::vector<Value> outputs;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const std::string index = std::to_string(i);
    const Value in = i == 0 || first ? parts[i] : n.add(parts[i], outputs.back());
    outputs.push_back(
        n.relu(n.batch_norm(layer + ".bns." + index, n.conv(layer + ".convs." + index, in, width, square(3, stride)))));
  }
  Window average = square(3, stride);
  average.padding = {1, 1};
  outputs.push_back(first ? n.average_pool(parts.back(), average) : parts.back());
  const Value y = n.batch_norm(layer + ".bn3", n.conv(layer + ".conv3", n.concat(outputs), out, square(1)));
  return n.relu(n.add(y, shortcut(n, layer + ".shortcut", x, out, stride)));
}

}  // namespace

Value resnet34(Network& n, const ModelConfig& c, Value features) {
  Value x = n.relu(n.batch_norm("bn1", n.conv("conv1", plane_of(n, features), c.channels, square(3))));
  x = residual_stages(
      x, c.channels, [&](const std::string& layer, Value in, std::int64_t channels, std::int64_t stride, std::int64_t) {
        return basic_block(n, layer, in, channels, stride);
      });
  return embedding_of(n, c, pool_over_time(n, c, x));
}

Value resnet_se(Network& n, const ModelConfig& c, Value features) {
  Value x = n.relu(n.batch_norm("bn1", n.conv("conv1", plane_of(n, features), c.channels, square(3))));
  x = residual_stages(
      x, c.channels, [&](const std::string& layer, Value in, std::int64_t channels, std::int64_t stride, std::int64_t) {
        return se_bottleneck(n, c, layer, in, channels, stride);
      });
  return embedding_of(n, c, pool_over_time(n, c, x));
}

Value res2net_mvector(Network& n, const ModelConfig& c, Value features) {
  Window stem = square(7, 3), window = square(3, 2);
  stem.padding = window.padding = {1, 1};
  const Value plane = n.pad_time(plane_of(n, features), 1, 6);  // what the coarse stem needs
  Value x = n.relu(n.batch_norm("bn1", n.conv("conv1", plane, c.channels, stem)));
  x = n.max_pool(x, window);
  x = residual_stages(x, c.channels,
                      [&](const std::string& layer, Value in, std::int64_t channels, std::int64_t stride,
                          std::int64_t index) { return bottle2neck(n, c, layer, in, channels, stride, index == 0); });
  return embedding_of(n, c, pool_over_time(n, c, x));
}

}  // namespace voiceprint::trainer
