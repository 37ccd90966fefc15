#include "data/prepare.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <vector>

#include "data/analyse_file.h"
#include "data/audio_list.h"
#include "data/pack.h"
#include "error.h"
#include "run/progress.h"
#include "run/write_file.h"
#include "voiceprint/audio_file.h"
#include "voiceprint/resampler.h"

namespace voiceprint::trainer {
namespace {

constexpr std::int32_t kSampleRateHz = 16000;

struct Prepared {
  std::vector<float> samples;
  std::string problem;  // empty: usable
};

// The joined speech of one file, as the client's front end finds it.
Result<std::vector<float>> read_speech(const std::string& path, double max_seconds) {
  FrontEndOptions options;
  options.crop.max_speech_s = static_cast<float>(max_seconds);
  const auto front_end = analyse_file(path, options);
  if (!front_end) return front_end.error();
  const auto speech = front_end->speech();
  return std::vector<float>(speech.begin(), speech.end());
}

Result<std::vector<float>> read_whole(const std::string& path, double max_seconds) {
  auto audio = read_audio_file(path);
  if (!audio) return audio.error();
  auto samples = resample(audio->samples, audio->sample_rate_hz, kSampleRateHz);
  if (samples) samples->resize(std::min(samples->size(), static_cast<std::size_t>(max_seconds * kSampleRateHz)));
  return samples;
}

Prepared prepare_one(const ListedRecording& recording, const PrepareOptions& options) {
  auto samples = options.keep_silence ? read_whole(recording.path, options.max_seconds)
                                      : read_speech(recording.path, options.max_seconds);
  if (!samples) return {{}, samples.error().message};
  const double seconds = static_cast<double>(samples->size()) / kSampleRateHz;
  if (samples->empty() || seconds < options.min_seconds) {
    char text[96];
    std::snprintf(text, sizeof text, ": only %.2f s of %s, less than --min-seconds %.2f", seconds,
                  options.keep_silence ? "audio" : "speech", options.min_seconds);
    return {{}, recording.path + text};
  }
  return {std::move(samples.value()), ""};
}

}  // namespace

std::size_t prepare(const PrepareOptions& options) {
  const std::vector<ListedRecording> recordings = read_audio_list(options.list, options.root);
  const std::size_t num_threads = options.threads > 0 ? static_cast<std::size_t>(options.threads)
                                                      : std::max(1u, std::thread::hardware_concurrency());
  constexpr std::size_t kChunk = 256;  // recordings in memory at a time, written in list order

  PackWriter pack(options.out);
  std::string bad_files;
  std::size_t num_bad = 0;
  double seconds = 0;
  std::set<std::string> seen;
  Progress progress("prepare", static_cast<std::int64_t>(recordings.size()));
  for (std::size_t begin = 0; begin < recordings.size(); begin += kChunk) {
    if (stop_requested()) throw TrainerError("stopped; nothing was written. Run the same command to prepare the pack");
    const std::size_t count = std::min(kChunk, recordings.size() - begin);
    std::vector<Prepared> chunk(count);
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> workers;
    for (std::size_t worker = 0; worker < num_threads; ++worker) {
      workers.emplace_back([&] {
        for (std::size_t i = next++; i < count; i = next++) chunk[i] = prepare_one(recordings[begin + i], options);
      });
    }
    workers.clear();  // joins
    for (std::size_t i = 0; i < count; ++i) {
      const ListedRecording& recording = recordings[begin + i];
      std::string problem = chunk[i].problem;
      if (!seen.insert(recording.name).second) problem = recording.name + ": listed twice; the first line counts";
      if (!problem.empty()) {
        bad_files +=
            nlohmann::json({{"path", recording.name}, {"speaker", recording.speaker}, {"reason", problem}}).dump() +
            "\n";
        ++num_bad;
        continue;
      }
      pack.add(recording.name, recording.speaker, recording.group, chunk[i].samples);
      seconds += static_cast<double>(chunk[i].samples.size()) / kSampleRateHz;
    }
    progress.show(static_cast<std::int64_t>(begin + count), std::to_string(num_bad) + " unusable");
  }
  const std::string bad_path = options.out + ".bad_files.jsonl";
  if (num_bad > 0) write_file_atomically(bad_path, bad_files);
  if (pack.num_recordings() == 0) {
    throw TrainerError(options.list + ": none of its " + std::to_string(recordings.size()) +
                       " recordings can be used; " + bad_path + " says why, the first: " +
                       nlohmann::json::parse(bad_files.substr(0, bad_files.find('\n')))["reason"].get<std::string>());
  }
  pack.finish(kSampleRateHz, {{"list", std::filesystem::path(options.list).filename().string()},
                              {"keep_silence", options.keep_silence},
                              {"min_seconds", options.min_seconds},
                              {"max_seconds", options.max_seconds}});
  std::fprintf(stderr, "%s: %zu recordings, %.2f h%s", options.out.c_str(), pack.num_recordings(), seconds / 3600,
               num_bad > 0 ? "" : "\n");
  if (num_bad > 0) std::fprintf(stderr, ", %zu unusable (see %s)\n", num_bad, bad_path.c_str());
  return pack.num_recordings();
}

}  // namespace voiceprint::trainer
