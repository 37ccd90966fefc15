#include "run/embedder.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "data/analyse_file.h"
#include "error.h"
#include "run/checkpoint.h"
#include "run/progress.h"
#include "run/quantise.h"
#include "voiceprint/scoring.h"

namespace voiceprint::trainer {

Embedder::Embedder(EcapaTdnn model, const FrontEndOptions& front_end)
    : model_(std::move(model)), front_end_(front_end) {
  model_->to(torch::kCPU);
  model_->eval();
}

Embedder Embedder::from_checkpoint(const std::string& path, bool int8_weights) {
  const TensorFile file = read_tensor_file(path);
  const Config config = checkpoint_config(file, path);
  EcapaTdnn model(config.model);
  const bool averaged = file.tensors.count("average/embed.weight") > 0;
  restore_module(file, path, averaged ? "average/" : "model/", *model);
  if (int8_weights) {
    const torch::NoGradGuard no_gradient;
    for (auto& parameter : model->parameters()) {
      if (!is_quantised(static_cast<std::size_t>(parameter.dim()), static_cast<std::size_t>(parameter.numel())))
        continue;
      float* values = parameter.data_ptr<float>();
      const auto rows = static_cast<std::size_t>(parameter.size(0)),
                 count = static_cast<std::size_t>(parameter.numel());
      const QuantisedWeights rounded = quantise_rows({values, count}, rows);
      for (std::size_t i = 0; i < count; ++i)
        values[i] = static_cast<float>(rounded.values[i]) * rounded.scales[i / (count / rows)];
    }
  }
  return Embedder(model, front_end_options(config));
}

std::vector<float> Embedder::embed_features(const FeatureMatrix& features) const {
  const torch::InferenceMode no_gradients;
  const torch::Tensor input = torch::from_blob(
      const_cast<float*>(features.values.data()),
      {1, static_cast<std::int64_t>(features.num_frames()), static_cast<std::int64_t>(features.num_bins)});
  const torch::Tensor output = model_->forward(input).contiguous();
  return {output.const_data_ptr<float>(), output.const_data_ptr<float>() + output.numel()};
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
