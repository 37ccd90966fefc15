#include "eval/make_cohort.h"

#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <thread>

#include "data/analyse_file.h"
#include "data/in_order.h"
#include "data/layouts.h"
#include "data/pack.h"
#include "error.h"
#include "eval/embed_utterances.h"
#include "run/progress.h"
#include "run/sha256.h"
#include "run/write_file.h"
#include "voiceprint/scoring.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

// One who may be in the cohort; recordings are numbers in their source.
struct Speaker {
  std::string name, group;
  std::vector<std::size_t> recordings;
};

// Takes from every key's members in turn, until all are taken.
template <typename Key>
std::vector<Speaker*> in_turns(const std::map<Key, std::vector<Speaker*>>& groups) {
  std::vector<Speaker*> all;
  bool any = true;
  for (std::size_t round = 0; any; ++round) {
    any = false;
    for (const auto& [key, members] : groups) {
      if (round >= members.size()) continue;
      all.push_back(members[round]);
      any = true;
    }
  }
  return all;
}

// Every corpus as often, within it every language as often, speakers with more recordings first: a corpus with most of
// the speakers would otherwise be most of everybody's nearest strangers, and its own scores alone be pushed down.
std::vector<Speaker> choose(std::vector<Speaker> speakers, const CohortOptions& options) {
  std::stable_sort(speakers.begin(), speakers.end(),
                   [](const Speaker& a, const Speaker& b) { return a.recordings.size() > b.recordings.size(); });
  std::map<std::string, std::map<std::string, std::vector<Speaker*>>> corpora;
  for (Speaker& speaker : speakers)
    corpora[speaker.group.substr(0, speaker.group.find('/'))][speaker.group].push_back(&speaker);
  std::map<std::string, std::vector<Speaker*>> by_corpus;
  for (const auto& [corpus, groups] : corpora) by_corpus[corpus] = in_turns(groups);
  std::vector<Speaker> chosen;
  for (Speaker* speaker : in_turns(by_corpus)) {
    if (chosen.size() == options.max_speakers) break;
    speaker->recordings.resize(std::min(speaker->recordings.size(), options.max_recordings));
    chosen.push_back(std::move(*speaker));
  }
  return chosen;
}

// Speakers by name, in order of their first recording.
class SpeakerIndex {
 public:
  void add(const std::string& name, const std::string& group, std::size_t recording) {
    const auto [found, is_new] = index_.try_emplace(name, speakers_.size());
    if (is_new) speakers_.push_back({name, group, {}});
    speakers_[found->second].recordings.push_back(recording);
  }
  std::vector<Speaker> take_all() { return std::move(speakers_); }

 private:
  std::map<std::string, std::size_t> index_;
  std::vector<Speaker> speakers_;
};

// Embeds recording `i` of the source; an empty embedding has no speech.
using EmbedRecording = std::function<EmbeddedFile(std::size_t i)>;

EmbeddedFile embed_speaker(const Speaker& speaker, const EmbedRecording& embed, std::size_t dimension) try {
  at::set_num_threads(1);
  EmbeddedFile result;
  std::vector<float> rows;
  for (const std::size_t recording : speaker.recordings) {
    const EmbeddedFile file = embed(recording);
    if (!file.problem.empty()) return file;
    rows.insert(rows.end(), file.embedding.begin(), file.embedding.end());
  }
  if (!rows.empty()) result.embedding = take(mean_embedding(rows, dimension));
  return result;
} catch (const std::exception& error) {
  return {{}, {}, speaker.name + ": " + error.what()};
}

Cohort embed_cohort(const std::vector<Speaker>& speakers, const EmbedRecording& embed, const Embedder& embedder,
                    const Sha256& model, const std::string& source) {
  const auto dimension = static_cast<std::size_t>(embedder.embedding_dim());
  Progress progress("cohort", static_cast<std::int64_t>(speakers.size()));
  std::vector<float> rows;
  std::size_t done = 0;
  in_order(
      0, speakers.size(), std::max(1u, std::thread::hardware_concurrency()),
      [&](std::size_t i) { return embed_speaker(speakers[i], embed, dimension); },
      [&](std::size_t, const EmbeddedFile& speaker) {
        if (!speaker.problem.empty()) throw TrainerError(speaker.problem);
        rows.insert(rows.end(), speaker.embedding.begin(), speaker.embedding.end());
        progress.show(static_cast<std::int64_t>(++done), "");
      },
      stop_requested);
  if (done < speakers.size()) throw TrainerError("stopped before the cohort was complete");
  if (rows.empty()) throw TrainerError(source + ": no recording of the cohort holds speech");
  return take(make_cohort(rows, dimension, model));
}

