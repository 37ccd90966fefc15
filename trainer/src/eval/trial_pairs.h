// Trials made from labelled recordings: all against all, or a sample.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/trial_list.h"
#include "eval/utterance_facts.h"

namespace voiceprint::trainer {

struct PairOptions {
  std::string recordings;    // whatever `trainer prepare` reads: a list with labels, a corpus, a folder per speaker
  std::string root;          // what its relative paths are relative to; empty: what the layout says
  std::string layout;        // empty: found out
  std::int64_t sampled = 0;  // targets, and as many non-targets, per corpus; 0: every pair
  std::uint64_t seed = 1;
  bool same_group = true;  // impostors share the speaker's corpus and language or genre, where lists name them
};

struct TrialPairs {
  TrialSet set;
  std::vector<std::string> files;     // per utterance of the set
  std::vector<UtteranceFacts> facts;  // likewise: speaker and corpus
};

// One list per corpus (recordings of two corpora are easy to tell apart, whoever speaks). Sampled pairs are spread
// evenly over speakers and over pairs of speakers, each pair once; fewer where there are not as many. TrainerError
// names what is missing: a second speaker, a speaker with two recordings.
TrialPairs make_trial_pairs(const PairOptions& options);

}  // namespace voiceprint::trainer
