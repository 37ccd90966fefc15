#include "model/pooling.h"

namespace voiceprint::trainer {
namespace {

using Value = Network::Value;

constexpr double kVarianceFloor = 1e-7;

Value deviation_of(Network& n, Value variance) {
  return n.sqrt(n.at_least(variance, kVarianceFloor));
}

// Standard deviation over time of [B, C, T].
Value deviation_over_time(Network& n, Value x, Value mean, bool unbiased) {
  if (unbiased) return n.sqrt(n.add_scalar(n.variance(x), kVarianceFloor));
  return deviation_of(n, n.subtract(n.mean(n.multiply(x, x), {2}), n.multiply(mean, mean)));
}

// Softmax weights over time, [B, C, T].
Value attention(Network& n, const ModelConfig& c, Value x) {
  Value hidden = n.conv("attention_frame", x, c.attention_channels);
  if (c.global_context) {
    const Value x32 = n.float32(x), mean = n.mean(x32, {2});
    const Value statistics = n.concat({mean, deviation_over_time(n, x32, mean, c.unbiased_std)});
    const Value context = n.linear("attention_context", statistics, c.attention_channels, false);
    hidden = n.add(hidden, n.unsqueeze(context, 2));
  }
  if (c.attention_norm) hidden = n.batch_norm("attention_norm", n.relu(hidden));
  return n.softmax(n.float32(n.conv("attention_weight", n.tanh(hidden), n.channels(x))), 2);
}

}  // namespace

Value pool_over_time(Network& n, const ModelConfig& c, Value x) {
  if (n.shape(x).size() == 4) x = n.reshape(x, {0, n.shape(x)[1] * n.shape(x)[2], -1});
  if (c.pooling == "asp" || c.pooling == "sap") {
    const Value weights = attention(n, c, x);
    const Value x32 = n.float32(x), weighted = n.multiply(weights, x32), mean = n.sum(weighted, {2});
    if (c.pooling == "sap") return mean;
    const Value variance = n.subtract(n.sum(n.multiply(weighted, x32), {2}), n.multiply(mean, mean));
    return n.concat({mean, deviation_of(n, variance)});
  }
  const Value x32 = n.float32(x), mean = n.mean(x32, {2});
  if (c.pooling == "tap") return mean;
  const Value variance = n.variance(x32);
  return n.concat({mean, c.pooling == "tsp" ? variance : n.sqrt(n.add_scalar(variance, kVarianceFloor))});
}

Value embedding_of(Network& n, const ModelConfig& c, Value pooled) {
  if (c.pooled_norm) pooled = n.batch_norm("pooled_norm", pooled);
  if (c.embedding_layers == 2)
    pooled = n.batch_norm("segment.norm", n.relu(n.linear("segment", pooled, c.embedding_dim)), /*affine=*/false);
  Value x = n.float32(n.linear("embed", pooled, c.embedding_dim, c.embedding_norm != "plain"));
  if (c.embedding_norm != "none") x = n.batch_norm("embed_norm", x, c.embedding_norm == "affine");
  return n.unit_length(x);
}

}  // namespace voiceprint::trainer
