#include "onnx/graph_builder.h"

#include <onnx/checker.h>

#include "error.h"
#include "run/quantise.h"

namespace voiceprint::trainer {
namespace {

// Opset 17 belongs to IR version 8 (the ONNX versioning table).
constexpr int kIrVersion = 8;

onnx::TensorProto raw_tensor(const std::string& name, int type, const std::vector<std::int64_t>& shape,
                             const void* data, std::size_t num_bytes) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  tensor.set_raw_data(data, num_bytes);
  return tensor;
}

void set_shape(onnx::ValueInfoProto& info, const std::string& name, const std::vector<std::int64_t>& shape,
               const std::vector<std::string>& dynamic_names) {
  info.set_name(name);
  auto* tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(onnx::TensorProto::FLOAT);
  std::size_t next = 0;
  for (const std::int64_t extent : shape) {
    auto* dimension = tensor->mutable_shape()->add_dim();
    if (extent >= 0)
      dimension->set_dim_value(extent);
    else
      dimension->set_dim_param(dynamic_names.at(next++));
  }
}

}  // namespace

GraphBuilder::GraphBuilder(const TensorFile& weights, std::string path, std::string prefix, bool int8_weights)
    : weights_(weights), path_(std::move(path)), prefix_(std::move(prefix)), int8_weights_(int8_weights) {
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("voiceprint trainer");
  model_.set_producer_version(VOICEPRINT_VERSION);
  auto* opset = model_.add_opset_import();
  opset->set_domain("");
  opset->set_version(kOpset);
  model_.mutable_graph()->set_name("voiceprint");
}

GraphBuilder::Value GraphBuilder::input(const std::string& name, const std::vector<std::int64_t>& shape,
                                        const std::vector<std::string>& dynamic_names) {
  set_shape(*model_.mutable_graph()->add_input(), name, shape, dynamic_names);
  return name;
}

void GraphBuilder::output(const Value& value, const std::string& name, const std::vector<std::int64_t>& shape,
                          const std::vector<std::string>& dynamic_names) {
  auto* node = model_.mutable_graph()->add_node();
  node->set_op_type("Identity");
  node->add_input(value);
  node->add_output(name);
  set_shape(*model_.mutable_graph()->add_output(), name, shape, dynamic_names);
}

std::vector<GraphBuilder::Value> GraphBuilder::nodes(const char* op, const std::vector<Value>& inputs,
                                                     std::size_t num_outputs,
                                                     const std::vector<Attribute>& attributes) {
  auto* node = model_.mutable_graph()->add_node();
  node->set_op_type(op);
  for (const Value& in : inputs) node->add_input(in);
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < num_outputs; ++i) {
    outputs.push_back("v" + std::to_string(num_values_++));
    node->add_output(outputs.back());
  }
  for (const auto& [name, value] : attributes) {
    auto* attribute = node->add_attribute();
    attribute->set_name(name);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      attribute->set_type(onnx::AttributeProto::INT);
      attribute->set_i(*whole);
    } else if (const auto* real = std::get_if<float>(&value)) {
      attribute->set_type(onnx::AttributeProto::FLOAT);
      attribute->set_f(*real);
    } else {
      attribute->set_type(onnx::AttributeProto::INTS);
      for (const std::int64_t i : std::get<std::vector<std::int64_t>>(value)) attribute->add_ints(i);
    }
  }
  return outputs;
}

GraphBuilder::Value GraphBuilder::node(const char* op, const std::vector<Value>& inputs,
                                       const std::vector<Attribute>& attributes) {
  return nodes(op, inputs, 1, attributes)[0];
}

GraphBuilder::Value GraphBuilder::parameter(const std::string& name) {
  const StoredTensor& stored = weights_.at(prefix_ + name, path_);
  auto* graph = model_.mutable_graph();
  const std::vector<float> values = stored.floats();
  if (!int8_weights_ || !is_quantised(stored.shape.size(), values.size())) {
    *graph->add_initializer() =
        raw_tensor(name, onnx::TensorProto::FLOAT, stored.shape, stored.data.data(), stored.data.size());
    return name;
  }
  const std::int64_t rows = stored.shape[0];
  const QuantisedWeights rounded = quantise_rows(values, static_cast<std::size_t>(rows));
  *graph->add_initializer() =
      raw_tensor(name + ".int8", onnx::TensorProto::INT8, stored.shape, rounded.values.data(), rounded.values.size());
  *graph->add_initializer() = raw_tensor(name + ".scale", onnx::TensorProto::FLOAT, {rows}, rounded.scales.data(),
                                         rounded.scales.size() * sizeof(float));
  return node("DequantizeLinear", {name + ".int8", name + ".scale"}, {{"axis", std::int64_t{0}}});
}

GraphBuilder::Value GraphBuilder::constant(float value) {
  const std::string name = "c" + std::to_string(num_values_++);
  *model_.mutable_graph()->add_initializer() = raw_tensor(name, onnx::TensorProto::FLOAT, {}, &value, sizeof value);
  return name;
}

GraphBuilder::Value GraphBuilder::constant(const std::vector<std::int64_t>& values) {
  const std::string name = "c" + std::to_string(num_values_++);
  *model_.mutable_graph()->add_initializer() =
      raw_tensor(name, onnx::TensorProto::INT64, {static_cast<std::int64_t>(values.size())}, values.data(),
                 values.size() * sizeof(std::int64_t));
  return name;
}

GraphBuilder::Value GraphBuilder::conv1d(const std::string& layer, const Value& x, std::int64_t kernel,
                                         std::int64_t dilation) {
  const std::int64_t pad = (kernel - 1) / 2 * dilation;
  using Ints = std::vector<std::int64_t>;
  return node("Conv", {x, parameter(layer + ".weight"), parameter(layer + ".bias")},
              {{"kernel_shape", Ints{kernel}},
               {"dilations", Ints{dilation}},
               {"pads", Ints{pad, pad}},
               {"strides", Ints{1}},
               {"group", std::int64_t{1}}});
}

GraphBuilder::Value GraphBuilder::batch_norm(const std::string& layer, const Value& x) {
  return node("BatchNormalization",
              {x, parameter(layer + ".weight"), parameter(layer + ".bias"), parameter(layer + ".running_mean"),
               parameter(layer + ".running_var")},
              {{"epsilon", 1e-5f}});
}

GraphBuilder::Value GraphBuilder::linear(const std::string& layer, const Value& x, bool bias) {
  std::vector<Value> inputs = {x, parameter(layer + ".weight")};
  if (bias) inputs.push_back(parameter(layer + ".bias"));
  return node("Gemm", inputs, {{"transB", std::int64_t{1}}});
}

onnx::ModelProto GraphBuilder::finish(const std::vector<std::pair<std::string, std::string>>& metadata) {
  for (const auto& [key, value] : metadata) {
    auto* entry = model_.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
  try {
    onnx::checker::check_model(model_);
  } catch (const std::exception& error) {
    throw TrainerError(path_ + ": the ONNX checker refuses the graph: " + error.what());
  }
  return model_;
}

}  // namespace voiceprint::trainer
