// Five convolutions over time. model.padding = none drops the frames at both ends, as the publications do.
#include "model/architectures.h"
#include "model/pooling.h"

namespace voiceprint::trainer {

using Value = Network::Value;

Value tdnn(Network& n, const ModelConfig& c, Value features) {
  struct Layer {
    std::int64_t channels, kernel, dilation;
  };
  const bool x_vector = c.kind == "x_vector";
  const Layer layers[] = {
      {c.channels, 5, 1}, {c.channels, 3, 2}, {c.channels, 3, 3}, {c.channels, 1, 1}, {c.mfa_channels, 1, 1}};
  constexpr std::int64_t kContext = 15;  // frames that one output sees
  Value x = n.transpose(features, {0, 2, 1});
  if (c.padding != "zeros") x = n.pad_time(x, 1, kContext);
  for (int i = 0; i < 5; ++i) {
    const std::string name = "frame" + std::to_string(i + 1);
    Window window;
    window.kernel = {layers[i].kernel}, window.dilation = {layers[i].dilation};
    if (c.padding == "none") window.padding = {0};
    if (c.padding == "reflect") window.pad_with = Padding::kReflect;
    x = n.relu(n.conv(name + ".conv", x, layers[i].channels, window));
    if (x_vector || i < 4) x = n.batch_norm(name + ".norm", x, /*affine=*/!x_vector);
  }
  return embedding_of(n, c, pool_over_time(n, c, x));
}

}  // namespace voiceprint::trainer
