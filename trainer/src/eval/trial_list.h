// Lists of trials as users of the field bring them.
//
//   1 A B, 0 A B               VoxCeleb
//   A B target|nontarget       Kaldi; A and B may be identifiers that a `wav.scp` gives files to
//   A B 1|0                    CN-Celeb; A may be a model that an enrollment map gives recordings to
// An enrollment map has lines "<model> <recording> [<recording> ...]" (CN-Celeb's enroll.map and enroll.lst, Kaldi's
// spk2utt); lines of one model add up.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace voiceprint::trainer {

// What a trial compares with: one recording, or several of one speaker.
struct EnrolledModel {
  std::string name;
  std::vector<std::uint32_t> utterances;  // indices into TrialSet::utterances; at least one
};

struct Trial {
  std::uint32_t model = 0;  // index into TrialList::models
  std::uint32_t test = 0;   // index into TrialSet::utterances
  bool target = false;
};

struct TrialList {
  std::string condition;  // the list's file name without its suffix
  std::string path;       // of the list, for messages
  std::vector<EnrolledModel> models;
  std::vector<Trial> trials;
};

struct TrialSet {
  std::vector<std::string> utterances;  // names as the lists give them, each once
  std::vector<TrialList> lists;
  // The index of a name, added where it is new.
  std::uint32_t utterance(const std::string& name);

 private:
  std::map<std::string, std::uint32_t, std::less<>> index_;
};

struct TrialOptions {
  std::string trials;            // a list, or a folder whose .txt files are lists
  std::string enroll;            // an enrollment map; empty: enroll.map or enroll.lst beside the list, where it is
  bool drop_duplicates = false;  // keep the first of equal lines instead of refusing the list
};

// TrainerError names list, line and cure: a line of another form, a trial that stands twice or with both labels, a
// recording against itself, no target or no non-target trial.
TrialSet read_trial_set(const TrialOptions& options);

// The lists that `trials` names, sorted.
std::vector<std::string> trial_list_paths(const std::string& trials);

// What a list's names are on disk.
struct FileNames {
  std::string audio_root;  // what paths are relative to
  std::string wav_scp;     // Kaldi's "<identifier> <path>" per line; empty: names are paths
};

// The file of each utterance. A name that ends in .wav may lie there as .flac (CN-Celeb). TrainerError names those that
// are not there.
std::vector<std::string> find_files(const TrialSet& set, const FileNames& names);

}  // namespace voiceprint::trainer
