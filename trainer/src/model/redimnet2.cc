// Maps that change between two dimensions (channels x frequency) and one (their product, which is the same at every
// stage): convolutions over the plane, then convolutions and attention over time, every stage reading a weighted sum of
// all maps before it. Stage by stage as the authors' recipes for B0, B1 and B2 have it.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "error.h"
#include "model/architectures.h"
#include "model/pooling.h"
#include "model/residual.h"

namespace voiceprint::trainer {
namespace {

using Value = Network::Value;

struct Stage {
  std::int64_t frequency_stride, time_stride, blocks, expansion, reduction;
};

constexpr std::int64_t kTimeStride = 4;  // the product of all time strides
constexpr std::int64_t kHeads = 4;       // of the attention, whose width is rounded down to a multiple
constexpr double kEpsilon = 1e-6;

struct Redimnet2 {
  Network& n;
  const ModelConfig& c;
  std::int64_t width = 0;  // channels x frequency

  std::vector<Stage> stages() const {
    if (c.kind == "redimnet2_b2")
      return {{1, 1, 2, 2, 40}, {2, 1, 3, 1, 30}, {1, 2, 4, 1, 30},
              {3, 1, 5, 1, 20}, {1, 2, 4, 1, 20}, {2, 1, 3, 1, 10}};
    const std::int64_t r = c.kind == "redimnet2_b1" ? 32 : 36;
    return {{1, 1, 2, 2, r}, {2, 1, 3, 1, r},     {1, 2, 4, 1, r},
            {2, 1, 5, 1, r}, {1, 2, 4, 1, r / 2}, {2, 1, 3, 1, r / 2}};
  }

  // [B, C, F, T] <-> [B, F x C, T]: frequency varies slowest.
  Value to_1d(Value x) { return n.reshape(n.transpose(x, {0, 2, 1, 3}), {0, width, -1}); }
  Value to_2d(Value x, std::int64_t channels) {
    return n.transpose(n.reshape(x, {0, width / channels, channels, -1}), {0, 2, 1, 3});
  }

  // A learned convex combination per row.
  Value weighted_sum(const std::string& layer, const std::vector<Value>& maps) {
    if (maps.size() == 1) return maps[0];
    const auto count = static_cast<std::int64_t>(maps.size());
    const Value weights = n.softmax(n.parameter(layer + ".w", {1, count, width, 1}, Init::kZeros), 1);
    Value sum = -1;
    for (std::int64_t k = 0; k < count; ++k) {
      const Value weight = n.reshape(n.slice(weights, k, k + 1), {1, width, 1});
      const Value term = n.multiply(maps[static_cast<std::size_t>(k)], weight);
      sum = k == 0 ? term : n.add(sum, term);
    }
    return sum;
  }

  // Depthwise 3 x 3 and pointwise convolutions in a residual block.
  Value block_2d(const std::string& layer, Value x) {
    Window depthwise = square(3), pointwise = square(1);
    depthwise.groups = n.channels(x), pointwise.bias = true;
    const auto pair = [&](const std::string& name, Value in) {
      return n.conv(name + "pw", n.conv(name, in, n.channels(x), depthwise), n.channels(x), pointwise);
    };
    const Value first = n.batch_norm(layer + ".bn1", n.relu(pair(layer + ".conv1", x)));
    return n.relu(n.add(n.batch_norm(layer + ".bn2", pair(layer + ".conv2", first)), x));
  }

  // Depthwise convolution over time, batch normalisation, GELU, pointwise convolution; residual.
  Value convnext(const std::string& layer, Value x, std::int64_t kernel) {
    Window window;
    window.kernel = {kernel}, window.groups = n.channels(x);
    const Value y = n.gelu(n.batch_norm(layer + ".norm", n.conv(layer + ".dwconvs.0", x, n.channels(x), window)));
    return n.add(x, n.conv(layer + ".pwconv1", y, n.channels(x)));
  }

