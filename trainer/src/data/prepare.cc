#include "data/prepare.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "data/analyse_file.h"
#include "data/in_order.h"
#include "data/journal.h"
#include "data/layouts.h"
#include "data/pack.h"
#include "data/split.h"
#include "data/stats.h"
#include "error.h"
#include "run/progress.h"
#include "run/sha256.h"
#include "run/write_file.h"
#include "voiceprint/audio_file.h"
#include "voiceprint/resampler.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;
constexpr std::int32_t kSampleRateHz = 16000;
constexpr char kJournal[] = "journal.jsonl";

std::uint64_t samples_of(double seconds) {
  return static_cast<std::uint64_t>(std::llround(seconds * kSampleRateHz));
}

std::string to_line(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string validation_folder(const PrepareOptions& options) {
  return options.validation.empty() ? options.out + ".validation" : options.validation;
}

// "pack", "./pack" and a link to it are one folder.
fs::path resolved(const std::string& path) try {
  return fs::weakly_canonical(fs::absolute(path));
} catch (const fs::filesystem_error& error) {
  throw TrainerError(path + ": cannot be found: " + error.code().message() + "; correct the path");
}

bool is_within(const std::string& path, const std::string& folder) {
  const fs::path inner = resolved(path), outer = resolved(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

void check_replaceable(const std::string& option, const std::string& folder, const PrepareOptions& options) {
  for (const std::string& source : {options.list, options.root}) {
    if (!source.empty() && is_within(source, folder))
      throw TrainerError(option + " " + folder + ": the pack would take the place of " + source +
                         ", which it is made from; choose another folder");
  }
  require_replaceable(folder, option);
}

void check(const PrepareOptions& options) {
  const auto require = [](bool ok, const std::string& option, const std::string& range) {
    if (!ok) throw TrainerError(option + " must be " + range);
  };
  require(!options.out.empty(), "--out", "the folder of the pack");
  require(options.max_seconds > 0 && options.max_seconds <= 600, "--max-seconds", "above 0, at most 600");
  require(options.min_seconds >= 0 && options.min_seconds <= options.max_seconds, "--min-seconds",
          "from 0 to --max-seconds");
  require(options.join_seconds >= 0 && options.join_seconds <= 600, "--join-seconds", "0..600");
  require(options.validation_share >= 0 && options.validation_share <= 0.9, "--validation-share", "0..0.9");
  require(options.validation.empty() || options.validation_share > 0, "--validation-share",
          "above 0 when --validation names a pack");
  require(!options.normalise_db || (*options.normalise_db >= -60 && *options.normalise_db <= 0), "--normalise-db",
          "-60..0");
  require(options.shard_mib >= 1 && options.shard_mib <= 1 << 20, "--shard-mib", "1..1048576");
  require(options.threads >= 0 && options.threads <= 1024, "--threads", "0..1024");
  check_replaceable("--out", options.out, options);
  if (options.validation_share == 0) return;
  const std::string validation = validation_folder(options);
  require(!is_within(validation, options.out) && !is_within(options.out, validation), "--validation",
          "another folder than --out, and neither inside the other");
  check_replaceable("--validation", validation, options);
}

struct Audio {
  std::vector<float> samples;  // 16 kHz
  double source_seconds = 0;   // of the file, or of what was read of it
};

// The joined speech of one file, as the client's front end finds it.
Result<Audio> read_speech(const std::string& path, double max_seconds) {
  FrontEndOptions options;
  options.crop.max_segment_s = 1;
  options.crop.max_speech_s = std::max(1.0f, static_cast<float>(max_seconds));
  const auto front_end = analyse_file(path, options);
  if (!front_end) return front_end.error();
  const auto speech = front_end->speech();
  const auto count = std::min(speech.size(), static_cast<std::size_t>(samples_of(max_seconds)));
  return Audio{{speech.begin(), speech.begin() + static_cast<std::ptrdiff_t>(count)},
               static_cast<double>(front_end->quality().duration_s)};
}

Result<Audio> read_whole(const std::string& path, double max_seconds) {
  Audio audio;
  std::optional<Result<Resampler>> resampler;
  const std::uint64_t most = samples_of(max_seconds);
  const auto info = stream_audio_file(path, [&](const AudioInfo& format, std::span<const float> mono) {
    if (!resampler) resampler = Resampler::create(format.sample_rate_hz, kSampleRateHz);
    if (!*resampler) return false;
    (*resampler)->push(mono, audio.samples);
    audio.source_seconds += static_cast<double>(mono.size()) / format.sample_rate_hz;
    return audio.samples.size() < most;
  });
  if (!info) return info.error();
  if (!*resampler) return Error{resampler->error().code, path + ": " + resampler->error().message};
  (*resampler)->finish(audio.samples);
  audio.samples.resize(std::min<std::size_t>(audio.samples.size(), most));
  return audio;
}

// Brings the RMS to `target_db` re full scale, but no sample beyond full scale.
void normalise(std::vector<float>& samples, double target_db) {
  double power = 0;
  float peak = 0;
  for (const float x : samples) power += static_cast<double>(x) * x, peak = std::max(peak, std::abs(x));
  if (peak <= 0) return;
  power /= static_cast<double>(samples.size());
  const double wanted = std::pow(10.0, target_db / 20) / std::sqrt(power);
  const auto gain = static_cast<float>(std::min(wanted, 1.0 / peak));
  for (float& x : samples) x *= gain;
}

struct Prepared {
  Outcome outcome;
  std::vector<std::int16_t> samples;
};

Prepared refuse(std::string problem) {
  Prepared prepared;
  prepared.outcome.problem = std::move(problem);
  return prepared;
}

Prepared prepare_one(const ListedRecording& recording, const PrepareOptions& options) try {
  // names.txt separates with them.
  if (recording.name.find_first_of("\t\n\r") != std::string::npos)
    return refuse(recording.name + ": the name holds a tab or a line break; rename the file");
  if (!fs::exists(recording.path)) return refuse(recording.path + ": no such file; correct the list or --root");
  auto audio = options.keep_silence ? read_whole(recording.path, options.max_seconds)
                                    : read_speech(recording.path, options.max_seconds);
  if (!audio) return refuse(audio.error().message);
  if (audio->samples.empty() || audio->samples.size() < samples_of(options.min_seconds)) {
    char text[96];
    std::snprintf(text, sizeof text, ": only %.2f s of %s, less than --min-seconds %.2f",
                  static_cast<double>(audio->samples.size()) / kSampleRateHz, options.keep_silence ? "audio" : "speech",
                  options.min_seconds);
    return refuse(recording.path + text);
  }
  if (options.normalise_db) normalise(audio->samples, *options.normalise_db);
  Prepared prepared;
  to_pcm16(audio->samples, prepared.samples);
  prepared.outcome.num_samples = prepared.samples.size();
  prepared.outcome.sha256 = sha256_hex(
      {reinterpret_cast<const char*>(prepared.samples.data()), prepared.samples.size() * sizeof(std::int16_t)});
  prepared.outcome.source_seconds = audio->source_seconds;
  return prepared;
} catch (const std::exception& error) {
  return refuse(recording.path + ": " + error.what());
}

// Turns outcomes, in list order, into packs and reports; the same way for those that the journal remembers.
class Assembly {
 public:
  Assembly(const PrepareOptions& options, const std::vector<ListedRecording>& recordings)
      : options_(options), recordings_(recordings) {
    PackOptions pack;
    pack.max_shard_samples = (options.shard_mib << 20) / sizeof(std::int16_t);
    pack.join_samples = samples_of(options.join_seconds);
    pack.keep_unfinished = true;
    training_ = std::make_unique<PackWriter>(options.out, pack);
    if (options.validation_share > 0) validation_ = std::make_unique<PackWriter>(validation_folder(options), pack);
  }

  // False if the audio is not there any more.
  bool recall(std::size_t index, const Outcome& outcome) {
    return take(index, outcome, [&](PackWriter& pack, const ListedRecording& recording) {
      return pack.recall(recording.name, recording.speaker, recording.group, outcome.num_samples, outcome.sha256);
    });
  }
  void add(std::size_t index, const Prepared& prepared) {
    take(index, prepared.outcome, [&](PackWriter& pack, const ListedRecording& recording) {
      pack.add(recording.name, recording.speaker, recording.group, std::span<const std::int16_t>(prepared.samples));
      return true;
    });
  }

  // Writes the reports and puts the packs in place. Returns the number of recordings.
  std::size_t finish(const Listing& listing) {
    report(options_.out + ".bad_files.jsonl", bad_files_);
    report(options_.out + ".duplicates.jsonl", duplicates_);
    if (training_->num_recordings() == 0) {
      const std::string reason = num_bad_ > 0 ? options_.out + ".bad_files.jsonl says why, the first: " + first_problem_
                                              : "all fell to validation; take a smaller --validation-share";
      training_->discard();
      if (validation_) validation_->discard();
      throw TrainerError(options_.list + ": none of its " + std::to_string(recordings_.size()) +
                         " recordings can be used; " + reason);
    }
    if (validation_ && validation_->num_recordings() == 0) {
      std::fprintf(stderr, "%s: not written, none of its recordings can be used\n",
                   validation_folder(options_).c_str());
      validation_->discard();
      validation_.reset();
    }
    nlohmann::json stats = {{"list", fs::path(options_.list).filename().string()},
                            {"layout", listing.layout},
                            {"listed", recordings_.size()},
                            {"test_left_out", listing.num_test},
                            {"unusable", num_bad_},
                            {"duplicates", num_duplicates_},
                            {"duplicates_of_two_speakers", num_conflicts_},
                            {"duplicates_left_out", options_.drop_duplicates ? num_duplicates_ : 0},
                            {"source_hours", source_seconds_ / 3600},
                            {"training", stats_of(*training_)},
                            {"validation", validation_ ? stats_of(*validation_) : nullptr}};
    nlohmann::json made_by = {{"list", fs::path(options_.list).filename().string()},
                              {"layout", listing.layout},
                              {"keep_silence", options_.keep_silence},
                              {"min_seconds", options_.min_seconds},
                              {"max_seconds", options_.max_seconds},
                              {"join_seconds", options_.join_seconds},
                              {"normalise_db", nullptr},
                              {"drop_duplicates", options_.drop_duplicates},
                              {"validation_share", options_.validation_share},
                              {"split_seed", options_.split_seed}};
    if (options_.normalise_db) made_by["normalise_db"] = *options_.normalise_db;
    std::size_t count = 0;
    for (PackWriter* pack : {validation_.get(), training_.get()}) {
      if (pack == nullptr) continue;
      stats["part"] = made_by["part"] = pack == training_.get() ? "training" : "validation";
      pack->write_beside("stats.json", stats.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
      pack->finish(kSampleRateHz, made_by);
      count += pack->num_recordings();
      const auto& figures = stats[stats["part"].get<std::string>()];
      std::fprintf(stderr, "%s: %zu recordings of %zu speakers, %.2f h\n",
                   (pack == training_.get() ? options_.out : validation_folder(options_)).c_str(),
                   pack->num_recordings(), pack->speakers().size(), figures["hours"].get<double>());
    }
    // It moved with the pack. Removed last: until then a kill can be made good.
    fs::remove(options_.out + "/" + kJournal);
    if (num_bad_ > 0) std::fprintf(stderr, "%zu unusable, see %s.bad_files.jsonl\n", num_bad_, options_.out.c_str());
    if (num_duplicates_ > 0)
      std::fprintf(stderr, "%zu duplicates%s, %zu of them under two speakers, see %s.duplicates.jsonl\n",
                   num_duplicates_, options_.drop_duplicates ? " left out" : "", num_conflicts_, options_.out.c_str());
    return count;
  }

  std::size_t num_bad() const { return num_bad_; }

 private:
  static nlohmann::json stats_of(const PackWriter& pack) {
    auto stats = pack_stats(pack.records(), pack.speakers().size(), pack.groups(), kSampleRateHz);
    stats["recordings"] = pack.num_recordings();
    return stats;
  }

  static void report(const std::string& path, const std::string& lines) {
    if (lines.empty())
      fs::remove(path);  // of an earlier run
    else
      write_file_atomically(path, lines);
  }

  template <typename Write>
  bool take(std::size_t index, const Outcome& outcome, const Write& write) {
    const ListedRecording& recording = recordings_[index];
    if (!outcome.problem.empty()) {
      if (num_bad_++ == 0) first_problem_ = outcome.problem;
      bad_files_ += to_line({{"path", recording.name}, {"speaker", recording.speaker}, {"reason", outcome.problem}});
      return true;
    }
    const auto first = first_with_.find(outcome.sha256);
    const bool duplicate = first != first_with_.end();
    if (!duplicate || !options_.drop_duplicates) {
      const bool validation =
          validation_ && is_validation_speaker(options_.split_seed, recording.speaker, options_.validation_share);
      if (!write(validation ? *validation_ : *training_, recording)) return false;
    }
    source_seconds_ += outcome.source_seconds;
    if (!duplicate) {
      first_with_.emplace(outcome.sha256, index);
      return true;
    }
    const ListedRecording& same = recordings_[first->second];
    nlohmann::json line = {{"path", recording.name},
                           {"speaker", recording.speaker},
                           {"same_as", same.name},
                           {"its_speaker", same.speaker},
                           {"left_out", options_.drop_duplicates}};
    if (recording.speaker != same.speaker) {
      line["note"] = "one recording under two speakers: one label is likely wrong";
      ++num_conflicts_;
    }
    duplicates_ += to_line(line);
    ++num_duplicates_;
    return true;
  }

  const PrepareOptions& options_;
  const std::vector<ListedRecording>& recordings_;
  std::unique_ptr<PackWriter> training_, validation_;
  std::map<std::string, std::size_t> first_with_;  // by SHA-256
  std::string bad_files_, duplicates_, first_problem_;
  std::size_t num_bad_ = 0, num_duplicates_ = 0, num_conflicts_ = 0;
  double source_seconds_ = 0;
};

Listing list_to_prepare(const PrepareOptions& options) {
  Listing listing = list_recordings({options.list, options.root, options.layout, options.include_test});
  std::fprintf(stderr, "%s: layout %s, %zu recordings\n", options.list.c_str(), listing.layout.c_str(),
               listing.recordings.size());
  if (listing.num_test > 0)
    std::fprintf(stderr, "%zu recordings of the corpus's test speakers are left out (--include-test keeps them)\n",
                 listing.num_test);
  if (listing.num_other > 0)
    std::fprintf(stderr, "%zu audio files do not fit the layout and are left out\n", listing.num_other);
  if (options.join_seconds > 0) {
    std::stable_sort(listing.recordings.begin(), listing.recordings.end(), [](const auto& a, const auto& b) {
      return std::tie(a.speaker, a.group) < std::tie(b.speaker, b.group);
    });
  }
  if (options.validation_share > 0) {
    std::set<std::string> speakers;
    for (const ListedRecording& recording : listing.recordings) speakers.insert(recording.speaker);
    const auto count =
        static_cast<std::size_t>(std::count_if(speakers.begin(), speakers.end(), [&](const std::string& speaker) {
          return is_validation_speaker(options.split_seed, speaker, options.validation_share);
        }));
    if (count == 0 || count == speakers.size())
      throw TrainerError(options.list + ": " + std::to_string(count) + " of its " + std::to_string(speakers.size()) +
                         " speakers fall to validation; take another --validation-share or --split-seed");
  }
  return listing;
}

// Equal for equal commands on equal lists: what it does not see (threads, where the pack goes) does not change the
// outcomes.
std::string digest_of(const PrepareOptions& options, const Listing& listing) {
  const nlohmann::json settings = {options.validation_share, options.split_seed,  options.keep_silence,
                                   options.min_seconds,      options.max_seconds, options.normalise_db.value_or(1),
                                   options.join_seconds,     options.shard_mib,   options.drop_duplicates};
  std::string digest = sha256_hex(settings.dump());
  for (const ListedRecording& recording : listing.recordings)
    digest =
        sha256_hex(digest + recording.path + '\n' + recording.name + '\n' + recording.speaker + '\n' + recording.group);
  return digest;
}

}  // namespace

std::size_t prepare(const PrepareOptions& given) {
  PrepareOptions options = given;
  for (std::string* folder : {&options.out, &options.validation}) {
    while (folder->size() > 1 && folder->back() == '/') folder->pop_back();
  }
  check(options);
  stop_requested();  // from now on a signal stops at a safe point
  const Listing listing = list_to_prepare(options);
  const std::vector<ListedRecording>& recordings = listing.recordings;

  Assembly assembly(options, recordings);
  const std::string unfinished = options.out + ".writing";
  Journal journal(unfinished + "/" + kJournal, digest_of(options, listing));
  std::size_t done = 0;
  while (done < std::min(journal.outcomes().size(), recordings.size()) &&
         assembly.recall(done, journal.outcomes()[done]))
    ++done;
  journal.keep(done);
  if (done > 0)
    std::fprintf(stderr, "going on after %zu recordings\n", done);
  else if (journal.of_another_command())
    std::fprintf(stderr, "%s is of another command or list; starting anew\n", unfinished.c_str());

  std::vector<bool> repeated(recordings.size());
  std::unordered_set<std::string> names;
  for (std::size_t i = 0; i < recordings.size(); ++i) repeated[i] = !names.insert(recordings[i].name).second;
  const std::size_t num_threads = options.threads > 0 ? static_cast<std::size_t>(options.threads)
                                                      : std::max(1u, std::thread::hardware_concurrency());
  Progress progress("prepare", static_cast<std::int64_t>(recordings.size()), static_cast<std::int64_t>(done));
  in_order(
      done, recordings.size(), num_threads,
      [&](std::size_t i) {
        return repeated[i] ? refuse(recordings[i].name + ": listed twice; the first line counts")
                           : prepare_one(recordings[i], options);
      },
      [&](std::size_t i, const Prepared& prepared) {
        assembly.add(i, prepared);
        journal.append(prepared.outcome);
        done = i + 1;
        progress.show(static_cast<std::int64_t>(done), std::to_string(assembly.num_bad()) + " unusable");
      },
      stop_requested);
  if (done < recordings.size())
    throw TrainerError("stopped after " + std::to_string(done) + " of " + std::to_string(recordings.size()) +
                       " recordings; they are kept in " + unfinished + ": the same command goes on from there");
  return assembly.finish(listing);
}

}  // namespace voiceprint::trainer
