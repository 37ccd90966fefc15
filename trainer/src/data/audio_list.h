// Lists of recordings with speaker labels, in every form that users bring.
//
//   folder     <root>/<speaker>/**/<file>       any audio suffix; the first folder level names the speaker
//   *.jsonl    {"path": ..., "speaker": ..., "corpus"?: ..., "language"?: ...} per line; other keys are ignored
//   text       "<path>\t<label>" (mvector), "<label> <path>" or "<path> <label>" (Groove), one per line
// Relative paths are resolved against `root` when given, else against the list's own folder.
#pragma once

#include <string>
#include <vector>

namespace voiceprint::trainer {

struct ListedRecording {
  std::string path;  // as it will be opened
  std::string name;  // as it stands in the list, or relative to the folder
  std::string speaker;
  std::string group;  // "<corpus>/<language>" where known: recordings made alike
};

// TrainerError names file, line and what was expected. The order is the list's (a folder's is sorted by path).
std::vector<ListedRecording> read_audio_list(const std::string& list, const std::string& root);

// One trial of a list "1 A B" / "0 A B", or Kaldi's "A B target|nontarget".
struct Trial {
  std::string enroll, test;
  bool target = false;
};
std::vector<Trial> read_trials(const std::string& path);

}  // namespace voiceprint::trainer
