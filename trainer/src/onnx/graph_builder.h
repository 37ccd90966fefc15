// Writes an ONNX graph node by node: opset 17, no Shape chains, batch and time dynamic.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "run/safetensors.h"

namespace voiceprint::trainer {

inline constexpr int kOpset = 17;

class GraphBuilder {
 public:
  // `weights` supplies parameters by name under `prefix`; `path` is named in errors.
  GraphBuilder(const TensorFile& weights, std::string path, std::string prefix, bool int8_weights);

  using Value = std::string;  // a tensor's name in the graph
  using Attribute = std::pair<const char*, std::variant<std::int64_t, float, std::vector<std::int64_t>>>;

  // A dimension of -1 is dynamic and called `dynamic_names` in order.
  Value input(const std::string& name, const std::vector<std::int64_t>& shape,
              const std::vector<std::string>& dynamic_names);
  void output(const Value& value, const std::string& name, const std::vector<std::int64_t>& shape,
              const std::vector<std::string>& dynamic_names);

  Value node(const char* op, const std::vector<Value>& inputs, const std::vector<Attribute>& attributes = {});
  std::vector<Value> nodes(const char* op, const std::vector<Value>& inputs, std::size_t num_outputs,
                           const std::vector<Attribute>& attributes = {});

  // A trained parameter as an initializer of its own name; large weights become int8 with one scale per row, behind
  // DequantizeLinear.
  Value parameter(const std::string& name);
  Value constant(float value);                              // scalar
  Value constant(const std::vector<std::int64_t>& values);  // one-dimensional

  // Layers that every architecture is made of, from the parameters below `layer`.
  Value conv1d(const std::string& layer, const Value& x, std::int64_t kernel = 1,
               std::int64_t dilation = 1);  // "same" padding with zeros
  Value batch_norm(const std::string& layer, const Value& x);
  Value linear(const std::string& layer, const Value& x, bool bias = true);

  // Finishes and checks the model. TrainerError when the ONNX checker refuses it.
  onnx::ModelProto finish(const std::vector<std::pair<std::string, std::string>>& metadata);

 private:
  const TensorFile& weights_;
  std::string path_, prefix_;
  bool int8_weights_;
  onnx::ModelProto model_;
  int num_values_ = 0;
};

}  // namespace voiceprint::trainer
