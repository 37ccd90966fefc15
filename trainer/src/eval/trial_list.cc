#include "eval/trial_list.h"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <unordered_map>

#include "data/audio_list.h"
#include "error.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExpected = "expected '1 A B', '0 A B', 'A B target', 'A B nontarget', 'A B 1' or 'A B 0'";

[[noreturn]] void fail(const std::string& list, std::size_t line, const std::string& what) {
  throw TrainerError(list + ":" + std::to_string(line) + ": " + what);
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(std::move(word));
  return words;
}

using EnrollmentMap = std::map<std::string, std::vector<std::string>>;

EnrollmentMap read_enrollment_map(const std::string& path) {
  EnrollmentMap map;
  for_each_line(path, [&](std::size_t number, const std::string& line) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() < 2) fail(path, number, "expected '<model> <recording> [<recording> ...]'");
    std::vector<std::string>& recordings = map[words[0]];
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (std::find(recordings.begin(), recordings.end(), words[i]) != recordings.end())
        fail(path, number, words[i] + " enrolls " + words[0] + " twice; remove one");
      recordings.push_back(words[i]);
    }
  });
  return map;
}

// enroll.map lists the single recordings, enroll.lst the same joined.
EnrollmentMap enrollment_beside(const std::string& list) {
  for (const char* name : {"enroll.map", "enroll.lst"}) {
    const fs::path path = fs::path(list).parent_path() / name;
    if (fs::is_regular_file(path)) return read_enrollment_map(path.string());
  }
  return {};
}

struct Line {
  std::string model, test;
  bool target = false;
};

Line parse_line(const std::string& list, std::size_t number, const std::string& line) {
  const std::vector<std::string> words = words_of(line);
  if (words.size() != 3) fail(list, number, kExpected);
  const bool first = words[0] == "0" || words[0] == "1", digit = words[2] == "0" || words[2] == "1",
             word = words[2] == "target" || words[2] == "nontarget";
  if (first && (digit || word)) fail(list, number, "which is the label, the first word or the last? Rename the file");
  if (first) return {words[1], words[2], words[0] == "1"};
  if (digit || word) return {words[0], words[1], words[2] == "1" || words[2] == "target"};
  fail(list, number, kExpected);
}

// Reads one list into `set`.
class ListReader {
 public:
  ListReader(TrialSet& set, const std::string& path, const EnrollmentMap& enrollment, bool drop_duplicates)
      : set_(set), enrollment_(enrollment), drop_duplicates_(drop_duplicates) {
    list_.path = path;
    list_.condition = fs::path(path).stem().string();
  }

  void read() {
    for_each_line(list_.path, [&](std::size_t number, const std::string& line) { add(number, line); });
    const auto targets =
        std::count_if(list_.trials.begin(), list_.trials.end(), [](const Trial& t) { return t.target; });
    if (targets == 0 || targets == static_cast<std::ptrdiff_t>(list_.trials.size())) {
      throw TrainerError(list_.path + ": has no " + (targets == 0 ? "target" : "non-target") +
                         " trial; error rates need both kinds");
    }
    set_.lists.push_back(std::move(list_));
  }

 private:
  void add(std::size_t number, const std::string& text) {
    const Line line = parse_line(list_.path, number, text);
    const Trial trial{model(number, line.model), set_.utterance(line.test), line.target};
    const std::vector<std::uint32_t>& enrolled = list_.models[trial.model].utterances;
    if (std::find(enrolled.begin(), enrolled.end(), trial.test) != enrolled.end())
      fail(list_.path, number, line.test + " is compared with itself; remove the line");
    const std::uint64_t key = std::uint64_t{trial.model} << 32 | trial.test;
    const auto [seen, is_new] = seen_.try_emplace(key, Seen{static_cast<std::uint32_t>(number), trial.target});
    if (!is_new) {
      const std::string first = "line " + std::to_string(seen->second.line);
      if (seen->second.target != trial.target)
        fail(list_.path, number, "the same trial has the other label in " + first + "; one of them is wrong");
      if (!drop_duplicates_)
        fail(list_.path, number,
             "the same trial stands in " + first + "; remove one, or pass --drop-duplicates to keep the first");
      return;
    }
    list_.trials.push_back(trial);
  }