  // One transformer layer over time, normalised after each part.
  Value transformer(const std::string& layer, Value x_channels_first) {
    const std::int64_t size = n.channels(x_channels_first), per_head = size / kHeads;
    const Value x = n.transpose(x_channels_first, {0, 2, 1});
    const auto heads = [&](const char* name) {
      const Value projected = n.linear(layer + ".attention." + name, x, size);
      return n.transpose(n.reshape(projected, {0, 0, kHeads, per_head}), {0, 2, 1, 3});
    };
    const Value q = n.multiply_scalar(heads("q_proj"), 1.0 / std::sqrt(static_cast<double>(per_head)));
    const Value k = heads("k_proj"), v = heads("v_proj");
    const Value shares = n.softmax(n.float32(n.matmul(q, n.transpose(k, {0, 1, 3, 2}))), 3);
    const Value attended = n.reshape(n.transpose(n.matmul(shares, v), {0, 2, 1, 3}), {0, 0, size});
    const Value y = n.layer_norm(layer + ".layer_norm",
                                 n.add(x, n.linear(layer + ".attention.out_proj", attended, size)), 2, kEpsilon);
    const Value inner = n.gelu_tanh(n.linear(layer + ".feed_forward.intermediate_dense", y, size));
    const Value z = n.add(y, n.linear(layer + ".feed_forward.output_dense", inner, size));
    return n.transpose(n.layer_norm(layer + ".final_layer_norm", z, 2, kEpsilon), {0, 2, 1});
  }

  Value time_context(const std::string& layer, Value x, std::int64_t size) {
    Value y = n.layer_norm(layer + ".red_dim_conv.1", n.conv(layer + ".red_dim_conv.0", x, size), 1, kEpsilon);
    constexpr std::int64_t kKernels[] = {7, 19, 31, 59};
    for (int i = 0; i < 4; ++i) y = convnext(layer + ".tcm." + std::to_string(i), y, kKernels[i]);
    y = transformer(layer + ".tcm.4", y);
    return n.add(x, n.conv(layer + ".exp_dim_conv", y, width));
  }

  Value build(Value features) {
    const Value plane = n.pad_time(plane_of(n, features), kTimeStride);
    std::int64_t channels = c.channels, time_stride = 1;
    width = channels * n.num_bins();
    Window stem = square(3);
    stem.bias = true;
    const Value x = n.layer_norm("stem.1", n.conv("stem.0", plane, channels, stem), 1, kEpsilon);
    std::vector<Value> maps = {n.group_norm("stem_gnorm", to_1d(x), c.channels)};
    int index = 0;
    for (const Stage& stage : stages()) {
      const std::string layer = "stage" + std::to_string(index++);
      time_stride *= stage.time_stride;
      Window down;
      down.kernel = down.stride = {stage.frequency_stride, time_stride};
      down.padding = {0, 0};
      const Value in = to_2d(weighted_sum(layer + ".sum", maps), channels);
      const std::int64_t inner = stage.frequency_stride * channels * stage.expansion;
      down.groups = std::gcd(channels, inner);
      Value y = n.conv(layer + ".down", in, inner, down);
      channels *= stage.frequency_stride;
      for (std::int64_t i = 0; i < stage.blocks; ++i) y = block_2d(layer + ".block" + std::to_string(i), y);
      if (stage.expansion != 1) {
        Window pointwise = square(1);
        pointwise.bias = true;
        y = n.batch_norm(layer + ".squeeze.1", n.conv(layer + ".squeeze.0", y, channels, pointwise), true, kEpsilon);
      }
      y = time_context(layer + ".context", to_1d(y), std::max(kHeads, width / stage.reduction / kHeads * kHeads));
      maps.push_back(n.group_norm(layer + ".norm", n.repeat_time(y, time_stride), c.channels));
    }
    Value y = to_2d(weighted_sum("fin_wght1d", maps), channels);
    if (c.mfa_channels > 0) {
      Window pointwise = square(1);
      pointwise.bias = true;
      y = n.conv("head", y, c.mfa_channels, pointwise);
    }
    return embedding_of(n, c, pool_over_time(n, c, y));
  }
};

}  // namespace

Value redimnet2(Network& n, const ModelConfig& config, Value features) {
  const std::int64_t divisor = config.kind == "redimnet2_b2" ? 12 : 8;
  if (n.num_bins() % divisor != 0)
    throw TrainerError("model.kind = " + config.kind + " needs a multiple of " + std::to_string(divisor) +
                       " feature bins (72 in its publication), not " + std::to_string(n.num_bins()));
  return Redimnet2{n, config}.build(features);
}

}  // namespace voiceprint::trainer
