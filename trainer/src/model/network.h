// A network, described once: layers add nodes to a graph, which LibTorch trains and runs (torch_network.h) and
// which the ONNX writer writes (onnx/network_graph.h). Nothing here knows either of them.
//
// A value is the result of one node. Its shape is known but for two extents, batch and time, which are kDynamic:
//   features [batch, time, bins], one-dimensional maps [batch, channels, time], two-dimensional maps
//   [batch, channels, frequency, time], vectors [batch, size].
// Layers are named as their parameters are in checkpoints ("block1.res2.0.conv" -> "block1.res2.0.conv.weight").
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace voiceprint::trainer {

using Extents = std::vector<std::int64_t>;
inline constexpr std::int64_t kDynamic = -1;

enum class Op {
  kInput,
  kParameter,
  kConv,       // one- or two-dimensional after the rank of its input
  kLinear,     // over the last axis: weight [out, in]
  kBatchNorm,  // over axis 1
  kLayerNorm,  // over `axes[0]`
  kGroupNorm,  // over axis 1 in `groups` groups, and time
  kRelu,
  kClippedRelu,  // min(max(x, 0), scalar)
  kSigmoid,
  kTanh,
  kSilu,
  kGelu,      // exact
  kGeluTanh,  // its tanh approximation
  kAdd,       // the next four broadcast
  kSubtract,
  kMultiply,
  kDivide,
  kAddScalar,
  kMultiplyScalar,
  kAtLeast,  // max(x, scalar)
  kSqrt,
  kConcat,       // along axes[0]
  kSlice,        // [begin, end) of axis 1
  kMean,         // over axes, which disappear
  kSum,          // same
  kVariance,     // over the last axis, which disappears; sum of squares / max(extent - 1, 1)
  kSoftmax,      // along axes[0]
  kMatMul,       // of the last two axes
  kTranspose,    // axes
  kReshape,      // to extents: 0 copies the input's extent at that place, -1 takes what is left
  kUnsqueeze,    // a new axis of extent 1 at axes[0]
  kAveragePool,  // window; an incomplete last window is divided by its own length
  kMaxPool,      // window
  kRepeatTime,   // every frame `scalar` times
  kCutTime,      // to the frames of the second input
  kPadTime,      // the last frame repeated up to a multiple of `scalar` frames
  kUnitLength,   // along axis 1
  kLag,          // x(t + scalar) - x(t) over the last axis, which gets `scalar` frames shorter
  kFloat32,      // statistics are taken in float32, whatever the precision of training
};

enum class Padding { kZeros, kReflect };

// Of a convolution or a pooling, per axis: one entry for time, or two for frequency and time.
struct Window {
  Extents kernel = {1};
  Extents stride = {};    // empty: 1
  Extents dilation = {};  // empty: 1
  Extents padding = {};   // on both sides; empty: what keeps the extent at stride 1
  std::int64_t groups = 1;
  bool bias = true;
  Padding pad_with = Padding::kZeros;
  bool ceil = false;  // pooling: an incomplete last window counts
};

enum class Init {
  kFanIn,   // uniform in +-1 / sqrt(inputs per output): LibTorch's default for convolutions, linear layers and biases
  kFanOut,  // normal with variance 2 / (outputs per input), K. He et al. 2015
  kZeros,
  kOnes,
  kGiven,  // Parameter::values
};

struct Parameter {
  std::string name;
  Extents shape;
  Init init = Init::kFanIn;
  std::int64_t fan = 1;       // of kFanIn and kFanOut
  bool trained = true;        // false: batch statistics and constants
  std::vector<float> values;  // of kGiven
};

struct Node {
  Op op = Op::kInput;
  std::vector<int> inputs;
  std::vector<int> parameters;  // indices; a missing bias is absent
  Extents shape;                // of the result
  Extents axes, extents;
  Window window;
  std::int64_t groups = 1;
  double scalar = 0;
};

class Network {
 public:
  using Value = int;

  // Features [batch, time, bins].
  Value input(std::int64_t num_bins);
  // A parameter as a value, for layers with a formula of their own.
  Value parameter(const std::string& name, const Extents& shape, Init init);
  // A part of the architecture that is not trained, row-major.
  Value constant(const std::string& name, const Extents& shape, std::vector<float> values);

  Value conv(const std::string& layer, Value x, std::int64_t out_channels, Window window = {});
  Value linear(const std::string& layer, Value x, std::int64_t out, bool bias = true);
  Value batch_norm(const std::string& layer, Value x, bool affine = true, double epsilon = 1e-5);
  Value layer_norm(const std::string& layer, Value x, std::int64_t axis, double epsilon);
  Value group_norm(const std::string& layer, Value x, std::int64_t groups);

  Value relu(Value x) { return unary(Op::kRelu, x); }
  Value clipped_relu(Value x, double ceiling) { return unary(Op::kClippedRelu, x, ceiling); }
  Value sigmoid(Value x) { return unary(Op::kSigmoid, x); }
  Value tanh(Value x) { return unary(Op::kTanh, x); }
  Value silu(Value x) { return unary(Op::kSilu, x); }
  Value gelu(Value x) { return unary(Op::kGelu, x); }
  Value gelu_tanh(Value x) { return unary(Op::kGeluTanh, x); }
  Value sqrt(Value x) { return unary(Op::kSqrt, x); }
  Value float32(Value x) { return unary(Op::kFloat32, x); }
  Value unit_length(Value x) { return unary(Op::kUnitLength, x); }
  Value add_scalar(Value x, double y) { return unary(Op::kAddScalar, x, y); }
  Value multiply_scalar(Value x, double y) { return unary(Op::kMultiplyScalar, x, y); }
  Value at_least(Value x, double y) { return unary(Op::kAtLeast, x, y); }

  Value add(Value a, Value b) { return binary(Op::kAdd, a, b); }
  Value subtract(Value a, Value b) { return binary(Op::kSubtract, a, b); }
  Value multiply(Value a, Value b) { return binary(Op::kMultiply, a, b); }
  Value divide(Value a, Value b) { return binary(Op::kDivide, a, b); }
  Value matmul(Value a, Value b);

  Value concat(const std::vector<Value>& parts, std::int64_t axis = 1);
  Value slice(Value x, std::int64_t begin, std::int64_t end);
  std::vector<Value> chunk(Value x, std::int64_t parts);  // equal parts of axis 1
  Value mean(Value x, const Extents& axes) { return reduce(Op::kMean, x, axes); }
  Value sum(Value x, const Extents& axes) { return reduce(Op::kSum, x, axes); }
  Value variance(Value x);
  Value softmax(Value x, std::int64_t axis);
  Value transpose(Value x, const Extents& axes);
  Value reshape(Value x, const Extents& extents);
  Value unsqueeze(Value x, std::int64_t axis);
  Value average_pool(Value x, const Window& window) { return pool(Op::kAveragePool, x, window); }
  Value max_pool(Value x, const Window& window) { return pool(Op::kMaxPool, x, window); }
  Value repeat_time(Value x, std::int64_t times);
  Value lag(Value x, std::int64_t frames) { return unary(Op::kLag, x, static_cast<double>(frames)); }
  Value cut_time(Value x, Value like);
  Value pad_time(Value x, std::int64_t multiple, std::int64_t least = 1);

  void set_output(Value x) { output_ = x; }
  // What the names of parameters begin with from now on.
  void set_scope(std::string scope) { scope_ = std::move(scope); }

  const Extents& shape(Value x) const { return nodes_[static_cast<std::size_t>(x)].shape; }
  std::int64_t channels(Value x) const { return shape(x)[1]; }
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  Value output() const { return output_; }
  std::int64_t num_bins() const { return nodes_.front().shape[2]; }
  std::int64_t embedding_dim() const { return shape(output_)[1]; }
  // Trained numbers.
  std::int64_t num_parameters() const;

 private:
  Value append(Node node);
  int own_parameter(const std::string& name, const Extents& shape, Init init, std::int64_t fan, bool trained = true);
  Value unary(Op op, Value x, double scalar = 0);
  Value binary(Op op, Value a, Value b);
  Value reduce(Op op, Value x, const Extents& axes);
  Value pool(Op op, Value x, Window window);

  std::vector<Node> nodes_;
  std::vector<Parameter> parameters_;
  Value output_ = 0;
  std::string scope_;
};

}  // namespace voiceprint::trainer
