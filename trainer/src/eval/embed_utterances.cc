#include "eval/embed_utterances.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "data/analyse_file.h"
#include "data/in_order.h"
#include "error.h"
#include "run/progress.h"
#include "voiceprint/audio_file.h"
#include "voiceprint/resampler.h"
#include "voiceprint/scoring.h"

namespace voiceprint::trainer {
namespace {

constexpr std::int32_t kDegradeRateHz = 16000;

Result<FrontEnd> analyse_samples(std::span<const float> mono, std::int32_t rate_hz, const FrontEndOptions& options) {
  auto front_end = FrontEnd::create(options, rate_hz);
  if (!front_end) return front_end.error();
  if (const auto pushed = front_end->push(mono); !pushed) return pushed.error();
  if (const auto finished = front_end->finish(); !finished) return finished.error();
  return std::move(front_end.value());
}

Result<FrontEnd> analyse_degraded(const std::string& path, std::size_t index, const EmbedPolicy& policy,
                                  const FrontEndOptions& options) {
  auto audio = read_audio_file(path);
  if (!audio) return audio.error();
  auto samples = resample(audio->samples, audio->sample_rate_hz, kDegradeRateHz);
  if (!samples) return Error{samples.error().code, path + ": " + samples.error().message};
  policy.degrade(index, *samples);
  return analyse_samples(*samples, kDegradeRateHz, options);
}

std::size_t samples_of(double seconds, const FrontEndOptions& options) {
  return static_cast<std::size_t>(seconds * options.vad.sample_rate_hz + 0.5);
}

// The mean over crops that are evenly spread over the speech; one crop where there is no more than that.
std::vector<float> embed_crops(const Embedder& embedder, const EmbedPolicy& policy, std::span<const float> speech) {
  const std::size_t length = std::min(speech.size(), samples_of(policy.crop_s, embedder.front_end()));
  const std::size_t room = speech.size() - length, count = room == 0 ? 1 : static_cast<std::size_t>(policy.crops);
  std::vector<float> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float> row =
        embedder.embed_speech(speech.subspan(count == 1 ? 0 : room * i / (count - 1), length));
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows.empty() ? rows : take(mean_embedding(rows, static_cast<std::size_t>(embedder.embedding_dim())));
}

EmbeddedFile embed_part(const Embedder& embedder, const EmbedPolicy& policy, const FrontEnd& front_end) {
  EmbeddedFile result;
  result.quality = front_end.quality();
  std::span<const float> speech = front_end.speech();
  if (policy.max_speech_s > 0) {
    speech = speech.first(std::min(speech.size(), samples_of(policy.max_speech_s, embedder.front_end())));
    result.quality.net_speech_s = std::min(result.quality.net_speech_s, static_cast<float>(policy.max_speech_s));
  }
  result.embedding = policy.crops > 0 ? embed_crops(embedder, policy, speech) : embedder.embed_speech(speech);
  return result;
}

// Does not throw: in_order's work must not.
EmbeddedFile embed_one(const Embedder& embedder, const std::string& path, std::size_t index,
                       const EmbedPolicy& policy) try {
  const Result<FrontEnd> front_end = policy.degrade ? analyse_degraded(path, index, policy, embedder.front_end())
                                                    : analyse_file(path, embedder.front_end());
  if (!front_end) return {{}, {}, front_end.error().message};
  if (policy.crops > 0 || policy.max_speech_s > 0) return embed_part(embedder, policy, *front_end);
  return embedder.embed(*front_end);
} catch (const std::exception& error) {
  return {{}, {}, path + ": " + error.what()};
}

}  // namespace

std::string EmbedPolicy::key() const {
  return "crops " + std::to_string(crops) + " of " + std::to_string(crops > 0 ? crop_s : 0.0) + " s, speech " +
         std::to_string(max_speech_s) + " s, " + degradation;
}

std::string cache_key(const Embedder& embedder, const EmbedPolicy& policy) {
  return embedder.fingerprint() + " " + policy.key();
}

std::vector<EmbeddedFile> embed_utterances(const Embedder& embedder, const std::vector<std::string>& files,
                                           const EmbedPolicy& policy, EmbeddingCache& cache) {
  std::vector<EmbeddedFile> results(files.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (const EmbeddedFile* known = cache.find(files[i]))
      results[i] = *known;
    else
      open.push_back(i);
  }
  if (open.empty()) return results;
  Progress progress(policy.degradation.empty() ? "embed" : "embed (" + policy.degradation + ")",
                    static_cast<std::int64_t>(open.size()));
  std::size_t done = 0;
  auto saved = std::chrono::steady_clock::now();
  in_order(
      0, open.size(), std::max(1u, std::thread::hardware_concurrency()),
      [&](std::size_t i) {
        at::set_num_threads(1);
        return embed_one(embedder, files[open[i]], open[i], policy);
      },
      [&](std::size_t i, EmbeddedFile file) {
        if (!file.problem.empty()) {
          cache.save();
          throw TrainerError(file.problem);
        }
        cache.put(files[open[i]], file);
        results[open[i]] = std::move(file);
        progress.show(static_cast<std::int64_t>(++done), "");
        const auto now = std::chrono::steady_clock::now();
        if (now - saved > std::chrono::minutes(1)) cache.save(), saved = now;
      },
      stop_requested);
  cache.save();
  if (done < open.size()) throw TrainerError("stopped before all recordings were embedded; the same command goes on");
  return results;
}

}  // namespace voiceprint::trainer
