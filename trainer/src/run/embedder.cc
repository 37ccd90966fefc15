#include "run/embedder.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "data/analyse_file.h"
#include "error.h"
#include "model/architectures.h"
#include "run/checkpoint.h"
#include "run/manifest.h"
#include "run/progress.h"
#include "run/sha256.h"
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
  restore_tensors(file, path, file.has("average/") ? "average/" : "model/", model.named_tensors());
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
  const auto front_end = analyse_file(path, front_end_);
  return front_end ? embed(*front_end) : EmbeddedFile{{}, {}, front_end.error().message};
}

EmbeddedFile Embedder::embed(const FrontEnd& finished) const {
  EmbeddedFile result;
  result.quality = finished.quality();
  std::vector<float> segments;
  for (std::size_t i = 0; i < finished.num_segments(); ++i) {
    const std::vector<float> embedding = embed_features(finished.segment(i));
    segments.insert(segments.end(), embedding.begin(), embedding.end());
  }
  if (!segments.empty()) result.embedding = take(mean_embedding(segments, static_cast<std::size_t>(embedding_dim())));
  return result;
}

std::vector<float> Embedder::embed_speech(std::span<const float> speech) const {
  auto extractor = take(FeatureExtractor::create(front_end_.feature_kind, front_end_.fbank, front_end_.spectrogram));
  const auto longest =
      static_cast<std::size_t>(front_end_.crop.max_segment_s * static_cast<float>(extractor.sample_rate_hz()));
  const std::size_t count = std::max<std::size_t>(1, (speech.size() + longest - 1) / longest);
  std::vector<float> embeddings;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = speech.size() * i / count, end = speech.size() * (i + 1) / count;
    FeatureMatrix features = extractor.compute(speech.subspan(begin, end - begin));
    if (features.num_frames() == 0) continue;
    subtract_mean(features.values, features.num_bins, front_end_.mean_normalisation);
    const std::vector<float> embedding = embed_features(features);
    embeddings.insert(embeddings.end(), embedding.begin(), embedding.end());
  }
  if (embeddings.empty()) return {};
  return take(mean_embedding(embeddings, static_cast<std::size_t>(embedding_dim())));
}

std::string Embedder::fingerprint() const {
  // Half a second of a hum that swells and fades, again and again: what front end and network make of it changes with
  // their code.
  const std::int32_t rate = front_end_.vad.sample_rate_hz;
  std::vector<float> probe(static_cast<std::size_t>(3 * rate));
  for (std::size_t i = 0; i < probe.size(); ++i) {
    const std::size_t phase = i % static_cast<std::size_t>(rate / 100), beat = i % static_cast<std::size_t>(rate / 2);
    const double swell = static_cast<double>(beat) / (rate / 2.0);
    probe[i] = static_cast<float>(0.3 * swell * (1 - swell) * (static_cast<double>(phase) / (rate / 100.0) - 0.5));
  }
  FrontEnd front_end = take(FrontEnd::create(front_end_, rate));
  take(front_end.push(probe));
  take(front_end.finish());
  const EmbeddedFile made = embed(front_end);
  std::string content = front_end_to_json(front_end_).dump();
  const auto append = [&](const void* data, std::size_t bytes) {
    content.append(static_cast<const char*>(data), bytes);
  };
  append(made.embedding.data(), made.embedding.size() * sizeof(float));
  append(&made.quality, sizeof made.quality);
  for (const auto& [name, tensor] : model_.named_tensors()) {
    const torch::Tensor values = tensor.contiguous();
    content += name;
    append(values.const_data_ptr(), values.nbytes());
  }
  return sha256_hex(content);
}

std::vector<EmbeddedFile> Embedder::embed_all(const std::vector<std::string>& paths) const {
  std::vector<EmbeddedFile> results(paths.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t done = 0;
  std::exception_ptr failure;
  Progress progress("embed", static_cast<std::int64_t>(paths.size()));
  const auto work = [&] {
    at::set_num_threads(1);
    try {
      for (std::size_t i = next++; i < paths.size() && !stop_requested(); i = next++) {
        results[i] = embed(paths[i]);
        const std::lock_guard lock(mutex);
        progress.show(static_cast<std::int64_t>(++done), "");
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      next = paths.size();
    }
  };
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) workers.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
  if (done < paths.size()) throw TrainerError("stopped before all recordings were embedded");
  return results;
}

}  // namespace voiceprint::trainer
