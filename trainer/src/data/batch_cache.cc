#include "data/batch_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/pack.h"
#include "error.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

// STEP.batch: this header in the machine's byte order, then labels [crops] int64, then features [crops][frames][bins]
// float16 (training
// in bfloat16 rounds more). A folder is of one machine, or of machines of one kind.
struct Header {
  std::array<char, 8> magic = {'V', 'P', 'B', 'A', 'T', 'C', 'H', '1'};
  std::int64_t crops = 0, frames = 0, bins = 0;
};

// Held by whoever makes a step's batch; released when the process ends, however it does.
class StepLock {
 public:
  explicit StepLock(const std::string& path) : file_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (file_ < 0 || flock(file_, LOCK_EX) != 0) {
      const std::string reason = std::strerror(errno);
      if (file_ >= 0) close(file_);
      throw TrainerError(path + ": " + reason + "; data.cache must be a folder that can be written to");
    }
  }
  StepLock(const StepLock&) = delete;
  StepLock& operator=(const StepLock&) = delete;
  ~StepLock() { close(file_); }

 private:
  int file_;
};

// The same wherever the pack lies.
nlohmann::json identity_of(const Pack& pack) {
  return {{"recordings", pack.records().size()}, {"sha256", pack.sha256()}};
}

nlohmann::json identity_of(const std::string& folder, const std::string& setting) {
  return folder.empty() ? nlohmann::json() : identity_of(Pack(folder, setting));
}

nlohmann::json contents_of(const Config& config, const Pack& pack) {
  const nlohmann::json all = to_json(config);
  nlohmann::json data = all.at("data");
  for (const char* key : {"cache", "on_device", "loader_threads", "prefetch"}) data.erase(key);
  data["pack"] = identity_of(pack);
  data["noise_pack"] = identity_of(config.data.noise_pack, "data.noise_pack");
  data["rir_pack"] = identity_of(config.data.rir_pack, "data.rir_pack");
  return {{"data", data},
          {"features", all.at("features")},
          {"augment", all.at("augment")},
          {"run", {{"seed", config.run.seed}}}};
}

void require_same(const nlohmann::json& kept, const nlohmann::json& wanted, const std::string& path) {
  for (const auto& [section, keys] : wanted.items()) {
    for (const auto& [key, value] : keys.items()) {
      const nlohmann::json* const there =
          kept.contains(section) && kept[section].contains(key) ? &kept[section][key] : nullptr;
      if (there != nullptr && *there == value) continue;
      throw TrainerError(path + ": these batches were made with " + section + "." + key + " = " +
                         (there ? there->dump() : "(not noted by an earlier version)") + ", this run has " +
                         value.dump() + "; give data.cache another folder, or empty this one");
    }
  }
}

void write_batch(const Batch& batch, const std::string& path) {
  const Header header{
      .crops = batch.features.size(0), .frames = batch.features.size(1), .bins = batch.features.size(2)};
  write_file_atomically(path, [&](const ByteSink& sink) {
    sink(&header, sizeof header);
    sink(batch.labels.const_data_ptr(), batch.labels.nbytes());
    const torch::Tensor rounded = batch.features.to(torch::kFloat16);
    sink(rounded.const_data_ptr(), rounded.nbytes());
  });
}

Batch read_batch(const std::string& path, bool pinned) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) throw TrainerError(path + ": " + std::strerror(errno));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> closer(file, std::fclose);
  Header header;
  Batch batch;
  const auto size = static_cast<std::int64_t>(fs::file_size(path));
  const auto sane = [](std::int64_t extent) { return extent > 0 && extent < (1 << 24); };
  if (std::fread(&header, sizeof header, 1, file) == 1 && header.magic == Header().magic && sane(header.crops) &&
      sane(header.frames) && sane(header.bins) &&
      size == static_cast<std::int64_t>(sizeof header) + header.crops * (8 + 2 * header.frames * header.bins)) {
    const auto options = torch::TensorOptions().pinned_memory(pinned);
    batch.features = torch::empty({header.crops, header.frames, header.bins}, options);
    batch.labels = torch::empty({header.crops}, options.dtype(torch::kInt64));
    const torch::Tensor rounded = torch::empty_like(batch.features, torch::TensorOptions(torch::kFloat16));
    if (std::fread(batch.labels.data_ptr(), 1, batch.labels.nbytes(), file) == batch.labels.nbytes() &&
        std::fread(rounded.data_ptr(), 1, rounded.nbytes(), file) == rounded.nbytes()) {
      batch.features.copy_(rounded);
      return batch;
    }
  }
  throw TrainerError(path + ": is damaged or no batch; delete it, it will be made again");
}

}  // namespace

BatchCache::BatchCache(const Config& config, const Pack& pack) : folder_(config.data.cache) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw TrainerError(folder_ + ": cannot be created: " + error.message());
  const std::string path = folder_ + "/batches.json";
  const nlohmann::json contents = contents_of(config, pack);
  const StepLock lock(folder_ + "/lock");
  if (!fs::exists(path)) {
    write_file_atomically(path, contents.dump(2) + "\n");
    return;
  }
  const nlohmann::json kept = nlohmann::json::parse(read_file(path), nullptr, false);
  if (kept.is_discarded()) throw TrainerError(path + ": is not JSON; empty the folder, it will be filled again");
  require_same(kept, contents, path);
}

Batch BatchCache::get(std::int64_t step, bool pinned, const std::function<Batch()>& make) const {
  const std::string name = folder_ + "/" + std::to_string(step), path = name + ".batch";
  if (!fs::exists(path)) {
    const StepLock lock(name + ".lock");
    if (!fs::exists(path)) {
      write_batch(make(), path);  // and read like by everyone else, so that all see the same rounded features
      std::remove((name + ".lock").c_str());
    }
  }
  return read_batch(path, pinned);
}

}  // namespace voiceprint::trainer
