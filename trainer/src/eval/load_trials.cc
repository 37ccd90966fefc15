#include "eval/load_trials.h"

#include <charconv>

#include "error.h"
#include "eval/trial_pairs.h"

namespace voiceprint::trainer {
namespace {

PairOptions pair_options(const TrialSource& source) {
  PairOptions options;
  options.recordings = source.lists.trials, options.root = source.names.audio_root, options.layout = source.layout;
  options.same_group = !source.any_impostor;
  if (source.pairs == "all") return options;
  const char* end = source.pairs.data() + source.pairs.size();
  const auto [stopped, error] = std::from_chars(source.pairs.data(), end, options.sampled);
  if (error != std::errc() || stopped != end || options.sampled < 1)
    throw TrainerError("--pairs " + source.pairs + ": expected 'all' or how many targets and non-targets to draw");
  return options;
}

}  // namespace

LoadedTrials load_trials(const TrialSource& source) {
  LoadedTrials loaded;
  std::string metadata = source.metadata;
  if (source.pairs.empty()) {
    loaded.set = read_trial_set(source.lists);
    loaded.files = find_files(loaded.set, source.names);
    if (metadata.empty()) metadata = find_metadata(source.lists.trials);
  } else {
    TrialPairs pairs = make_trial_pairs(pair_options(source));
    loaded.set = std::move(pairs.set), loaded.files = std::move(pairs.files), loaded.facts = std::move(pairs.facts);
    if (metadata.empty() && source.lists.trials.ends_with(".jsonl")) metadata = source.lists.trials;
  }
  if (!metadata.empty()) {
    std::vector<UtteranceFacts> facts = read_utterance_facts(metadata, loaded.set);
    // The list that made the pairs knows who speaks.
    for (std::size_t i = 0; i < loaded.facts.size(); ++i) facts[i].speaker = loaded.facts[i].speaker;
    loaded.facts = std::move(facts);
  }
  loaded.speakers = find_speakers(loaded.set, loaded.facts);
  return loaded;
}

}  // namespace voiceprint::trainer
