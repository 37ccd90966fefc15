#include "run/model_folder.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "error.h"
#include "run/manifest.h"
#include "run/sha256.h"
#include "run/write_file.h"

extern char** environ;

namespace voiceprint::trainer {

namespace fs = std::filesystem;

void run_trainer_onnx(const std::vector<std::string>& arguments) {
  const std::string program = (fs::read_symlink("/proc/self/exe").parent_path() / "trainer-onnx").string();
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (const int reason = ::posix_spawn(&child, program.c_str(), nullptr, nullptr, argv.data(), environ); reason != 0) {
    throw TrainerError(program + ": cannot be run: " + std::strerror(reason) + "; build the target trainer-onnx");
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw TrainerError("trainer-onnx failed; see its message above");
}

Embedder embedder_of_onnx(const std::string& onnx) {
  std::string weights = (fs::temp_directory_path() / "voiceprint-weights-XXXXXX").string();
  const int descriptor = ::mkstemp(weights.data());
  if (descriptor < 0) throw TrainerError(weights + ": cannot be created: " + std::strerror(errno));
  ::close(descriptor);
  try {
    run_trainer_onnx({"weights", onnx, "--out", weights});
    Embedder embedder = Embedder::from_checkpoint(weights);
    fs::remove(weights);
    return embedder;
  } catch (...) {
    fs::remove(weights);
    throw;
  }
}

namespace {

// The file's bytes, which are those that the manifest's section describes.
std::string read_described(const std::string& folder, const nlohmann::json& section, const char* name) {
  const std::string path = folder + "/" + section["file"].get<std::string>();
  std::string bytes = read_file(path);
  if (sha256_hex(bytes) != section["sha256"]) {
    throw TrainerError(path + ": its SHA-256 is not the manifest's " + name +
                       ".sha256; the file was changed or cut, restore both from one export");
  }
  return bytes;
}

TrialScorer load_scorer(const nlohmann::json& manifest, const std::string& folder) {
  Cohort cohort;
  if (manifest.contains("cohort")) {
    const std::string path = folder + "/" + manifest["cohort"]["file"].get<std::string>();
    const std::string bytes = read_described(folder, manifest["cohort"], "cohort");
    auto decoded = decode_cohort({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (!decoded) throw TrainerError(path + ": " + decoded.error().message);
    cohort = std::move(*decoded);
    if (to_hex(cohort.model_sha256) != manifest["onnx"]["sha256"])
      throw TrainerError(path + ": is the cohort of another model; restore both from one export");
  }
  auto scorer = TrialScorer::create(trial_scorer_options_from_json(manifest), std::move(cohort));
  if (!scorer) throw TrainerError(folder + "/manifest.json: " + scorer.error().message);
  return std::move(*scorer);
}

}  // namespace

ModelFolder load_model_folder(const std::string& folder) {
  const nlohmann::json manifest = read_manifest(folder + "/manifest.json");
  read_described(folder, manifest["onnx"], "onnx");
  const std::string onnx = folder + "/" + manifest["onnx"]["file"].get<std::string>();
  ModelFolder model{manifest, embedder_of_onnx(onnx), load_scorer(manifest, folder)};
  const std::int64_t dimension = manifest["tensors"]["embedding_dim"];
  if (model.embedder.embedding_dim() != dimension)
    throw TrainerError(folder + "/manifest.json: tensors.embedding_dim = " + std::to_string(dimension) + ", but " +
                       onnx + " gives " + std::to_string(model.embedder.embedding_dim()) +
                       " values: calibration and cohort are of another model; restore all files from one export");
  model.embedder.set_front_end(front_end_from_json(manifest["front_end"]));
  return model;
}

}  // namespace voiceprint::trainer
