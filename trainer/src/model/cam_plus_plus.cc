// A small residual network over the plane, then densely connected time-delay layers, each masked by what the utterance
// and its 100-frame segments say ("context-aware masking").
#include "model/architectures.h"
#include "model/pooling.h"
#include "model/residual.h"

namespace voiceprint::trainer {
namespace {

using Value = Network::Value;

struct CamPlusPlus {
  Network& n;
  const ModelConfig& c;

  Window over_time(std::int64_t kernel, std::int64_t stride = 1, std::int64_t dilation = 1) {
    Window window;
    window.kernel = {kernel}, window.stride = {stride}, window.dilation = {dilation}, window.bias = false;
    return window;
  }

  Value norm_relu(const std::string& layer, Value x) { return n.relu(n.batch_norm(layer + ".batchnorm", x)); }

  // Halves frequency only.
  Value head_block(const std::string& layer, Value x, std::int64_t stride) {
    Window window = square(3);
    window.stride = {stride, 1};
    const Value first = n.relu(n.batch_norm(layer + ".bn1", n.conv(layer + ".conv1", x, c.channels, window)));
    const Value second = n.batch_norm(layer + ".bn2", n.conv(layer + ".conv2", first, c.channels, square(3)));
    return n.relu(n.add(second, shortcut(n, layer + ".shortcut", x, c.channels, {stride, 1})));
  }

  Value head(Value features) {
    Value x = n.relu(n.batch_norm("head.bn1", n.conv("head.conv1", plane_of(n, features), c.channels, square(3))));
    for (const char* stage : {"head.layer1", "head.layer2"}) {
      x = head_block(std::string(stage) + ".0", x, 2);
      x = head_block(std::string(stage) + ".1", x, 1);
    }
    Window window = square(3);
    window.stride = {2, 1};
    x = n.relu(n.batch_norm("head.bn2", n.conv("head.conv2", x, c.channels, window)));
    return n.reshape(x, {0, n.shape(x)[1] * n.shape(x)[2], -1});
  }

  Value masked(const std::string& layer, Value x, std::int64_t dilation) {
    constexpr std::int64_t kSegment = 100;
    const Value local = n.conv(layer + ".linear_local", x, c.growth, over_time(3, 1, dilation));
    Window segment;
    segment.kernel = {kSegment}, segment.ceil = true;
    const Value of_segments = n.cut_time(n.repeat_time(n.average_pool(x, segment), kSegment), x);
    const Value context = n.add(of_segments, n.unsqueeze(n.mean(x, {2}), 2));
    const Value hidden = n.relu(n.conv(layer + ".linear1", context, n.channels(x) / 2));
    return n.multiply(local, n.sigmoid(n.conv(layer + ".linear2", hidden, c.growth)));
  }

  Value dense_layer(const std::string& layer, Value x, std::int64_t dilation) {
    const Value narrow =
        n.conv(layer + ".linear1", norm_relu(layer + ".nonlinear1", x), c.bottleneck * c.growth, over_time(1));
    return masked(layer + ".cam_layer", norm_relu(layer + ".nonlinear2", narrow), dilation);
  }

  Value build(Value features) {
    constexpr std::int64_t kLayers[] = {12, 24, 16}, kDilation[] = {1, 2, 2};
    Value x = n.conv("xvector.tdnn.linear", head(features), c.bottleneck * c.growth, over_time(5, 2));
    x = norm_relu("xvector.tdnn.nonlinear", x);
    for (int i = 0; i < 3; ++i) {
      const std::string number = std::to_string(i + 1), block = "xvector.block" + number + ".tdnnd",
                        transit = "xvector.transit" + number;
      for (std::int64_t k = 1; k <= kLayers[i]; ++k)
        x = n.concat({x, dense_layer(block + std::to_string(k), x, kDilation[i])});
      x = n.conv(transit + ".linear", norm_relu(transit + ".nonlinear", x), n.channels(x) / 2, over_time(1));
    }
    x = norm_relu("xvector.out_nonlinear", x);
    return embedding_of(n, c, pool_over_time(n, c, x));
  }
};

}  // namespace

Value cam_plus_plus(Network& n, const ModelConfig& config, Value features) {
  return CamPlusPlus{n, config}.build(features);
}

}  // namespace voiceprint::trainer
