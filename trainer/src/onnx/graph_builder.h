// Writes an ONNX graph node by node: opset 17, batch and time dynamic.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/network.h"

namespace voiceprint::trainer {

inline constexpr int kOpset = 17;

// How weights are stored; all arithmetic is in float32.
enum class WeightType {
  kFloat32,
  kFloat16,  // half the size, behind Cast
  kInt8,     // large ones as one byte with one scale per row, behind DequantizeLinear
};

class GraphBuilder {
 public:
  explicit GraphBuilder(WeightType weight_type);

  using Value = std::string;  // a tensor's name in the graph
  using Attribute = std::pair<const char*, std::variant<std::int64_t, float, Extents, std::string>>;

  // A dimension of -1 is dynamic and called `dynamic_names` in order.
  Value input(const std::string& name, const Extents& shape, const std::vector<std::string>& dynamic_names);
  void output(const Value& value, const std::string& name, const Extents& shape,
              const std::vector<std::string>& dynamic_names);

  Value node(const char* op, const std::vector<Value>& inputs, const std::vector<Attribute>& attributes = {});
  std::vector<Value> nodes(const char* op, const std::vector<Value>& inputs, std::size_t num_outputs,
                           const std::vector<Attribute>& attributes = {});

  // A trained parameter as an initializer of its own name, stored by weight type; the same name is written once.
  Value weights(const std::string& name, const Extents& shape, const std::vector<float>& values);
  Value constant(float value);            // scalar
  Value constant(const Extents& values);  // one-dimensional int64; equal ones are written once

  // Finishes and checks the model. TrainerError when the ONNX checker refuses it.
  onnx::ModelProto finish(const std::vector<std::pair<std::string, std::string>>& metadata);

 private:
  Value store(const std::string& name, const Extents& shape, const std::vector<float>& values);

  WeightType weight_type_;
  onnx::ModelProto model_;
  std::map<Extents, Value> integers_;
  std::map<float, Value> floats_;
  std::map<std::string, Value> weights_;
  int num_values_ = 0;
};

// The float32 values of an initializer that weights() wrote, whatever its type, by name of the parameter.
std::map<std::string, std::vector<float>> stored_weights(const onnx::GraphProto& graph, const std::string& path);

}  // namespace voiceprint::trainer
