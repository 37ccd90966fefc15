// From a file to its embedding and quality, on the same path as the client: FrontEnd, network per segment, mean.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/torch_network.h"
#include "run/config.h"
#include "run/embedded_file.h"
#include "voiceprint/front_end.h"

namespace voiceprint::trainer {

class Embedder {
 public:
  // `model` is copied to the CPU and put into evaluation mode. `front_end` gives the features that it was trained on.
  Embedder(const TorchNetwork& model, const FrontEndOptions& front_end);
  // The averaged weights of a checkpoint, or the raw ones where none were averaged.
  static Embedder from_checkpoint(const std::string& path);

  EmbeddedFile embed(const std::string& path) const;
  // Of a recording that went through the front end: quality, and the mean of its segments' embeddings.
  EmbeddedFile embed(const FrontEnd& finished) const;
  // Of joined speech at the model's rate, cut into equal segments as the front end cuts it; empty where there is not
  // one frame.
  std::vector<float> embed_speech(std::span<const float> speech) const;
  // [bins] x frames of any length, mean-normalised -> embedding.
  std::vector<float> embed_features(const FeatureMatrix& features) const;
  // [batch, frames, bins], row-major -> [batch, embedding_dim].
  std::vector<float> embed_batch(std::span<const float> features, std::int64_t batch, std::int64_t frames) const;
  // SHA-256, in hex, of all that embeddings depend on: weights, front end, and what the code makes of a probe.
  std::string fingerprint() const;
  // All files, in parallel, with a progress line.
  std::vector<EmbeddedFile> embed_all(const std::vector<std::string>& paths) const;

  const FrontEndOptions& front_end() const { return front_end_; }
  void set_front_end(const FrontEndOptions& options) { front_end_ = options; }
  std::int64_t num_bins() const { return model_.network().num_bins(); }
  std::int64_t embedding_dim() const { return model_.network().embedding_dim(); }

 private:
  TorchNetwork model_;
  FrontEndOptions front_end_;
};

}  // namespace voiceprint::trainer