  std::uint32_t model(std::size_t number, const std::string& name) {
    const auto [known, is_new] = models_.try_emplace(name, static_cast<std::uint32_t>(list_.models.size()));
    if (!is_new) return known->second;
    EnrolledModel model{name, {}};
    if (enrollment_.empty()) {
      model.utterances.push_back(set_.utterance(name));
    } else {
      const auto enrolled = enrollment_.find(name);
      if (enrolled == enrollment_.end())
        fail(list_.path, number, name + " is no model of the enrollment map; add it, or give another --enroll");
      for (const std::string& recording : enrolled->second) model.utterances.push_back(set_.utterance(recording));
    }
    list_.models.push_back(std::move(model));
    return known->second;
  }

  struct Seen {
    std::uint32_t line;
    bool target;
  };
  TrialSet& set_;
  const EnrollmentMap& enrollment_;
  bool drop_duplicates_;
  TrialList list_;
  std::map<std::string, std::uint32_t> models_;
  std::unordered_map<std::uint64_t, Seen> seen_;
};

std::map<std::string, std::string> read_wav_scp(const std::string& path) {
  std::map<std::string, std::string> files;
  for_each_line(path, [&](std::size_t number, const std::string& line) {
    const std::size_t space = line.find_first_of(" \t");
    const std::size_t file = line.find_first_not_of(" \t", space);
    if (space == 0 || file == std::string::npos) fail(path, number, "expected '<identifier> <path>'");
    if (line.back() == '|') fail(path, number, "commands are not run; write the audio to a file and name that");
    if (!files.try_emplace(line.substr(0, space), line.substr(file)).second)
      fail(path, number, line.substr(0, space) + " stands twice; remove one");
  });
  return files;
}

}  // namespace

std::uint32_t TrialSet::utterance(const std::string& name) {
  const auto [found, is_new] = index_.try_emplace(name, static_cast<std::uint32_t>(utterances.size()));
  if (is_new) utterances.push_back(name);
  return found->second;
}

std::vector<std::string> trial_list_paths(const std::string& trials) {
  if (!fs::exists(trials)) throw TrainerError(trials + ": no such trial list or folder; check the path");
  if (!fs::is_directory(trials)) return {trials};
  std::vector<std::string> lists;
  for (const auto& entry : fs::directory_iterator(trials)) {
    if (entry.path().extension() == ".txt") lists.push_back(entry.path().string());
  }
  std::sort(lists.begin(), lists.end());
  if (lists.empty()) throw TrainerError(trials + ": holds no .txt trial list; give another folder, or the list itself");
  return lists;
}

TrialSet read_trial_set(const TrialOptions& options) {
  TrialSet set;
  for (const std::string& path : trial_list_paths(options.trials)) {
    const EnrollmentMap enrollment =
        options.enroll.empty() ? enrollment_beside(path) : read_enrollment_map(options.enroll);
    ListReader(set, path, enrollment, options.drop_duplicates).read();
  }
  return set;
}

std::vector<std::string> find_files(const TrialSet& set, const FileNames& names) {
  std::map<std::string, std::string> scp;
  if (!names.wav_scp.empty()) scp = read_wav_scp(names.wav_scp);
  std::vector<std::string> files, missing;
  for (const std::string& name : set.utterances) {
    fs::path path = name;
    if (!scp.empty()) {
      const auto found = scp.find(name);
      if (found == scp.end())
        throw TrainerError(names.wav_scp + ": names no file for " + name + ", which a trial names");
      path = found->second;
    }
    path = fs::path(names.audio_root) / path;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
      const fs::path flac = fs::path(path).replace_extension(".flac");
      if (path.extension() == ".wav" && fs::is_regular_file(flac, error))
        path = flac;
      else
        missing.push_back(path.string());
    }
    files.push_back(path.string());
  }
  if (!missing.empty()) {
    std::string message = missing.front() + ": no such file, though a trial names it";
    if (missing.size() > 1) message += " (nor are " + std::to_string(missing.size() - 1) + " others)";
    throw TrainerError(message + "; check --audio-root" + (names.audio_root.empty() ? "" : " " + names.audio_root));
  }
  return files;
}

}  // namespace voiceprint::trainer
