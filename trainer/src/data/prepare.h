// `trainer prepare`: from a list of recordings to a pack.
//
// Each file is decoded, resampled to 16 kHz and reduced to its speech by the same FrontEnd that runs on the client, so
// the network is trained on exactly what it will be given. A file that cannot be used is listed in bad_files.jsonl
// beside the pack with its reason; only when none can be used is that an error.
#pragma once

#include <cstdint>
#include <string>

namespace voiceprint::trainer {

struct PrepareOptions {
  std::string list;           // see audio_list.h
  std::string root;           // what relative paths in the list are relative to; empty: the list's folder
  std::string out;            // folder of the pack
  bool keep_silence = false;  // whole recordings, as for noise and impulse responses
  double min_seconds = 0.3;   // of speech (of audio with keep_silence)
  double max_seconds = 60.0;  // the rest of a longer recording is not used
  std::int64_t threads = 0;   // 0: as many as there are cores
};

// Returns the number of recordings in the pack.
std::size_t prepare(const PrepareOptions& options);

}  // namespace voiceprint::trainer
