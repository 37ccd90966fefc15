#include "model/torch_network.h"

#include <algorithm>
#include <cmath>

namespace voiceprint::trainer {
namespace {

namespace F = torch::nn::functional;

torch::Tensor initial(const Parameter& parameter) {
  switch (parameter.init) {
    case Init::kZeros:
      return torch::zeros(parameter.shape);
    case Init::kOnes:
      return torch::ones(parameter.shape);
    case Init::kGiven:
      return torch::tensor(parameter.values).view(parameter.shape);
    case Init::kFanIn: {
      const double bound = 1.0 / std::sqrt(static_cast<double>(parameter.fan));
      return torch::empty(parameter.shape).uniform_(-bound, bound);
    }
    case Init::kFanOut:
      return torch::empty(parameter.shape).normal_(0.0, std::sqrt(2.0 / static_cast<double>(parameter.fan)));
  }
  return {};
}

// The axis moved to the last place and back.
Extents order_with_last(std::int64_t rank, std::int64_t axis) {
  Extents order;
  for (std::int64_t i = 0; i < rank; ++i) {
    if (i != axis) order.push_back(i);
  }
  order.push_back(axis);
  return order;
}

torch::Tensor convolve(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                       const Window& w) {
  torch::Tensor x = input;
  Extents padding = w.padding;
  if (w.pad_with == Padding::kReflect && padding[0] > 0) {
    x = F::pad(x, F::PadFuncOptions({padding[0], padding[0]}).mode(torch::kReflect));
    padding = {0};
  }
  return w.kernel.size() == 1 ? torch::conv1d(x, weight, bias, w.stride, padding, w.dilation, w.groups)
                              : torch::conv2d(x, weight, bias, w.stride, padding, w.dilation, w.groups);
}

torch::Tensor average(const torch::Tensor& x, const Window& w) {
  return w.kernel.size() == 1 ? torch::avg_pool1d(x, w.kernel, w.stride, w.padding, w.ceil)
                              : torch::avg_pool2d(x, w.kernel, w.stride, w.padding, w.ceil);
}

torch::Tensor maximum(const torch::Tensor& x, const Window& w) {
  return w.kernel.size() == 1 ? torch::max_pool1d(x, w.kernel, w.stride, w.padding, w.dilation, w.ceil)
                              : torch::max_pool2d(x, w.kernel, w.stride, w.padding, w.dilation, w.ceil);
}

torch::Tensor variance(const torch::Tensor& x) {
  const double divisor = static_cast<double>(std::max<std::int64_t>(x.size(-1) - 1, 1));
  return (x - x.mean(-1, true)).square().sum(-1) / divisor;
}

torch::Tensor padded(const torch::Tensor& x, std::int64_t multiple, std::int64_t least) {
  const std::int64_t frames = x.size(-1);
  const std::int64_t wanted = std::max(least, (frames + multiple - 1) / multiple * multiple);
  if (wanted == frames) return x;
  return torch::cat({x, x.narrow(-1, frames - 1, 1).expand([&] {
                       std::vector<std::int64_t> shape = x.sizes().vec();
                       shape.back() = wanted - frames;
                       return shape;
                     }())},
                    -1);
}

}  // namespace

TorchNetwork::TorchNetwork(Network network) : network_(std::move(network)) {
  for (const Parameter& parameter : network_.parameters())
    tensors_.push_back(initial(parameter).set_requires_grad(parameter.trained));
  frozen_.resize(tensors_.size());
  std::vector<int> last(network_.nodes().size(), -1);
  for (std::size_t i = 0; i < network_.nodes().size(); ++i) {
    for (const int input : network_.nodes()[i].inputs) last[static_cast<std::size_t>(input)] = static_cast<int>(i);
  }
  last_used_at_.resize(network_.nodes().size());
  for (std::size_t i = 0; i < last.size(); ++i) {
    if (last[i] >= 0) last_used_at_[static_cast<std::size_t>(last[i])].push_back(static_cast<int>(i));
  }
}

torch::Tensor TorchNetwork::forward(const torch::Tensor& features) const {
  std::vector<torch::Tensor> values(network_.nodes().size());
  values[0] = features;
  for (std::size_t i = 1; i < values.size(); ++i) {
    values[i] = evaluate(network_.nodes()[i], values);
    for (const int unused : last_used_at_[i]) values[static_cast<std::size_t>(unused)].reset();
  }
  return values[static_cast<std::size_t>(network_.output())];
}

torch::Tensor TorchNetwork::evaluate(const Node& node, const std::vector<torch::Tensor>& values) const {
  const auto in = [&](std::size_t i) -> const torch::Tensor& {
    return values[static_cast<std::size_t>(node.inputs[i])];
  };
  const auto own = [&](std::size_t i) {
    return i < node.parameters.size() ? tensors_[static_cast<std::size_t>(node.parameters[i])] : torch::Tensor();
  };
  switch (node.op) {
    case Op::kInput:
      break;
    case Op::kParameter:
      return own(0);
    case Op::kConv:
      return convolve(in(0), own(0), own(1), node.window);
    case Op::kLinear:
      return torch::linear(in(0), own(0), own(1));
    case Op::kBatchNorm: {
      const bool of_batch = training_ && !frozen_[static_cast<std::size_t>(node.parameters[0])];
      return torch::batch_norm(in(0), own(2), own(3), own(0), own(1), of_batch, 0.1, node.scalar, true);
    }
    case Op::kLayerNorm: {
      const std::int64_t axis = node.axes[0], rank = in(0).dim();
      const torch::Tensor &weight = own(0), &bias = own(1);
      if (axis == rank - 1) return torch::layer_norm(in(0), weight.sizes(), weight, bias, node.scalar);
      const torch::Tensor x = in(0).permute(order_with_last(rank, axis));
      const torch::Tensor y = torch::layer_norm(x, weight.sizes(), weight, bias, node.scalar);
      return y.movedim(-1, axis);
    }
    case Op::kGroupNorm:
      return torch::group_norm(in(0), node.groups, own(0), own(1), node.scalar);
    case Op::kRelu:
      return torch::relu(in(0));
    case Op::kClippedRelu:
      return in(0).clamp(0.0, node.scalar);
    case Op::kSigmoid:
      return torch::sigmoid(in(0));
    case Op::kTanh:
      return torch::tanh(in(0));
    case Op::kSilu:
      return torch::silu(in(0));
    case Op::kGelu:
      return torch::gelu(in(0));
    case Op::kGeluTanh:
      return torch::gelu(in(0), "tanh");
    case Op::kAdd:
      return in(0) + in(1);
    case Op::kSubtract:
      return in(0) - in(1);
    case Op::kMultiply:
      return in(0) * in(1);
    case Op::kDivide:
      return in(0) / in(1);
    case Op::kAddScalar:
      return in(0) + node.scalar;
    case Op::kMultiplyScalar:
      return in(0) * node.scalar;
    case Op::kAtLeast:
      return in(0).clamp_min(node.scalar);
    case Op::kSqrt:
      return in(0).sqrt();
    case Op::kConcat: {
      std::vector<torch::Tensor> parts;
      for (std::size_t i = 0; i < node.inputs.size(); ++i) parts.push_back(in(i));
      return torch::cat(parts, node.axes[0]);
    }
    case Op::kSlice:
      return in(0).narrow(1, node.extents[0], node.extents[1] - node.extents[0]);
    case Op::kMean:
      return in(0).mean(node.axes);
    case Op::kSum:
      return in(0).sum(node.axes);
    case Op::kVariance:
      return variance(in(0));
    case Op::kSoftmax:
      return torch::softmax(in(0), node.axes[0]);
    case Op::kMatMul:
      return torch::matmul(in(0), in(1));
    case Op::kTranspose:
      return in(0).permute(node.axes);
    case Op::kReshape: {
      Extents extents = node.extents;
      for (std::size_t i = 0; i < extents.size(); ++i) {
        if (extents[i] == 0) extents[i] = in(0).size(static_cast<std::int64_t>(i));
      }
      return in(0).reshape(extents);
    }
    case Op::kUnsqueeze:
      return in(0).unsqueeze(node.axes[0]);
    case Op::kAveragePool:
      return average(in(0), node.window);
    case Op::kMaxPool:
      return maximum(in(0), node.window);
    case Op::kRepeatTime:
      return in(0).repeat_interleave(static_cast<std::int64_t>(node.scalar), -1);
    case Op::kLag: {
      const std::int64_t lag = static_cast<std::int64_t>(node.scalar), frames = in(0).size(-1) - lag;
      return in(0).narrow(-1, lag, frames) - in(0).narrow(-1, 0, frames);
    }
    case Op::kCutTime:
      return in(0).narrow(-1, 0, in(1).size(-1));
    case Op::kPadTime:
      return padded(in(0), node.extents[0], node.extents[1]);
    case Op::kUnitLength:
      return F::normalize(in(0), F::NormalizeFuncOptions().dim(1));
    case Op::kFloat32:
      return in(0).to(torch::kFloat32);
  }
  TORCH_CHECK(false, "the input is no operator");
}

void TorchNetwork::to(torch::Device device) {
  const torch::NoGradGuard no_gradient;
  for (torch::Tensor& tensor : tensors_) tensor.set_data(tensor.to(device));
}

void TorchNetwork::freeze(const std::vector<std::string>& layers) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const Parameter& parameter = network_.parameters()[i];
    const auto belongs_to = [&](const std::string& layer) {
      return layer.empty() || parameter.name.rfind(layer + ".", 0) == 0;
    };
    frozen_[i] = std::any_of(layers.begin(), layers.end(), belongs_to);
    tensors_[i].set_requires_grad(parameter.trained && !frozen_[i]);
  }
}

TorchNetwork TorchNetwork::copy() const {
  const torch::NoGradGuard no_gradient;
  TorchNetwork result = *this;
  for (torch::Tensor& tensor : result.tensors_) tensor = tensor.detach().clone();
  result.training_ = false;
  return result;
}

void TorchNetwork::copy_from(const TorchNetwork& other) {
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < tensors_.size(); ++i) tensors_[i].copy_(other.tensors_[i]);
}

std::vector<torch::Tensor> TorchNetwork::parameters() const {
  std::vector<torch::Tensor> result;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (network_.parameters()[i].trained) result.push_back(tensors_[i]);
  }
  return result;
}

std::vector<torch::Tensor> TorchNetwork::buffers() const {
  std::vector<torch::Tensor> result;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (!network_.parameters()[i].trained) result.push_back(tensors_[i]);
  }
  return result;
}

NamedTensors TorchNetwork::named_tensors() const {
  NamedTensors result;
  for (std::size_t i = 0; i < tensors_.size(); ++i) result.emplace_back(network_.parameters()[i].name, tensors_[i]);
  return result;
}

}  // namespace voiceprint::trainer
