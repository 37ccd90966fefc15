#include "run/join.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "error.h"
#include "model/architectures.h"
#include "run/checkpoint.h"

namespace voiceprint::trainer {
namespace {

// TrainerError names the first key that differs.
void require_equal_sections(const Config& config, const std::string& path, const Config& first,
                            const std::string& first_path) {
  const nlohmann::json here = to_json(config), there = to_json(first);
  for (const char* section : {"model", "features"}) {
    for (const auto& [key, value] : here.at(section).items()) {
      if (value != there.at(section).at(key))
        throw TrainerError(path + ": " + section + "." + key + " is " + value.dump() + ", but " +
                           there.at(section).at(key).dump() + " in " + first_path +
                           "; only networks of one shape can be joined");
    }
  }
}

struct Networks {
  Config config;                                // the first one's
  std::map<std::string, std::string> metadata;  // the first one's
  std::vector<std::map<std::string, StoredTensor>> tensors;
};

// Of each checkpoint the averaged network, or the last where there is no average.
Networks read_networks(const std::vector<std::string>& checkpoints) {
  if (checkpoints.size() < 2) throw TrainerError("give two checkpoints or more to join");
  Networks networks;
  for (const std::string& path : checkpoints) {
    TensorFile file = read_tensor_file(path);
    const Config config = checkpoint_config(file, path);
    if (config.model.members > 1 || config.model.statistics_dim > 0)
      throw TrainerError(path + ": is joined already; give the checkpoints of its networks");
    if (config.model.kind == "statistics")
      throw TrainerError(path + ": is statistics alone; `trainer lda --checkpoint` puts them beside a network");
    if (networks.tensors.empty())
      networks.config = config, networks.metadata = file.metadata;
    else
      require_equal_sections(config, path, networks.config, checkpoints[0]);
    const std::string prefix = file.has("average/") ? "average/" : "model/";
    std::map<std::string, StoredTensor>& tensors = networks.tensors.emplace_back();
    for (auto& [name, tensor] : file.tensors) {
      if (name.rfind(prefix, 0) == 0) tensors[name.substr(prefix.size())] = std::move(tensor);
    }
  }
  return networks;
}

void write_network(Networks& networks, std::map<std::string, StoredTensor> tensors, const std::string& out) {
  networks.metadata["config"] = to_json(networks.config).dump();
  networks.metadata["num_classes"] = "0";
  write_tensor_file(out, {std::move(networks.metadata), std::move(tensors)});
  std::fprintf(stderr, "%s\n", out.c_str());
}

}  // namespace

void join_networks(const std::vector<std::string>& checkpoints, const std::string& out) {
  Networks networks = read_networks(checkpoints);
  std::map<std::string, StoredTensor> joined;
  for (std::size_t i = 0; i < checkpoints.size(); ++i) {
    for (auto& [name, tensor] : networks.tensors[i])
      joined["model/" + member_scope(static_cast<std::int64_t>(i) + 1) + name] = std::move(tensor);
  }
  networks.config.model.members = static_cast<std::int64_t>(checkpoints.size());
  write_network(networks, std::move(joined), out);
}

void average_networks(const std::vector<std::string>& checkpoints, const std::string& out) {
  Networks networks = read_networks(checkpoints);
  std::map<std::string, StoredTensor> averaged;
  for (auto& [name, first] : networks.tensors[0]) {
    std::vector<double> sum(static_cast<std::size_t>(first.num_elements()));
    for (std::size_t i = 0; i < checkpoints.size(); ++i) {
      const auto found = networks.tensors[i].find(name);
      if (found == networks.tensors[i].end() || found->second.shape != first.shape)
        throw TrainerError(checkpoints[i] + ": its tensor '" + name +
                           "' is missing or has another shape than that of " + checkpoints[0] +
                           "; only networks of one shape can be averaged");
      const std::vector<float> values = found->second.floats();
      std::transform(sum.begin(), sum.end(), values.begin(), sum.begin(), std::plus<>());
    }
    std::vector<float> mean(sum.size());
    std::transform(sum.begin(), sum.end(), mean.begin(),
                   [&](double total) { return static_cast<float>(total / static_cast<double>(checkpoints.size())); });
    first.data.assign(reinterpret_cast<const char*>(mean.data()), mean.size() * sizeof(float));
    averaged["model/" + name] = std::move(first);
  }
  write_network(networks, std::move(averaged), out);
}

}  // namespace voiceprint::trainer
