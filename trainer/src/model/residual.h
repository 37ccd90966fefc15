// What the residual networks over the time-frequency plane share.
#pragma once

#include <string>

#include "model/network.h"

namespace voiceprint::trainer {

// Features [batch, time, bins] as a plane of one channel, [batch, 1, bins, time].
inline Network::Value plane_of(Network& n, Network::Value features) {
  return n.unsqueeze(n.transpose(features, {0, 2, 1}), 1);
}

// A square window without bias.
inline Window square(std::int64_t kernel, std::int64_t stride = 1) {
  Window window;
  window.kernel = {kernel, kernel}, window.stride = {stride, stride}, window.bias = false;
  return window;
}

// `x` as it is where shape allows, else through a 1 x 1 convolution and batch normalisation.
inline Network::Value shortcut(Network& n, const std::string& layer, Network::Value x, std::int64_t channels,
                               const Extents& stride) {
  if (stride == Extents{1, 1} && n.channels(x) == channels) return x;
  Window window = square(1);
  window.stride = stride;
  return n.batch_norm(layer + ".1", n.conv(layer + ".0", x, channels, window));
}
inline Network::Value shortcut(Network& n, const std::string& layer, Network::Value x, std::int64_t channels,
                               std::int64_t stride) {
  return shortcut(n, layer, x, channels, Extents{stride, stride});
}

// Stages "layer1" to "layer4" of 3, 4, 6 and 3 blocks: `block(layer, x, channels, stride, index)`. `after` sees each
// stage's output.
template <typename Block, typename After>
Network::Value residual_stages(Network::Value x, std::int64_t channels, Block&& block, After&& after) {
  constexpr std::int64_t kBlocks[] = {3, 4, 6, 3};
  for (std::int64_t stage = 0; stage < 4; ++stage) {
    const std::string layer = "layer" + std::to_string(stage + 1);
    for (std::int64_t i = 0; i < kBlocks[stage]; ++i)
      x = block(layer + "." + std::to_string(i), x, channels << stage, i == 0 && stage > 0 ? 2 : 1, i);
    after(stage, x);
  }
  return x;
}
template <typename Block>
Network::Value residual_stages(Network::Value x, std::int64_t channels, Block&& block) {
  return residual_stages(x, channels, block, [](std::int64_t, Network::Value) {});
}

}  // namespace voiceprint::trainer
