#include "eval/scored_trials.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <unordered_set>

#include "data/audio_list.h"
#include "error.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConditionMark = "# condition ";
constexpr const char* kNoScore = "nan";

std::string shortest(float score) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, score).ptr};
}

[[noreturn]] void fail(const std::string& path, std::size_t line, const std::string& what) {
  throw TrainerError(path + ":" + std::to_string(line) + ": " + what);
}

bool parse_label(const std::string& path, std::size_t number, const std::string& word) {
  if (word == "1" || word == "target") return true;
  if (word == "0" || word == "nontarget") return false;
  fail(path, number, "the label \"" + word + "\" is none of 1, 0, target, nontarget");
}

float parse_score(const std::string& path, std::size_t number, const std::string& word) {
  char* end = nullptr;
  const float score = std::strtof(word.c_str(), &end);
  if (end != word.c_str() + word.size() || !std::isfinite(score))
    fail(path, number, "the score \"" + word + "\" is no finite number; score the trial again");
  return score;
}

void check_kinds(const std::string& path, const ScoredCondition& condition) {
  std::size_t targets = 0;
  for (const ScoredTrial& trial : condition.trials) targets += trial.is_target;
  if (targets == 0 || targets == condition.trials.size())
    throw TrainerError(path + ": condition " + condition.name + " has no " + (targets == 0 ? "target" : "non-target") +
                       " trial; error rates need both kinds");
}

// `value` gives the number of a condition's trial, by its index among the scored ones.
void write_trials(const std::string& path, const ScoredSystem& system, const TrialSet& set,
                  float (*value)(const ScoredCondition&, std::size_t)) {
  write_file_atomically(path, [&](const ByteSink& sink) {
    std::string text;
    for (std::size_t c = 0; c < system.conditions.size(); ++c) {
      const ScoredCondition& condition = system.conditions[c];
      const TrialList& list = set.lists[c];
      text += kConditionMark + condition.name + "\n";
      std::size_t next = 0;  // of the scored ones
      for (const Trial& trial : list.trials) {
        const bool scored = next < condition.trials.size() && condition.recordings[next].model == trial.model &&
                            condition.recordings[next].test == trial.test;
        text += trial.target ? "1 " : "0 ";
        text += scored ? shortest(value(condition, next++)) : kNoScore;
        text += " " + list.models[trial.model].name + " " + set.utterances[trial.test] + "\n";
        if (text.size() > 1 << 20) sink(text.data(), text.size()), text.clear();
      }
    }
    sink(text.data(), text.size());
  });
}

}  // namespace

void write_scores(const std::string& path, const ScoredSystem& system, const TrialSet& set) {
  write_trials(path, system, set, [](const ScoredCondition& c, std::size_t i) { return c.trials[i].score; });
}

void write_llrs(const std::string& path, const ScoredSystem& system, const TrialSet& set) {
  write_trials(path, system, set, [](const ScoredCondition& c, std::size_t i) { return c.llrs[i]; });
}

ScoreFile read_scores(const std::string& path, const std::string& metadata) {
  ScoreFile file;
  file.system.name = fs::path(path).stem().string();
  std::unordered_set<std::uint64_t> seen;
  const auto begin_condition = [&](const std::string& name) {
    file.system.conditions.push_back({name, {}, {}, {}, {}, 0});
    file.set.lists.push_back({name, path, {}, {}});
    seen.clear();
  };
  for_each_line(path, [&](std::size_t number, const std::string& line) {
    if (line.rfind(kConditionMark, 0) == 0) return begin_condition(line.substr(std::string(kConditionMark).size()));
    if (line.front() == '#') return;
    std::istringstream words(line);
    std::string label, score, enroll, test, rest;
    if (!(words >> label >> score >> enroll >> test) || (words >> rest))
      fail(path, number, "expected '<label> <score> <enroll> <test>'");
    if (file.system.conditions.empty()) begin_condition(file.system.name);
    ScoredCondition& condition = file.system.conditions.back();
    TrialList& list = file.set.lists.back();
    const TrialRecordings recordings{file.set.utterance(enroll), file.set.utterance(test),
                                     static_cast<std::uint32_t>(list.models.size())};
    if (!seen.insert(std::uint64_t{recordings.enroll} << 32 | recordings.test).second)
      fail(path, number, "the trial " + enroll + " " + test + " stands twice; remove one");
    const bool target = parse_label(path, number, label);
    if (score == kNoScore) {
      ++condition.num_skipped;
      return;
    }
    condition.trials.push_back({parse_score(path, number, score), target, 0, 0});
    condition.recordings.push_back(recordings);
    list.trials.push_back({recordings.model, recordings.test, target});
    list.models.push_back({enroll, {recordings.enroll}});
  });
  if (file.system.conditions.empty()) throw TrainerError(path + ": holds no score");
  for (const ScoredCondition& condition : file.system.conditions) check_kinds(path, condition);

  std::vector<UtteranceFacts> facts;
  if (!metadata.empty()) facts = read_utterance_facts(metadata, file.set);
  file.speakers = find_speakers(file.set, facts);
  for (ScoredCondition& condition : file.system.conditions) {
    for (std::size_t i = 0; i < condition.trials.size(); ++i) {
      condition.trials[i].enroll_speaker = file.speakers.of_utterance[condition.recordings[i].enroll];
      condition.trials[i].test_speaker = file.speakers.of_utterance[condition.recordings[i].test];
    }
  }
  return file;
}

}  // namespace voiceprint::trainer
