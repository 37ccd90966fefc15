#include "run/join.h"

#include <cstdio>

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

}  // namespace

void join_networks(const std::vector<std::string>& checkpoints, const std::string& out) {
  if (checkpoints.size() < 2) throw TrainerError("give two checkpoints or more to join");
  TensorFile joined;
  Config config;
  for (std::size_t i = 0; i < checkpoints.size(); ++i) {
    const std::string& path = checkpoints[i];
    TensorFile file = read_tensor_file(path);
    const Config own = checkpoint_config(file, path);
    if (own.model.members > 1 || own.model.statistics_dim > 0)
      throw TrainerError(path + ": is joined already; give the checkpoints of its networks");
    if (own.model.kind == "statistics")
      throw TrainerError(path + ": is statistics alone; `trainer lda --checkpoint` puts them beside a network");
    if (i == 0) {
      config = own;
      joined.metadata = file.metadata;
    } else {
      require_equal_sections(own, path, config, checkpoints[0]);
    }
    const std::string prefix = file.has("average/") ? "average/" : "model/";
    for (auto& [name, tensor] : file.tensors) {
      if (name.rfind(prefix, 0) == 0)
        joined.tensors["model/" + member_scope(static_cast<std::int64_t>(i) + 1) + name.substr(prefix.size())] =
            std::move(tensor);
    }
  }
  config.model.members = static_cast<std::int64_t>(checkpoints.size());
  joined.metadata["config"] = to_json(config).dump();
  joined.metadata["num_classes"] = "0";
  write_tensor_file(out, joined);
  std::fprintf(stderr, "%s\n", out.c_str());
}

}  // namespace voiceprint::trainer
