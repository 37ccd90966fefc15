// Corpora as they are published: which files there are, and who speaks in them.
//
//   cn-celeb         <release>/data/<idNNNNN>/<genre>-<session>-<utterance>.flac; CN-Celeb1 and 2 may lie side by side
//                    and their speakers are kept apart as <release>/<idNNNNN>. Test: id00800..id00999, and eval/
//   voxceleb         .../<idNNNNN>/<video>/<file>, VoxCeleb1 and 2. Test: id10270..id10309 (VoxCeleb1-O), and what lies
//                    below test/, vox1_test... or vox2_test...
//   zhvoice          text/infodata.json: {"index": <path>, "speaker": ...} per line
//   librispeech      <split>/<speaker>/<chapter>/<speaker>-<chapter>-<number>.flac. Test: splits "test-..."
//   common-voice     [<language>/]<part>.tsv with the columns client_id and path, beside clips/; of a folder,
//                    validated.tsv or else the only such list
//   speaker-folders  <speaker>/**/<file>; files that lie in no folder are one speaker, named as the root
//   jsonl, text-list see audio_list.h
// Recordings of the published test speakers are left out unless asked for: a network that trained on them cannot be
// compared with others.
#pragma once

#include <string>
#include <vector>

#include "data/audio_list.h"

namespace voiceprint::trainer {

struct ListingOptions {
  std::string list;           // folder or file
  std::string root;           // what relative paths are relative to; empty: what the layout says, a list's own folder
  std::string layout;         // empty: found out
  bool include_test = false;  // keep the corpus's test speakers
};

struct Listing {
  std::string layout;
  std::vector<ListedRecording> recordings;  // a list's order; a folder's is sorted by name
  std::size_t num_test = 0;                 // left out as test speakers
  std::size_t num_other = 0;                // audio files that do not fit the layout that was asked for
};

const std::vector<std::string>& layout_names();

// TrainerError names what is wrong with the folder, the file or the line, and the cure; an ambiguous folder is refused.
Listing list_recordings(const ListingOptions& options);

}  // namespace voiceprint::trainer
