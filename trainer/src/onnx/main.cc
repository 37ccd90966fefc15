// trainer-onnx write | weights | metadata: checkpoint -> ONNX, ONNX -> weights that the trainer can load again, and
// what the ONNX file says of itself.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "error.h"
#include "onnx/ecapa_tdnn_graph.h"
#include "run/config.h"
#include "run/write_file.h"

namespace {

using namespace voiceprint::trainer;

void write_model(const std::string& checkpoint, const std::string& metadata_path, bool int8_weights,
                 const std::string& out) {
  const TensorFile file = read_tensor_file(checkpoint);
  const auto config = file.metadata.find("config");
  if (config == file.metadata.end())
    throw TrainerError(checkpoint + ": is no checkpoint of this trainer (its metadata has no \"config\")");
  const ModelConfig model = config_from_json(nlohmann::json::parse(config->second), checkpoint).model;
  const bool averaged = file.tensors.count("average/embed.weight") > 0;
  GraphBuilder graph(file, checkpoint, averaged ? "average/" : "model/", int8_weights);
  build_ecapa_tdnn(graph, model);
  std::vector<std::pair<std::string, std::string>> metadata;
  const auto entries = nlohmann::json::parse(read_file(metadata_path));
  for (const auto& [key, value] : entries.items()) metadata.emplace_back(key, value.dump());
  std::string bytes;
  if (!graph.finish(metadata).SerializeToString(&bytes))
    throw TrainerError(out + ": the model could not be serialised");
  write_file_atomically(out, bytes);
}

onnx::ModelProto read_model(const std::string& path) {
  onnx::ModelProto model;
  if (!model.ParseFromString(read_file(path))) throw TrainerError(path + ": is no ONNX file, or was cut");
  return model;
}

// The initializers back as float tensors "model/<parameter>", with the training configuration.
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
  std::map<std::string, const onnx::TensorProto*> by_name;
  for (const auto& tensor : model.graph().initializer()) by_name[tensor.name()] = &tensor;
  constexpr std::string_view kInt8 = ".int8";
  for (const auto& [name, tensor] : by_name) {
    const bool int8 = name.size() > kInt8.size() && name.compare(name.size() - kInt8.size(), kInt8.size(), kInt8) == 0;
    if (name.find('.') == std::string::npos || (!int8 && name.find(".scale") != std::string::npos)) continue;
    StoredTensor stored{"F32", {tensor->dims().begin(), tensor->dims().end()}, {}};
    if (!int8) {
      stored.data = tensor->raw_data();
    } else {
      const std::string base = name.substr(0, name.size() - kInt8.size());
      const auto scale = by_name.find(base + ".scale");
      if (scale == by_name.end() || stored.shape.empty() || stored.shape[0] <= 0)
        throw TrainerError(path + ": " + name + " has no scale");
      const auto* scales = reinterpret_cast<const float*>(scale->second->raw_data().data());
      const std::string& values = tensor->raw_data();
      const std::size_t rows = static_cast<std::size_t>(stored.shape[0]), row_size = values.size() / rows;
      if (scale->second->raw_data().size() != rows * sizeof(float))
        throw TrainerError(path + ": " + base + ".scale has the wrong length");
      std::vector<float> weights(values.size());
      for (std::size_t i = 0; i < values.size(); ++i)
        weights[i] = static_cast<float>(static_cast<signed char>(values[i])) * scales[i / row_size];
      stored.data.assign(reinterpret_cast<const char*>(weights.data()), weights.size() * sizeof(float));
      file.tensors.emplace("model/" + base, std::move(stored));
      continue;
    }
    if (stored.data.size() != static_cast<std::size_t>(stored.num_elements()) * sizeof(float))
      throw TrainerError(path + ": " + name + " does not fill its shape");
    file.tensors.emplace("model/" + name, std::move(stored));
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
  write->add_option("--metadata", metadata, "JSON object: its entries become the ONNX metadata")->required();
  write->add_option("--weights", weights, "int8 or fp32")
      ->check(CLI::IsMember({"int8", "fp32"}))
      ->capture_default_str();
  write->add_option("--out", out)->required();
  write->callback([&] { write_model(checkpoint, metadata, weights == "int8", out); });
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
