#include "model/network.h"

#include <algorithm>
#include <stdexcept>

namespace voiceprint::trainer {
namespace {

// A fault of an architecture's code, not of data.
void require(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error("network: " + what);
}

std::int64_t product(const Extents& extents, std::size_t from = 0) {
  std::int64_t result = 1;
  for (std::size_t i = from; i < extents.size(); ++i) result *= extents[i];
  return result;
}

// Fills the defaults in for `rank` spatial axes.
Window completed(Window w, std::size_t rank, bool pooling) {
  require(w.kernel.size() == rank, "a window needs one entry per spatial axis");
  if (w.stride.empty()) w.stride = pooling ? w.kernel : Extents(rank, 1);
  if (w.dilation.empty()) w.dilation = Extents(rank, 1);
  if (w.padding.empty()) {
    w.padding = Extents(rank, 0);
    for (std::size_t i = 0; !pooling && i < rank; ++i) w.padding[i] = (w.kernel[i] - 1) / 2 * w.dilation[i];
  }
  require(w.stride.size() == rank && w.dilation.size() == rank && w.padding.size() == rank, "window of mixed ranks");
  return w;
}

std::int64_t extent_after(std::int64_t extent, const Window& w, std::size_t i) {
  if (extent == kDynamic) return kDynamic;
  const std::int64_t span = extent + 2 * w.padding[i] - w.dilation[i] * (w.kernel[i] - 1) - 1;
  return (w.ceil ? span + w.stride[i] - 1 : span) / w.stride[i] + 1;
}

}  // namespace

Network::Value Network::append(Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<Value>(nodes_.size() - 1);
}

int Network::own_parameter(const std::string& name, const Extents& shape, Init init, std::int64_t fan, bool trained) {
  parameters_.push_back({scope_ + name, shape, init, fan, trained, {}});
  return static_cast<int>(parameters_.size() - 1);
}

Network::Value Network::input(std::int64_t num_bins) {
  require(nodes_.empty(), "the input is the first node");
  Node node;
  node.shape = {kDynamic, kDynamic, num_bins};
  return append(node);
}

Network::Value Network::parameter(const std::string& name, const Extents& shape, Init init) {
  Node node;
  node.op = Op::kParameter;
  node.parameters = {own_parameter(name, shape, init, shape.back())};
  node.shape = shape;
  return append(node);
}

Network::Value Network::constant(const std::string& name, const Extents& shape, std::vector<float> values) {
  require(static_cast<std::int64_t>(values.size()) == product(shape), name + ": values do not fill the shape");
  Node node;
  node.op = Op::kParameter;
  node.parameters = {own_parameter(name, shape, Init::kGiven, 1, false)};
  node.shape = shape;
  parameters_.back().values = std::move(values);
  return append(node);
}

Network::Value Network::conv(const std::string& layer, Value x, std::int64_t out_channels, Window window) {
  const std::size_t rank = shape(x).size() - 2;
  Node node;
  node.op = Op::kConv;
  node.inputs = {x};
  node.window = completed(std::move(window), rank, false);
  const Window& w = node.window;
  require(channels(x) % w.groups == 0 && out_channels % w.groups == 0, layer + ": groups do not divide the channels");
  Extents weight = {out_channels, channels(x) / w.groups};
  weight.insert(weight.end(), w.kernel.begin(), w.kernel.end());
  const std::int64_t fan_in = product(weight, 1);
  node.parameters = {own_parameter(layer + ".weight", weight, rank == 2 ? Init::kFanOut : Init::kFanIn,
                                   rank == 2 ? out_channels * product(w.kernel) : fan_in)};
  if (w.bias) node.parameters.push_back(own_parameter(layer + ".bias", {out_channels}, Init::kFanIn, fan_in));
  node.shape = {kDynamic, out_channels};
  for (std::size_t i = 0; i < rank; ++i) node.shape.push_back(extent_after(shape(x)[i + 2], w, i));
  return append(node);
}

Network::Value Network::linear(const std::string& layer, Value x, std::int64_t out, bool bias) {
  const std::int64_t in = shape(x).back();
  require(in > 0, layer + ": the last extent must be known");
  Node node;
  node.op = Op::kLinear;
  node.inputs = {x};
  node.parameters = {own_parameter(layer + ".weight", {out, in}, Init::kFanIn, in)};
  if (bias) node.parameters.push_back(own_parameter(layer + ".bias", {out}, Init::kFanIn, in));
  node.shape = shape(x);
  node.shape.back() = out;
  return append(node);
}

Network::Value Network::batch_norm(const std::string& layer, Value x, bool affine, double epsilon) {
  Node node;
  node.op = Op::kBatchNorm;
  node.inputs = {x};
  node.scalar = epsilon;
  const Extents shape_of_each = {channels(x)};
  node.parameters = {own_parameter(layer + ".running_mean", shape_of_each, Init::kZeros, 1, false),
                     own_parameter(layer + ".running_var", shape_of_each, Init::kOnes, 1, false)};
  if (affine) {
    node.parameters.push_back(own_parameter(layer + ".weight", shape_of_each, Init::kOnes, 1));
    node.parameters.push_back(own_parameter(layer + ".bias", shape_of_each, Init::kZeros, 1));
  }
  node.shape = shape(x);
  return append(node);
}

Network::Value Network::layer_norm(const std::string& layer, Value x, std::int64_t axis, double epsilon) {
  Node node;
  node.op = Op::kLayerNorm;
  node.inputs = {x};
  node.axes = {axis};
  node.scalar = epsilon;
  const Extents size = {shape(x)[static_cast<std::size_t>(axis)]};
  node.parameters = {own_parameter(layer + ".weight", size, Init::kOnes, 1),
                     own_parameter(layer + ".bias", size, Init::kZeros, 1)};
  node.shape = shape(x);
  return append(node);
}

Network::Value Network::group_norm(const std::string& layer, Value x, std::int64_t groups) {
  require(channels(x) % groups == 0, layer + ": groups do not divide the channels");
  Node node;
  node.op = Op::kGroupNorm;
  node.inputs = {x};
  node.groups = groups;
  node.scalar = 1e-5;
  node.parameters = {own_parameter(layer + ".weight", {channels(x)}, Init::kOnes, 1),
                     own_parameter(layer + ".bias", {channels(x)}, Init::kZeros, 1)};
  node.shape = shape(x);
  return append(node);
}

Network::Value Network::unary(Op op, Value x, double scalar) {
  Node node;
  node.op = op;
  node.inputs = {x};
  node.scalar = scalar;
  node.shape = shape(x);
  return append(node);
}

Network::Value Network::binary(Op op, Value a, Value b) {
  Node node;
  node.op = op;
  node.inputs = {a, b};
  require(shape(a).size() == shape(b).size(), "operands of different rank");
  for (std::size_t i = 0; i < shape(a).size(); ++i) {
    const std::int64_t m = shape(a)[i], n = shape(b)[i];
    require(m == n || m == 1 || n == 1, "operands of different shape");
    node.shape.push_back(m == 1 ? n : m);
  }
  return append(node);
}

Network::Value Network::matmul(Value a, Value b) {
  Node node;
  node.op = Op::kMatMul;
  node.inputs = {a, b};
  node.shape = shape(a);
  node.shape.back() = shape(b).back();
  return append(node);
}

Network::Value Network::concat(const std::vector<Value>& parts, std::int64_t axis) {
  if (parts.size() == 1) return parts[0];
  Node node;
  node.op = Op::kConcat;
  node.inputs = parts;
  node.axes = {axis};
  node.shape = shape(parts[0]);
  std::int64_t& extent = node.shape[static_cast<std::size_t>(axis)];
  extent = 0;
  for (const Value part : parts) extent += shape(part)[static_cast<std::size_t>(axis)];
  return append(node);
}

Network::Value Network::slice(Value x, std::int64_t begin, std::int64_t end) {
  require(begin >= 0 && begin < end && end <= channels(x), "slice out of range");
  Node node;
  node.op = Op::kSlice;
  node.inputs = {x};
  node.extents = {begin, end};
  node.shape = shape(x);
  node.shape[1] = end - begin;
  return append(node);
}

std::vector<Network::Value> Network::chunk(Value x, std::int64_t parts) {
  require(channels(x) % parts == 0, "channels do not split into equal parts");
  const std::int64_t size = channels(x) / parts;
  std::vector<Value> values;
  for (std::int64_t i = 0; i < parts; ++i) values.push_back(slice(x, i * size, (i + 1) * size));
  return values;
}

Network::Value Network::reduce(Op op, Value x, const Extents& axes) {
  Node node;
  node.op = op;
  node.inputs = {x};
  node.axes = axes;
  for (std::size_t i = 0; i < shape(x).size(); ++i) {
    if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) == axes.end())
      node.shape.push_back(shape(x)[i]);
  }
  return append(node);
}

