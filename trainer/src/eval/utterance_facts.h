// What is known of the recordings of a trial set: who speaks, and what breakdowns go by.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/trial_list.h"

namespace voiceprint::trainer {

// Empty fields are not known.
struct UtteranceFacts {
  std::string speaker, corpus, language, gender, age_group;
};

// Lines of JSON objects with "path" as the trials name it, and any of "speaker", "corpus", "language", "gender",
// "age_group". One entry per utterance of the set. TrainerError if the file knows none of them.
std::vector<UtteranceFacts> read_utterance_facts(const std::string& metadata, const TrialSet& set);

// utterances.jsonl beside the trials or in the folder above them; empty where there is none.
std::string find_metadata(const std::string& trials);

// Speakers by number, one per utterance of the set. Facts name them where they name all. Otherwise target trials say
// which recordings share a speaker, and so do folders, unless a non-target trial contradicts a folder.
struct Speakers {
  std::vector<std::uint32_t> of_utterance;
  std::uint32_t count = 0;
};
Speakers find_speakers(const TrialSet& set, const std::vector<UtteranceFacts>& facts);

}  // namespace voiceprint::trainer