Cohort cohort_of_pack(const CohortOptions& options, const Embedder& embedder, const Sha256& model) {
  const Pack pack(options.source);
  if (pack.sample_rate_hz() != embedder.front_end().vad.sample_rate_hz)
    throw TrainerError(options.source + ": holds audio at " + std::to_string(pack.sample_rate_hz()) +
                       " Hz, the model takes " + std::to_string(embedder.front_end().vad.sample_rate_hz));
  SpeakerIndex index;
  for (std::size_t i = 0; i < pack.records().size(); ++i) {
    const PackRecord& record = pack.records()[i];
    index.add(pack.speakers()[record.speaker], pack.groups()[record.group], i);
  }
  const auto embed = [&](std::size_t i) {
    const auto pcm = pack.samples(pack.records()[i]);
    std::vector<float> samples(pcm.begin(), pcm.end());
    for (float& sample : samples) sample /= 32768.0f;
    return EmbeddedFile{embedder.embed_speech(samples), {}, ""};
  };
  return embed_cohort(choose(index.take_all(), options), embed, embedder, model, options.source);
}

Cohort cohort_of_recordings(const CohortOptions& options, const Embedder& embedder, const Sha256& model) {
  const Listing listing = list_recordings({options.source, options.root, "", true});
  SpeakerIndex index;
  for (std::size_t i = 0; i < listing.recordings.size(); ++i)
    index.add(listing.recordings[i].speaker, listing.recordings[i].group, i);
  const auto embed = [&](std::size_t i) { return embedder.embed(listing.recordings[i].path); };
  return embed_cohort(choose(index.take_all(), options), embed, embedder, model, options.source);
}

Cohort decode(const std::string& path) {
  const std::string bytes = read_file(path);
  auto cohort = decode_cohort({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  if (!cohort) throw TrainerError(path + ": " + cohort.error().message);
  return std::move(cohort.value());
}

// The first bytes of a cohort file, as encode_cohort writes them.
bool is_cohort_file(const std::string& path) {
  if (!fs::is_regular_file(path)) return false;
  const std::string bytes = read_file(path).substr(0, 8);
  const auto sample = encode_cohort(take(make_cohort(std::vector<float>{1, 0}, 2, {})), CohortEncoding::kFloat32);
  return bytes == std::string(sample.begin(), sample.begin() + 8);
}

// "0a1f..." of 64 digits as bytes.
Sha256 from_hex(const std::string& hex) {
  Sha256 bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  return bytes;
}

}  // namespace

Cohort load_cohort(const CohortOptions& options, const Embedder& embedder, const std::string& model_sha256,
                   const std::string& cache_folder) {
  if (!fs::exists(options.source)) throw TrainerError(options.source + ": no such cohort, pack or list");
  const Sha256 model = from_hex(model_sha256);
  if (is_cohort_file(options.source)) {
    Cohort cohort = decode(options.source);
    if (cohort.model_sha256 != model)
      throw TrainerError(options.source + ": another model made this cohort; make one with this model from a pack");
    return cohort;
  }
  const bool is_pack = fs::is_regular_file(options.source + "/pack.json");
  std::string kept;
  if (!cache_folder.empty()) {
    const std::string state = is_pack                               ? Pack(options.source).sha256()
                              : fs::is_regular_file(options.source) ? read_file(options.source)
                                                                    : "";
    const std::string key = cache_key(embedder, {}) + fs::absolute(options.source).string() + sha256_hex(state) +
                            std::to_string(options.max_speakers) + "x" + std::to_string(options.max_recordings);
    kept = cache_folder + "/" + sha256_hex(key).substr(0, 32) + ".cohort";
    if (!state.empty() && is_cohort_file(kept)) {
      Cohort cohort = decode(kept);
      cohort.model_sha256 = model;
      return cohort;
    }
  }
  Cohort cohort = is_pack ? cohort_of_pack(options, embedder, model) : cohort_of_recordings(options, embedder, model);
  if (!kept.empty()) {
    const auto bytes = encode_cohort(cohort, CohortEncoding::kFloat32);
    fs::create_directories(cache_folder);
    write_file_atomically(kept, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  return cohort;
}

}  // namespace voiceprint::trainer
