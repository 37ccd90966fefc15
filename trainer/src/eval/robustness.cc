#include "eval/robustness.h"

#include <algorithm>
#include <limits>
#include <map>

#include "error.h"
#include "eval/condition_metrics.h"
#include "eval/degradation.h"
#include "random.h"
#include "voiceprint/scoring.h"

namespace voiceprint::trainer {
namespace {

// A list's second recordings in an order that the names alone give.
std::vector<std::uint32_t> drawn_tests(const TrialList& list, std::size_t most) {
  std::map<std::uint64_t, std::uint32_t> shuffled;
  for (const Trial& trial : list.trials) shuffled[Random{0x726f62, trial.test}.bits()] = trial.test;
  std::vector<std::uint32_t> tests;
  for (const auto& [place, test] : shuffled) {
    if (tests.size() < most) tests.push_back(test);
  }
  return tests;
}

// Of the drawn recordings' trials, with `embeddings` of them by utterance; those that are not there have none.
Estimate eer_of(const TrialList& list, const Speakers& speakers, const std::vector<EmbeddedFile>& clean,
                const std::map<std::uint32_t, EmbeddedFile>& degraded, std::uint32_t resamplings,
                std::size_t* num_trials) {
  std::vector<ScoredTrial> trials;
  std::size_t targets = 0;
  for (const Trial& trial : list.trials) {
    const auto test = degraded.find(trial.test);
    const std::uint32_t enroll = list.models[trial.model].utterances.front();
    if (test == degraded.end() || test->second.embedding.empty() || clean[enroll].embedding.empty()) continue;
    trials.push_back({take(cosine_score(clean[enroll].embedding, test->second.embedding)), trial.target,
                      speakers.of_utterance[enroll], speakers.of_utterance[trial.test]});
    targets += trial.target;
  }
  if (num_trials != nullptr) *num_trials = trials.size();
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (std::min(targets, trials.size() - targets) < kLeastTrials) return {kNaN, {kNaN, kNaN}};
  return take(measure_trials(trials, {{}, false, resamplings, 1})).eer;
}

}  // namespace

Robustness measure_robustness(const Embedder& embedder, const LoadedTrials& trials,
                              const std::vector<EmbeddedFile>& clean, const RobustnessOptions& options) {
  // The recordings to be degraded, each once, though several conditions may share it.
  std::vector<std::uint32_t> utterances;
  std::vector<std::vector<std::uint32_t>> tests_of;
  for (const TrialList& list : trials.set.lists) {
    tests_of.push_back(drawn_tests(list, options.recordings));
    utterances.insert(utterances.end(), tests_of.back().begin(), tests_of.back().end());
  }
  std::sort(utterances.begin(), utterances.end());
  utterances.erase(std::unique(utterances.begin(), utterances.end()), utterances.end());
  std::vector<std::string> files, names;
  for (const std::uint32_t utterance : utterances)
    files.push_back(trials.files[utterance]), names.push_back(trials.set.utterances[utterance]);

  Robustness result;
  const auto add_row = [&](const std::string& name, const std::map<std::uint32_t, EmbeddedFile>& embeddings) {
    RobustnessRow row{name, {}};
    for (std::size_t i = 0; i < trials.set.lists.size(); ++i) {
      std::map<std::uint32_t, EmbeddedFile> own;
      for (const std::uint32_t test : tests_of[i]) own[test] = embeddings.at(test);
      std::size_t num_trials = 0;
      row.eers.push_back(eer_of(trials.set.lists[i], trials.speakers, clean, own, options.resamplings, &num_trials));
      if (result.rows.empty()) {
        result.conditions.push_back(trials.set.lists[i].condition);
        result.num_trials.push_back(num_trials);
      }
    }
    result.rows.push_back(std::move(row));
  };
  std::map<std::uint32_t, EmbeddedFile> as_they_are;
  for (const std::uint32_t utterance : utterances) as_they_are[utterance] = clean[utterance];
  add_row("as it is", as_they_are);

  const Degrader degrader(options.noise_pack, options.rir_pack);
  for (const Degradation& degradation : degrader.all(names)) {
    EmbeddingCache cache = options.cache.empty()
                               ? EmbeddingCache()
                               : EmbeddingCache(options.cache, cache_key(embedder, degradation.policy) +
                                                                   options.noise_pack + " " + options.rir_pack);
    std::vector<EmbeddedFile> made = embed_utterances(embedder, files, degradation.policy, cache);
    std::map<std::uint32_t, EmbeddedFile> embeddings;
    for (std::size_t i = 0; i < made.size(); ++i) {
      // A recording without so much speech says nothing of that length.
      const double wanted = degradation.policy.max_speech_s;
      if (static_cast<double>(made[i].quality.net_speech_s) < 0.95 * wanted) made[i].embedding.clear();
      embeddings[utterances[i]] = std::move(made[i]);
    }
    add_row(degradation.name, embeddings);
  }
  return result;
}

}  // namespace voiceprint::trainer
