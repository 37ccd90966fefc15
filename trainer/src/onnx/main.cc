// trainer-onnx write | head | weights | metadata: checkpoint -> ONNX (network, or classification head), ONNX -> weights
// that the trainer can load again, and what the ONNX file says of itself.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>

#include "error.h"
#include "model/architectures.h"
#include "onnx/network_graph.h"
#include "run/config.h"
#include "run/write_file.h"

namespace {

using namespace voiceprint::trainer;

Network network_of(const nlohmann::json& config, const std::string& path) {
  const Config whole = config_from_json(config, path);
  return build_network(whole.model, feature_bins(whole));
}

WeightType weight_type(const std::string& name) {
  return name == "int8" ? WeightType::kInt8 : name == "fp16" ? WeightType::kFloat16 : WeightType::kFloat32;
}

void save(GraphBuilder& graph, const std::vector<std::pair<std::string, std::string>>& metadata,
          const std::string& out) {
  std::string bytes;
  if (!graph.finish(metadata).SerializeToString(&bytes))
    throw TrainerError(out + ": the model could not be serialised");
  write_file_atomically(out, bytes);
}

void write_model(const std::string& checkpoint, const std::string& metadata_path, const std::string& weights,
                 const std::string& out) {
  const TensorFile file = read_tensor_file(checkpoint);
  const auto config = file.metadata.find("config");
  if (config == file.metadata.end())
    throw TrainerError(checkpoint + ": is no checkpoint of this trainer (its metadata has no \"config\")");
  const Network network = network_of(nlohmann::json::parse(config->second), checkpoint);
  const bool averaged = file.has("average/");
  GraphBuilder graph(weight_type(weights));
  build_graph(graph, network, fold(network, weights_of(network, file, checkpoint, averaged ? "average/" : "model/")));
  std::vector<std::pair<std::string, std::string>> metadata;
  if (!metadata_path.empty()) {
    const auto entries = nlohmann::json::parse(read_file(metadata_path));
    for (const auto& [key, value] : entries.items()) metadata.emplace_back(key, value.dump());
  } else {
    metadata.emplace_back("training", nlohmann::json({{"config", nlohmann::json::parse(config->second)}}).dump());
  }
  save(graph, metadata, out);
}

// The classification head of a checkpoint: "embedding" [batch, embedding_dim] to "cosine" [batch, classes], the nearest
// of each class's sub-centers. With loss.kind = cross_entropy the output is the linear layer's "logits".
void write_head(const std::string& checkpoint, const std::string& out) {
  const TensorFile file = read_tensor_file(checkpoint);
  const auto text = file.metadata.find("config");
  if (text == file.metadata.end())
    throw TrainerError(checkpoint + ": is no checkpoint of this trainer (its metadata has no \"config\")");
  const Config config = config_from_json(nlohmann::json::parse(text->second), checkpoint);
  const StoredTensor& weight = file.at("head/weight", checkpoint);
  if (weight.shape.size() != 2) throw TrainerError(checkpoint + ": head/weight is no matrix");
  std::vector<float> rows = weight.floats();
  const std::int64_t size = weight.shape[1], sub_centers = config.loss.sub_centers;
  const bool linear = config.loss.kind == "cross_entropy";
  for (std::size_t row = 0; !linear && row < static_cast<std::size_t>(weight.shape[0]); ++row) {
    const auto vector = std::span(rows).subspan(row * static_cast<std::size_t>(size), static_cast<std::size_t>(size));
    double sum = 0;
    for (const float x : vector) sum += static_cast<double>(x) * x;
    for (float& x : vector) x = static_cast<float>(x / std::max(std::sqrt(sum), 1e-12));
  }
  GraphBuilder graph(WeightType::kFloat32);
  const auto embedding = graph.input("embedding", {-1, size}, {"batch"});
  std::vector<GraphBuilder::Value> inputs = {embedding, graph.weights("head.weight", weight.shape, rows)};
  if (linear) {
    const StoredTensor& bias = file.at("head/bias", checkpoint);
    inputs.push_back(graph.weights("head.bias", bias.shape, bias.floats()));
  }
  auto scores = graph.node("Gemm", inputs, {{"transB", std::int64_t{1}}});
  if (sub_centers > 1) {
    scores = graph.node("Reshape", {scores, graph.constant(Extents{0, -1, sub_centers})});
    scores = graph.node("ReduceMax", {scores}, {{"axes", Extents{2}}, {"keepdims", std::int64_t{0}}});
  }
  graph.output(scores, linear ? "logits" : "cosine", {-1, weight.shape[0] / sub_centers}, {"batch"});
  save(graph, {}, out);
}

onnx::ModelProto read_model(const std::string& path) {
  onnx::ModelProto model;
  if (!model.ParseFromString(read_file(path))) throw TrainerError(path + ": is no ONNX file, or was cut");
  return model;
}

// The weights back as float tensors "model/<parameter>", with the training configuration.
void read_weights(const std::string& path, const std::string& out) {
  const onnx::ModelProto model = read_model(path);
  TensorFile file;
  for (const auto& entry : model.metadata_props()) {
    if (entry.key() != "training") continue;
    const auto training = nlohmann::json::parse(entry.value(), nullptr, false);
    if (training.is_object() && training.contains("config")) file.metadata["config"] = training["config"].dump();
  }
  if (file.metadata.empty())
    throw TrainerError(path + ": holds no training configuration; it was not written by this trainer");
  const Network network = network_of(nlohmann::json::parse(file.metadata["config"]), path);
  const Weights weights = unfolded(network, stored_weights(model.graph(), path));
  for (const Parameter& parameter : network.parameters()) {
    const auto found = weights.find(parameter.name);
    StoredTensor stored{"F32", parameter.shape, {}};
    if (found == weights.end() || static_cast<std::int64_t>(found->second.size()) != stored.num_elements())
      throw TrainerError(path + ": has no usable " + parameter.name + "; it was written by another version");
    stored.data.assign(reinterpret_cast<const char*>(found->second.data()), found->second.size() * sizeof(float));
    file.tensors.emplace("model/" + parameter.name, std::move(stored));
  }
  write_tensor_file(out, file);
}

// The metadata as one JSON object.
void print_metadata(const std::string& path) {
  const onnx::ModelProto model = read_model(path);
  nlohmann::json out = nlohmann::json::object();
  for (const auto& entry : model.metadata_props()) out[entry.key()] = nlohmann::json::parse(entry.value());
  std::printf("%s\n", out.dump(2).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes ONNX from a checkpoint; `trainer export` runs it.", "trainer-onnx");
  app.require_subcommand(1);
  std::string checkpoint, metadata, weights = "int8", out, model;
  CLI::App* write = app.add_subcommand("write", "Checkpoint to ONNX");
  write->add_option("checkpoint", checkpoint)->required();
  write->add_option("--metadata", metadata, "JSON object: its entries become the ONNX metadata");
  write->add_option("--weights", weights, "How weights are stored; arithmetic is in fp32")
      ->check(CLI::IsMember({"int8", "fp16", "fp32"}))
      ->capture_default_str();
  write->add_option("--out", out)->required();
  write->callback([&] { write_model(checkpoint, metadata, weights, out); });
  CLI::App* head = app.add_subcommand("head", "The classification head of a checkpoint to an ONNX file of its own");
  head->add_option("checkpoint", checkpoint)->required();
  head->add_option("--out", out)->required();
  head->callback([&] { write_head(checkpoint, out); });
  CLI::App* read = app.add_subcommand("weights", "ONNX back to weights");
  read->add_option("model", model)->required();
  read->add_option("--out", out)->required();
  read->callback([&] { read_weights(model, out); });
  CLI::App* show = app.add_subcommand("metadata", "Print an ONNX file's metadata as JSON");
  show->add_option("model", model)->required();
  show->callback([&] { print_metadata(model); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "trainer-onnx: %s\n", error.what());
    return 1;
  }
  return 0;
}
