#include "run/import.h"

#include <algorithm>
#include <map>
#include <regex>
#include <sstream>

#include "error.h"
#include "model/architectures.h"
#include "run/version.h"

namespace voiceprint::trainer {
namespace {

// A regular expression and what replaces its matches. All rules of a table apply to a name, one after the other.
struct Rule {
  const char* pattern;
  const char* replacement;
};
using Rules = std::vector<Rule>;

constexpr const char* kJoinedAttention = "attention_joined";  // attention_frame and attention_context in one

const Rules kEcapaWespeaker = {
    {R"(^layer1\.)", "input."},
    {R"(^layer2\.se_res2block\.)", "block1."},
    {R"(^layer3\.se_res2block\.)", "block2."},
    {R"(^layer4\.se_res2block\.)", "block3."},
    {R"(^(block\d)\.0\.)", "$1.expand."},
    {R"(^(block\d)\.1\.convs\.(\d+)\.)", "$1.res2.$2.conv."},
    {R"(^(block\d)\.1\.bns\.(\d+)\.)", "$1.res2.$2.norm."},
    {R"(^(block\d)\.2\.)", "$1.project."},
    {R"(^(block\d)\.3\.linear1\.)", "$1.squeeze."},
    {R"(^(block\d)\.3\.linear2\.)", "$1.excite."},
    {R"(^(input|block\d\.\w+)\.bn\.)", "$1.norm."},
    {R"(^conv\.)", "aggregate."},
    {R"(^pool\.linear1\.)", "attention_joined."},
    {R"(^pool\.linear2\.)", "attention_weight."},
    {R"(^bn\.)", "pooled_norm."},
    {R"(^linear\.)", "embed."},
    {R"(^bn2\.)", "embed_norm."},
};

const Rules kEcapa3dSpeaker = {
    {R"(\.(conv|norm)\.\1\.)", ".$1."},  // wrapped layers
    {R"(^blocks\.0\.)", "input."},
    {R"(^blocks\.(\d)\.)", "block$1."},
    {R"(^(block\d)\.tdnn1\.)", "$1.expand."},
    {R"(^(block\d)\.tdnn2\.)", "$1.project."},
    {R"(^(block\d)\.res2net_block\.blocks\.)", "$1.res2."},
    {R"(^(block\d)\.se_block\.conv1\.conv\.)", "$1.squeeze."},
    {R"(^(block\d)\.se_block\.conv2\.conv\.)", "$1.excite."},
    {R"(^mfa\.conv\.)", "aggregate."},
    {R"(^mfa\.norm\.)", "aggregate_norm."},
    {R"(^asp\.tdnn\.conv\.)", "attention_joined."},
    {R"(^asp\.tdnn\.norm\.)", "attention_norm."},
    {R"(^asp\.conv\.)", "attention_weight."},
    {R"(^asp_bn\.norm\.)", "pooled_norm."},
    {R"(^fc\.conv\.)", "embed."},
};

// Nothing is left to rename but the embedding's layers: see kEmbedding.
const Rules kResidual = {};

// Blocks with attention keep their first part apart, and count the others from 0.
const Rules kEres2NetWespeaker = {
    {R"(^(layer[34]\.\d+)\.(conv|bn)s\.1\.)", "$1.$2s.2."},
    {R"(^(layer[34]\.\d+)\.(conv|bn)s\.0\.)", "$1.$2s.1."},
    {R"(^(layer[34]\.\d+)\.(conv|bn)2_1\.)", "$1.$2s.0."},
};

const Rules kCamPlusPlus = {
    {R"(^xvector\.dense\.linear\.)", "embed."},
    {R"(^xvector\.dense\.nonlinear\.batchnorm\.)", "embed_norm."},
};

const Rules kXVector = {
    {R"(^frame_(\d)\.conv_1d\.)", "frame$1.conv."},
    {R"(^frame_(\d)\.bn\.)", "frame$1.norm."},
};

// Of every network that is no ECAPA-TDNN or CAM++, by model.embedding_layers.
const Rules kEmbedding[] = {
    {{R"(^seg_1\.)", "embed."}},
    {{R"(^seg_1\.)", "segment."}, {R"(^seg_bn_1\.)", "segment.norm."}, {R"(^seg_2\.)", "embed."}}};

struct Table {
  const char* source;
  std::regex kind;
  const Rules& rules;
};

const Rules& rules_for(const std::string& source, const std::string& kind) {
  static const std::vector<Table> tables = {
      {"wespeaker", std::regex("ecapa_tdnn.*"), kEcapaWespeaker},
      {"3dspeaker", std::regex("ecapa_tdnn.*"), kEcapa3dSpeaker},
      {"wespeaker", std::regex("resnet34|res2net"), kResidual},
      {"3dspeaker", std::regex("resnet34|res2net|eres2net.*"), kResidual},
      {"wespeaker", std::regex("eres2net.*"), kEres2NetWespeaker},
      {"wespeaker", std::regex("cam_plus_plus"), kCamPlusPlus},
      {"3dspeaker", std::regex("cam_plus_plus"), kCamPlusPlus},
      {"wespeaker", std::regex("x_vector"), kXVector},
  };
  for (const Table& table : tables) {
    if (source == table.source && std::regex_match(kind, table.kind)) return table.rules;
  }
  throw TrainerError(
      "model.kind = " + kind + " cannot be imported from " + source +
      "; known are ecapa_tdnn*, resnet34, res2net, eres2net*, cam_plus_plus and, of wespeaker, x_vector");
}

bool begins_with(const std::string& text, const std::string& start) {
  return text.rfind(start, 0) == 0;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Extents without_trailing_ones(Extents shape) {
  while (!shape.empty() && shape.back() == 1) shape.pop_back();
  return shape;
}

std::string text_of(const Extents& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

// "a, b, c and 4 more"
std::string first_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i) text += (i > 0 ? ", " : "") + names[i];
  return names.size() > kShown ? text + " and " + std::to_string(names.size() - kShown) + " more" : text;
}

// Columns [begin, end) of a matrix stored by rows.
StoredTensor columns(const StoredTensor& matrix, std::int64_t begin, std::int64_t end) {
  StoredTensor part{"F32", {matrix.shape[0], end - begin}, {}};
  const std::size_t row_bytes = matrix.data.size() / static_cast<std::size_t>(matrix.shape[0]);
  for (std::int64_t row = 0; row < matrix.shape[0]; ++row) {
    part.data.append(matrix.data, static_cast<std::size_t>(row) * row_bytes + static_cast<std::size_t>(begin) * 4,
                     static_cast<std::size_t>(end - begin) * 4);
  }
  return part;
}

using Tensors = std::map<std::string, StoredTensor>;

// attention_joined into attention_frame and, with global context, attention_context.
void split_attention(Tensors& tensors, const std::map<std::string, Extents>& shapes) {
  const std::string joined_weight = std::string(kJoinedAttention) + ".weight",
                    joined_bias = std::string(kJoinedAttention) + ".bias";
  const auto weight = tensors.find(joined_weight), bias = tensors.find(joined_bias);
  const auto frame = shapes.find("attention_frame.weight");
  if (weight == tensors.end() || frame == shapes.end()) return;
  const StoredTensor joined = weight->second;
  const Extents shape = without_trailing_ones(joined.shape);
  const std::int64_t width = frame->second[1];
  tensors.erase(weight);
  if (shape.size() == 2 && shape[1] == 3 * width && shapes.count("attention_context.weight") > 0) {
    tensors["attention_frame.weight"] = columns(joined, 0, width);
    tensors["attention_context.weight"] = columns(joined, width, 3 * width);
  } else {
    tensors["attention_frame.weight"] = joined;
  }
  if (bias == tensors.end()) return;
  tensors["attention_frame.bias"] = bias->second;
  tensors.erase(joined_bias);
}

Tensors renamed(const TensorFile& file, const std::string& path, const Rules& rules, std::int64_t embedding_layers) {
  std::vector<std::pair<std::regex, std::string>> compiled = {{std::regex(R"(^module\.)"), ""}};
  for (const Rules* part : {&rules, &kEmbedding[embedding_layers - 1]}) {
    for (const Rule& rule : *part) compiled.emplace_back(std::regex(rule.pattern), rule.replacement);
  }
  Tensors tensors;
  for (const auto& [name, tensor] : file.tensors) {
    std::string ours = name;
    for (const auto& [pattern, replacement] : compiled) ours = std::regex_replace(ours, pattern, replacement);
    if (begins_with(ours, "projection.") || begins_with(ours, "classifier.") || ends_with(ours, ".num_batches_tracked"))
      continue;
    if (!tensors.emplace(ours, tensor).second)
      throw TrainerError(path + ": two tensors stand for '" + ours + "', one of them '" + name +
                         "'; keep only the network's in the file");
  }
  return tensors;
}

}  // namespace

std::vector<std::string> import_sources() {
  return {"wespeaker", "3dspeaker"};
}

TensorFile import_tensors(const TensorFile& file, const std::string& path, const std::string& source,
                          const Config& config) {
  const std::string& kind = config.model.kind;
  Tensors tensors = renamed(file, path, rules_for(source, kind), config.model.embedding_layers);
  const Network network = build_network(config.model, feature_bins(config));
  std::map<std::string, Extents> shapes;
  for (const Parameter& parameter : network.parameters()) shapes[parameter.name] = parameter.shape;
  split_attention(tensors, shapes);

  std::vector<std::string> missing, homeless;
  for (const Parameter& parameter : network.parameters()) {
    if (tensors.count(parameter.name) == 0) missing.push_back(parameter.name);
  }
  for (const auto& entry : tensors) {
    if (shapes.count(entry.first) == 0) homeless.push_back(entry.first);
  }
  if (!missing.empty())
    throw TrainerError(
        path + ": holds nothing for " + first_of(missing) + " of model.kind = " + kind +
        "; give the --kind and the --from that the file is of, or change the model.* key that asks for the layer");
  if (!homeless.empty())
    throw TrainerError(path + ": model.kind = " + kind + " has no place for " + first_of(homeless) +
                       "; change the model.* key that adds the layer, or choose another --kind");

  TensorFile result;
  for (const auto& [name, shape] : shapes) {
    StoredTensor& tensor = tensors.at(name);
    if (tensor.dtype != "F32" || without_trailing_ones(tensor.shape) != without_trailing_ones(shape))
      throw TrainerError(path + ": tensor '" + name + "' (by our name) is " + tensor.dtype + " " +
                         text_of(tensor.shape) + ", model.kind = " + kind + " asks for F32 " + text_of(shape) +
                         "; give the sizes as overrides, for example model.channels or model.embedding_dim");
    tensor.shape = shape;
    result.tensors["model/" + name] = std::move(tensor);
  }
  result.metadata = {{"config", to_json(config).dump()},
                     {"step", "0"},
                     {"num_classes", "0"},
                     {"trainer_version", VOICEPRINT_VERSION},
                     {"git_version", git_version()},
                     {"imported_from", source}};
  return result;
}

}  // namespace voiceprint::trainer
