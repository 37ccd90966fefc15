// From what a user names to trials that can be scored: lists or pairs, files, facts, speakers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/trial_list.h"
#include "eval/utterance_facts.h"

namespace voiceprint::trainer {

struct TrialSource {
  TrialOptions lists;
  FileNames names;
  std::string metadata;  // empty: utterances.jsonl near the lists, where it is
  std::string pairs;     // empty: `lists.trials` are lists; "all" or a number: labelled recordings to make pairs of
  std::string layout;    // of labelled recordings; empty: found out
  bool any_impostor = false;  // of pairs: of other languages and genres too
};

struct LoadedTrials {
  TrialSet set;
  std::vector<std::string> files;     // per utterance
  std::vector<UtteranceFacts> facts;  // per utterance, or none
  Speakers speakers;
};

// TrainerError as read_trial_set, find_files and make_trial_pairs say.
LoadedTrials load_trials(const TrialSource& source);

}  // namespace voiceprint::trainer
