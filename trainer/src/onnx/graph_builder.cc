#include "onnx/graph_builder.h"

#include <onnx/checker.h>

#include <algorithm>
#include <cstring>

#include "error.h"
#include "run/half.h"
#include "run/quantise.h"

namespace voiceprint::trainer {
namespace {

// Opset 17 belongs to IR version 8 (the ONNX versioning table).
constexpr int kIrVersion = 8;

onnx::TensorProto raw_tensor(const std::string& name, int type, const Extents& shape, const void* data,
                             std::size_t num_bytes) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  tensor.set_raw_data(data, num_bytes);
  return tensor;
}

void set_shape(onnx::ValueInfoProto& info, const std::string& name, const Extents& shape,
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

GraphBuilder::GraphBuilder(WeightType weight_type) : weight_type_(weight_type) {
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("voiceprint trainer");
  model_.set_producer_version(VOICEPRINT_VERSION);
  auto* opset = model_.add_opset_import();
  opset->set_domain("");
  opset->set_version(kOpset);
  model_.mutable_graph()->set_name("voiceprint");
}

GraphBuilder::Value GraphBuilder::input(const std::string& name, const Extents& shape,
                                        const std::vector<std::string>& dynamic_names) {
  set_shape(*model_.mutable_graph()->add_input(), name, shape, dynamic_names);
  return name;
}

void GraphBuilder::output(const Value& value, const std::string& name, const Extents& shape,
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
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      attribute->set_type(onnx::AttributeProto::STRING);
      attribute->set_s(*text);
    } else if (const auto* real = std::get_if<float>(&value)) {
      attribute->set_type(onnx::AttributeProto::FLOAT);
      attribute->set_f(*real);
    } else {
      attribute->set_type(onnx::AttributeProto::INTS);
      for (const std::int64_t i : std::get<Extents>(value)) attribute->add_ints(i);
    }
  }
  return outputs;
}

GraphBuilder::Value GraphBuilder::node(const char* op, const std::vector<Value>& inputs,
                                       const std::vector<Attribute>& attributes) {
  return nodes(op, inputs, 1, attributes)[0];
}

GraphBuilder::Value GraphBuilder::weights(const std::string& name, const Extents& shape,
                                          const std::vector<float>& values) {
  Value& written = weights_[name];
  if (!written.empty()) return written;
  return written = store(name, shape, values);
}

GraphBuilder::Value GraphBuilder::store(const std::string& name, const Extents& shape,
                                        const std::vector<float>& values) {
  auto* graph = model_.mutable_graph();
  const auto add = [&](const std::string& stored_name, int type, const Extents& dimensions, const void* data,
                       std::size_t num_bytes) {
    *graph->add_initializer() = raw_tensor(stored_name, type, dimensions, data, num_bytes);
  };
  if (weight_type_ == WeightType::kFloat16) {
    std::vector<std::uint16_t> halves(values.size());
    std::transform(values.begin(), values.end(), halves.begin(), to_half);
    add(name + ".half", onnx::TensorProto::FLOAT16, shape, halves.data(), 2 * halves.size());
    return node("Cast", {name + ".half"}, {{"to", std::int64_t{onnx::TensorProto::FLOAT}}});
  }
  if (weight_type_ == WeightType::kFloat32 || !is_quantised(name, shape.size(), values.size())) {
    add(name, onnx::TensorProto::FLOAT, shape, values.data(), values.size() * sizeof(float));
    return name;
  }
  const QuantisedWeights rounded = quantise_rows(values, static_cast<std::size_t>(shape[0]));
  add(name + ".int8", onnx::TensorProto::INT8, shape, rounded.values.data(), rounded.values.size());
  add(name + ".scale", onnx::TensorProto::FLOAT, {shape[0]}, rounded.scales.data(),
      rounded.scales.size() * sizeof(float));
  return node("DequantizeLinear", {name + ".int8", name + ".scale"}, {{"axis", std::int64_t{0}}});
}

GraphBuilder::Value GraphBuilder::constant(float value) {
  Value& name = floats_[value];
  if (!name.empty()) return name;
  name = "c" + std::to_string(num_values_++);
  *model_.mutable_graph()->add_initializer() = raw_tensor(name, onnx::TensorProto::FLOAT, {}, &value, sizeof value);
  return name;
}

GraphBuilder::Value GraphBuilder::constant(const Extents& values) {
  Value& name = integers_[values];
  if (!name.empty()) return name;
  name = "c" + std::to_string(num_values_++);
  *model_.mutable_graph()->add_initializer() =
      raw_tensor(name, onnx::TensorProto::INT64, {static_cast<std::int64_t>(values.size())}, values.data(),
                 values.size() * sizeof(std::int64_t));
  return name;
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
    throw TrainerError(std::string("the ONNX checker refuses the graph: ") + error.what());
  }
  return model_;
}

std::map<std::string, std::vector<float>> stored_weights(const onnx::GraphProto& graph, const std::string& path) {
  std::map<std::string, const onnx::TensorProto*> by_name;
  for (const auto& tensor : graph.initializer()) by_name[tensor.name()] = &tensor;
  const auto ends_with = [](const std::string& name, const std::string& end) {
    return name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
  };
  const auto check = [&](bool holds, const std::string& name) {
    if (!holds) throw TrainerError(path + ": initializer " + name + " does not fill its shape, or lacks its scale");
  };
  std::map<std::string, std::vector<float>> result;
  for (const auto& [name, tensor] : by_name) {
    const std::string& data = tensor->raw_data();
    std::size_t count = 1;
    for (const std::int64_t extent : tensor->dims()) {
      check(extent >= 0 && (extent == 0 || count <= data.size() / static_cast<std::size_t>(extent)), name);
      count *= static_cast<std::size_t>(extent);
    }
    if (ends_with(name, ".scale")) continue;
    if (tensor->data_type() == onnx::TensorProto::FLOAT && name.find('.') != std::string::npos) {
      check(data.size() == count * sizeof(float), name);
      std::vector<float>& values = result[name];
      values.resize(count);
      std::memcpy(values.data(), data.data(), data.size());
    } else if (tensor->data_type() == onnx::TensorProto::FLOAT16 && ends_with(name, ".half")) {
      check(data.size() == count * 2, name);
      std::vector<std::uint16_t> halves(count);
      std::memcpy(halves.data(), data.data(), data.size());
      std::vector<float>& values = result[name.substr(0, name.size() - 5)];
      for (const std::uint16_t half : halves) values.push_back(from_half(half));
    } else if (tensor->data_type() == onnx::TensorProto::INT8 && ends_with(name, ".int8")) {
      const std::string base = name.substr(0, name.size() - 5);
      const auto scale = by_name.find(base + ".scale");
      check(data.size() == count && tensor->dims_size() > 0 && tensor->dims(0) > 0 && scale != by_name.end(), name);
      const auto rows = static_cast<std::size_t>(tensor->dims(0));
      check(scale->second->raw_data().size() == rows * sizeof(float), base + ".scale");
      std::vector<float> scales(rows);
      std::memcpy(scales.data(), scale->second->raw_data().data(), rows * sizeof(float));
      std::vector<float>& values = result[base];
      for (std::size_t i = 0; i < count; ++i)
        values.push_back(static_cast<float>(static_cast<signed char>(data[i])) * scales[i / (count / rows)]);
    }
  }
  return result;
}

}  // namespace voiceprint::trainer