Network::Value Network::variance(Value x) {
  return reduce(Op::kVariance, x, {static_cast<std::int64_t>(shape(x).size()) - 1});
}

Network::Value Network::softmax(Value x, std::int64_t axis) {
  const Value y = unary(Op::kSoftmax, x);
  nodes_.back().axes = {axis};
  return y;
}

Network::Value Network::transpose(Value x, const Extents& axes) {
  Node node;
  node.op = Op::kTranspose;
  node.inputs = {x};
  node.axes = axes;
  for (const std::int64_t axis : axes) node.shape.push_back(shape(x)[static_cast<std::size_t>(axis)]);
  return append(node);
}

Network::Value Network::reshape(Value x, const Extents& extents) {
  Node node;
  node.op = Op::kReshape;
  node.inputs = {x};
  node.extents = extents;
  for (std::size_t i = 0; i < extents.size(); ++i) node.shape.push_back(extents[i] == 0 ? shape(x)[i] : extents[i]);
  return append(node);
}

Network::Value Network::unsqueeze(Value x, std::int64_t axis) {
  Node node;
  node.op = Op::kUnsqueeze;
  node.inputs = {x};
  node.axes = {axis};
  node.shape = shape(x);
  node.shape.insert(node.shape.begin() + axis, 1);
  return append(node);
}

Network::Value Network::pool(Op op, Value x, Window window) {
  Node node;
  node.op = op;
  node.inputs = {x};
  node.window = completed(std::move(window), shape(x).size() - 2, true);
  node.shape = {kDynamic, channels(x)};
  for (std::size_t i = 0; i + 2 < shape(x).size(); ++i)
    node.shape.push_back(extent_after(shape(x)[i + 2], node.window, i));
  return append(node);
}

Network::Value Network::repeat_time(Value x, std::int64_t times) {
  return times == 1 ? x : unary(Op::kRepeatTime, x, static_cast<double>(times));
}

Network::Value Network::cut_time(Value x, Value like) {
  const Value y = unary(Op::kCutTime, x);
  nodes_.back().inputs.push_back(like);
  return y;
}

Network::Value Network::pad_time(Value x, std::int64_t multiple, std::int64_t least) {
  const Value y = unary(Op::kPadTime, x);
  nodes_.back().extents = {multiple, least};
  return y;
}

std::int64_t Network::num_parameters() const {
  std::int64_t sum = 0;
  for (const Parameter& parameter : parameters_) sum += parameter.trained ? product(parameter.shape) : 0;
  return sum;
}

}  // namespace voiceprint::trainer
