// `trainer prepare`: from a corpus or a list of recordings to a pack, and a second pack for validation.
//
// Each file is decoded, resampled to 16 kHz and reduced to its speech by the same FrontEnd that runs on the client, so
// the network is trained on exactly what it will be given. A file that cannot be used is listed in
// <out>.bad_files.jsonl with its reason; only when none can be used is that an error. Recordings whose 16-bit samples
// are equal are listed in <out>.duplicates.jsonl. What was found is summed up in stats.json in each pack.
//
// A stop or a kill loses nothing: the same command goes on from the journal in <out>.writing, and the packs are the
// same, byte for byte, as those of an uninterrupted run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace voiceprint::trainer {

struct PrepareOptions {
  std::string list;           // see layouts.h
  std::string root;           // what relative paths in a list are relative to; empty: the list's folder
  std::string layout;         // one of layout_names(); empty: found out
  bool include_test = false;  // also the corpus's published test speakers
  std::string out;            // folder of the pack; see require_replaceable() for what it may hold

  double validation_share = 0;  // of the speakers, 0..0.9; see split.h
  std::string validation;       // folder of their pack; empty: <out>.validation
  std::uint64_t split_seed = 0;

  bool keep_silence = false;           // whole recordings, as for noise and impulse responses
  double min_seconds = 0.3;            // of speech (of audio with keep_silence)
  double max_seconds = 60.0;           // the rest of a longer recording is not used; above 0, at most 600
  std::optional<double> normalise_db;  // RMS that each recording gets, -60..0; the gain never clips
  double join_seconds = 0;  // successive recordings of one speaker and group become one as long as that has no more
  bool drop_duplicates = false;    // only the first of equal recordings goes into the pack
  std::uint64_t shard_mib = 1024;  // 1..1048576
  std::int64_t threads = 0;        // 0: as many as there are cores
};

// Returns the number of recordings in both packs. TrainerError, before anything is written, when a pack would take the
// place of its recordings, of the other pack or of what is no pack; also when stopped by SIGINT or SIGTERM, or by a
// full disk: what is done by then is kept.
std::size_t prepare(const PrepareOptions& given);

}  // namespace voiceprint::trainer
