#include "run/embedder.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "data/analyse_file.h"
#include "error.h"
#include "model/architectures.h"
#include "run/checkpoint.h"
#include "run/progress.h"
#include "voiceprint/scoring.h"

namespace voiceprint::trainer {

Embedder::Embedder(const TorchNetwork& model, const FrontEndOptions& front_end)
    : model_(model.copy()), front_end_(front_end) {
  model_.to(torch::kCPU);
}

Embedder Embedder::from_checkpoint(const std::string& path) {
  const TensorFile file = read_tensor_file(path);
  const Config config = checkpoint_config(file, path);
  const TorchNetwork model(build_network(config.model, feature_bins(config)));
  const auto first_average = file.tensors.lower_bound("average/");
  const bool averaged = first_average != file.tensors.end() && first_average->first.rfind("average/", 0) == 0;
  restore_tensors(file, path, averaged ? "average/" : "model/", model.named_tensors());
  return Embedder(model, front_end_options(config));
}

std::vector<float> Embedder::embed_batch(std::span<const float> features, std::int64_t batch,
                                         std::int64_t frames) const {
  const torch::InferenceMode no_gradients;
  const torch::Tensor input = torch::from_blob(const_cast<float*>(features.data()), {batch, frames, num_bins()});
  const torch::Tensor output = model_.forward(input).contiguous();
  return {output.const_data_ptr<float>(), output.const_data_ptr<float>() + output.numel()};
}

std::vector<float> Embedder::embed_features(const FeatureMatrix& features) const {
  return embed_batch(features.values, 1, static_cast<std::int64_t>(features.num_frames()));
}

EmbeddedFile Embedder::embed(const std::string& path) const {
  EmbeddedFile result;
  const auto front_end = analyse_file(path, front_end_);
  if (!front_end) {
    result.problem = front_end.error().message;
    return result;
  }
  result.quality = front_end->quality();
  std::vector<float> segments;
  for (std::size_t i = 0; i < front_end->num_segments(); ++i) {
    const std::vector<float> embedding = embed_features(front_end->segment(i));
    segments.insert(segments.end(), embedding.begin(), embedding.end());
  }
  if (!segments.empty()) result.embedding = take(mean_embedding(segments, static_cast<std::size_t>(embedding_dim())));
  return result;
}

std::vector<EmbeddedFile> Embedder::embed_all(const std::vector<std::string>& paths) const {
  std::vector<EmbeddedFile> results(paths.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t done = 0;
  Progress progress("embed", static_cast<std::int64_t>(paths.size()));
  const auto work = [&] {
    at::set_num_threads(1);
    for (std::size_t i = next++; i < paths.size() && !stop_requested(); i = next++) {
      results[i] = embed(paths[i]);
      const std::lock_guard lock(mutex);
      progress.show(static_cast<std::int64_t>(++done), "");
    }
  };
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) workers.emplace_back(work);
  }
  if (done < paths.size()) throw TrainerError("stopped before all recordings were embedded");
  return results;
}

}  // namespace voiceprint::trainer
