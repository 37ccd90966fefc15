#include "run/pretrained.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "error.h"
#include "run/checkpoint.h"

namespace voiceprint::trainer {
namespace {

bool has_tensors_under(const TensorFile& file, const std::string& prefix) {
  const auto next = file.tensors.lower_bound(prefix);
  return next != file.tensors.end() && next->first.rfind(prefix, 0) == 0;
}

// Where the file keeps the network: "" for a file that holds nothing else.
std::string network_prefix(const TensorFile& file) {
  for (const char* prefix : {"average/", "model/"}) {
    if (has_tensors_under(file, prefix)) return prefix;
  }
  return "";
}

std::vector<std::int64_t> without_trailing_ones(std::vector<std::int64_t> shape) {
  while (!shape.empty() && shape.back() == 1) shape.pop_back();
  return shape;
}

torch::Tensor tensor_of(const StoredTensor& stored) {
  torch::Tensor tensor = torch::empty(stored.shape, torch::kFloat32);
  std::memcpy(tensor.data_ptr(), stored.data.data(), stored.data.size());
  return tensor;
}

void load_network(const TensorFile& file, TrainingState& state, PretrainedReport& report) {
  const std::string prefix = network_prefix(file);
  std::set<std::string> known;
  for (const auto& [name, tensor] : state.model.named_tensors()) {
    known.insert(prefix + name);
    const auto found = file.tensors.find(prefix + name);
    if (found == file.tensors.end()) {
      report.missing.push_back(name);
    } else if (found->second.dtype != "F32" ||
               without_trailing_ones(found->second.shape) != without_trailing_ones(tensor.sizes().vec())) {
      report.other_shape.push_back(name);
    } else {
      tensor.detach().copy_(tensor_of(found->second).view(tensor.sizes()));
      report.loaded.push_back(name);
    }
  }
  for (auto entry = file.tensors.lower_bound(prefix); entry != file.tensors.end() && entry->first.rfind(prefix, 0) == 0;
       ++entry) {
    if (known.count(entry->first) == 0) report.unused.push_back(entry->first.substr(prefix.size()));
  }
  state.average.copy_from(state.model);
}

// Classes are numbered speaker + speed * speakers, each with sub-centers of its own.
void load_head(const TensorFile& file, const std::string& path, TrainingState& state, PretrainedReport& report) {
  const std::vector<std::string> theirs = checkpoint_speakers(file);
  const auto stored = file.tensors.find("head/weight");
  report.classes = state.head->num_classes();
  if (theirs.empty() || state.speakers.empty() || stored == file.tensors.end()) return;
  const auto old_speakers = static_cast<std::int64_t>(theirs.size()),
             new_speakers = static_cast<std::int64_t>(state.speakers.size()),
             old_classes = checkpoint_number(file, path, "num_classes");
  const torch::Tensor old_weight = tensor_of(stored->second), weight = state.head->weight.detach();
  const std::int64_t centers = weight.size(0) / report.classes;
  if (old_classes < 1 || old_weight.dim() != 2 || old_weight.size(1) != weight.size(1) ||
      old_weight.size(0) != old_classes * centers)
    return;  // another embedding, or another number of sub-centers
  torch::Tensor old_bias;
  const auto stored_bias = file.tensors.find("head/bias");
  if (stored_bias != file.tensors.end() && state.head->bias.defined() &&
      stored_bias->second.num_elements() == (state.head->bias.size(0) == 1 ? 1 : old_classes))
    old_bias = tensor_of(stored_bias->second).reshape(-1);

  std::map<std::string, std::int64_t> index;
  for (std::int64_t i = 0; i < old_speakers; ++i) index[theirs[static_cast<std::size_t>(i)]] = i;
  for (std::int64_t i = 0; i < report.classes; ++i) {
    const auto found = index.find(state.speakers[static_cast<std::size_t>(i % new_speakers)]);
    if (found == index.end()) continue;
    const std::int64_t old = found->second + i / new_speakers * old_speakers;
    if (old >= old_classes) continue;
    weight.narrow(0, i * centers, centers).copy_(old_weight.narrow(0, old * centers, centers));
    if (old_bias.defined() && old_bias.size(0) == old_classes) state.head->bias.detach()[i].copy_(old_bias[old]);
    ++report.classes_kept;
  }
  if (old_bias.defined() && old_bias.size(0) == 1 && report.classes_kept > 0) state.head->bias.detach().copy_(old_bias);
}

}  // namespace

PretrainedReport load_pretrained(const std::string& path, const Config& config, TrainingState& state) {
  const torch::NoGradGuard no_gradient;
  const TensorFile file = read_tensor_file(path);
  if (file.metadata.count("config") > 0) {
    const std::string kind = checkpoint_config(file, path).model.kind;
    if (kind != config.model.kind)
      throw TrainerError(path + ": run.init was trained with model.kind = " + kind + ", the configuration says " +
                         config.model.kind + "; set model.kind=" + kind);
  }
  PretrainedReport report;
  load_network(file, state, report);
  if (report.loaded.empty())
    throw TrainerError(path + ": run.init holds no tensor that fits model.kind = " + config.model.kind +
                       (report.unused.empty() ? "" : " (its first is '" + report.unused.front() + "')") +
                       "; is it of that architecture? Weights of other trainers first go through `trainer import`");
  if (config.run.init_head) load_head(file, path, state, report);
  return report;
}

std::string format_report(const PretrainedReport& report) {
  std::string text;
  const auto line = [&](const char* outcome, const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 3;
    if (names.empty()) return;
    char start[80];
    std::snprintf(start, sizeof start, "  %-44s %5zu  ", outcome, names.size());
    text += start;
    for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i) text += (i > 0 ? ", " : "") + names[i];
    text += names.size() > kShown ? ", ...\n" : "\n";
  };
  line("loaded", report.loaded);
  line("other shape, left as initialised", report.other_shape);
  line("not in the file, left as initialised", report.missing);
  line("of the file, not used", report.unused);
  if (report.classes_kept > 0)
    text += "  head: rows of " + std::to_string(report.classes_kept) + " of " + std::to_string(report.classes) +
            " classes\n";
  else
    text += "  head: new\n";
  return text;
}

}  // namespace voiceprint::trainer
