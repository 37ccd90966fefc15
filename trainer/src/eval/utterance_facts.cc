#include "eval/utterance_facts.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "data/audio_list.h"
#include "error.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

// Union-find over utterances.
class Groups {
 public:
  explicit Groups(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), 0u); }
  std::uint32_t find(std::uint32_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::uint32_t a, std::uint32_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<std::uint32_t> parent_;
};

Groups join_by_trials(const TrialSet& set) {
  Groups groups(set.utterances.size());
  for (const TrialList& list : set.lists) {
    for (const EnrolledModel& model : list.models) {
      for (const std::uint32_t utterance : model.utterances) groups.join(model.utterances.front(), utterance);
    }
    for (const Trial& trial : list.trials) {
      if (trial.target) groups.join(list.models[trial.model].utterances.front(), trial.test);
    }
  }
  return groups;
}

bool contradicted(Groups& groups, const TrialSet& set) {
  for (const TrialList& list : set.lists) {
    for (const Trial& trial : list.trials) {
      if (!trial.target && groups.find(list.models[trial.model].utterances.front()) == groups.find(trial.test))
        return true;
    }
  }
  return false;
}

template <typename Key>
Speakers number(const std::vector<Key>& keys) {
  Speakers speakers;
  std::map<Key, std::uint32_t> numbers;
  for (const Key& key : keys)
    speakers.of_utterance.push_back(numbers.try_emplace(key, static_cast<std::uint32_t>(numbers.size())).first->second);
  speakers.count = static_cast<std::uint32_t>(numbers.size());
  return speakers;
}

Speakers number(Groups& groups, std::size_t size) {
  std::vector<std::uint32_t> roots;
  for (std::uint32_t i = 0; i < size; ++i) roots.push_back(groups.find(i));
  return number(roots);
}

}  // namespace

std::vector<UtteranceFacts> read_utterance_facts(const std::string& metadata, const TrialSet& set) {
  std::map<std::string, std::uint32_t> index;
  for (std::uint32_t i = 0; i < set.utterances.size(); ++i) index[set.utterances[i]] = i;
  std::vector<UtteranceFacts> facts(set.utterances.size());
  std::size_t known = 0;
  for_each_line(metadata, [&](std::size_t number, const std::string& line) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (!entry.is_object() || !entry.contains("path") || !entry["path"].is_string())
      throw TrainerError(metadata + ":" + std::to_string(number) + ": not a JSON object with a \"path\"");
    const auto found = index.find(entry["path"].get<std::string>());
    if (found == index.end()) return;
    const auto text = [&](const char* key) {
      return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>() : std::string();
    };
    facts[found->second] = {text("speaker"), text("corpus"), text("language"), text("gender"), text("age_group")};
    ++known;
  });
  if (known == 0)
    throw TrainerError(metadata +
                       ": knows no recording of the trials; its \"path\" must be as the trials name it, like " +
                       set.utterances.front());
  return facts;
}

std::string find_metadata(const std::string& trials) {
  fs::path folder = fs::path(trials + (fs::is_directory(trials) ? "/" : "")).parent_path();
  for (int level = 0; level < 2; ++level, folder = fs::path(folder).parent_path()) {
    if (fs::is_regular_file(folder / "utterances.jsonl")) return (folder / "utterances.jsonl").string();
  }
  return "";
}

Speakers find_speakers(const TrialSet& set, const std::vector<UtteranceFacts>& facts) {
  if (!facts.empty() && std::all_of(facts.begin(), facts.end(), [](const auto& f) { return !f.speaker.empty(); })) {
    std::vector<std::string> names;
    for (const UtteranceFacts& fact : facts) names.push_back(fact.speaker);
    return number(names);
  }
  Groups groups = join_by_trials(set);
  Groups with_folders = groups;
  std::map<std::string, std::uint32_t> folders;
  for (std::uint32_t i = 0; i < set.utterances.size(); ++i) {
    const std::string folder = fs::path(set.utterances[i]).parent_path().string();
    if (folder.empty()) continue;
    with_folders.join(folders.try_emplace(folder, i).first->second, i);
  }
  return number(contradicted(with_folders, set) ? groups : with_folders, set.utterances.size());
}

}  // namespace voiceprint::trainer
