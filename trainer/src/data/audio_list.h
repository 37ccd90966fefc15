// Lists of recordings with speaker labels, as users bring them. Folders and corpora: layouts.h. Trials:
// eval/trial_list.h.
//
//   jsonl   {"path": ..., "speaker": ..., "corpus"?: ..., "language"?: ...} per line; other keys are ignored
//   text    "<path>\t<label>" (mvector), "<label> <path>" or "<path> <label>" (Groove), one per line
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace voiceprint::trainer {

struct ListedRecording {
  std::string path;  // as it will be opened
  std::string name;  // as it stands in the list, or relative to the folder
  std::string speaker;
  std::string group;  // "<corpus>/<language or genre>" where known: recordings made alike
};

// True for the suffixes of audio files, of those that cannot be decoded too: they are reported, not overlooked.
bool is_audio(const std::string& path);

// Calls `parse(number, line)` for each line that is not empty, without byte-order mark, carriage return and spaces at
// its end. Numbers count from 1. TrainerError if there is none.
void for_each_line(const std::string& list, const std::function<void(std::size_t, const std::string&)>& parse);

// Paths are relative to `root`. The order is the list's. TrainerError names file, line and what was expected.
std::vector<ListedRecording> read_json_lines(const std::string& list, const std::string& root);
std::vector<ListedRecording> read_text_list(const std::string& list, const std::string& root);

}  // namespace voiceprint::trainer
