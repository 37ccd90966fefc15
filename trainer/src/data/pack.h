// Packs: many recordings in a few files, read by offset without decoding. Layout in native/FORMATS.md, section "Pack".
//
//   audio-00000.s16 ...  shards: 16-bit little-endian mono PCM of the recordings, one after the other
//   index.bin            "VPPACK01", then one 24-byte record per recording
//   pack.json            version, sample rate, counts, shard sizes, speaker and group names, how it was made
//   names.txt            one line per record, in index order
// A pack is written to "<folder>.writing" and renamed when complete: a half-written pack never looks like one.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/mapped_file.h"

namespace voiceprint::trainer {

struct PackRecord {
  std::uint64_t offset = 0;       // first sample, counted from the start of the first shard
  std::uint64_t num_samples = 0;  // at least 1; all in one shard
  std::uint32_t speaker = 0;      // index into Pack::speakers()
  std::uint32_t group = 0;        // index into Pack::groups()
};
static_assert(sizeof(PackRecord) == 24);

// A pack takes the place of what `folder` held: that must be nothing, or a pack and no other file. The same holds for
// "<folder>.writing", which may be an unfinished pack. Otherwise TrainerError names what is there, and `option` as the
// one to change.
void require_replaceable(const std::string& folder, const std::string& option);

// [-1, 1] to 16 bits, rounded and saturating; the result lives in `pcm`.
std::span<const std::int16_t> to_pcm16(std::span<const float> samples, std::vector<std::int16_t>& pcm);

struct PackOptions {
  std::uint64_t max_shard_samples = std::uint64_t{1} << 29;  // 1 GiB; a longer recording has a shard of its own
  std::uint64_t join_samples = 0;  // a recording is joined to the one before when both are of the same speaker and
                                   // group and together have no more samples
  bool keep_unfinished = false;    // what was written stays, for recall() by a later writer
};

class PackWriter {
 public:
  // Here and in finish(): TrainerError unless the folder is replaceable, see above.
  explicit PackWriter(std::string folder, const PackOptions& options = {});
  ~PackWriter();  // removes what was not finished, unless keep_unfinished
  PackWriter(const PackWriter&) = delete;
  PackWriter& operator=(const PackWriter&) = delete;

  void add(const std::string& name, const std::string& speaker, const std::string& group,
           std::span<const std::int16_t> samples);
  void add(const std::string& name, const std::string& speaker, const std::string& group,
           std::span<const float> samples);
  // Instead of add(), after an interruption: takes the recording from what an earlier writer with the same options and
  // the same recordings left. False, and nothing changes, if it is not there or its samples have another SHA-256; from
  // then on, and from the first add(), what else was left is overwritten.
  bool recall(const std::string& name, const std::string& speaker, const std::string& group, std::uint64_t num_samples,
              std::string_view sha256);

  // A further file of the pack.
  void write_beside(const std::string& file, std::string_view content);
  // `made_by` goes to pack.json as it is.
  void finish(std::int32_t sample_rate_hz, const nlohmann::json& made_by);
  // Removes what was written, also with keep_unfinished.
  void discard();

  std::span<const PackRecord> records() const { return records_; }
  const std::vector<std::string>& speakers() const { return speakers_; }
  const std::vector<std::string>& groups() const { return groups_; }
  std::size_t num_recordings() const { return num_recordings_; }  // before joining

 private:
  bool fits_last_shard(std::uint64_t num_samples) const;
  void open_shard(std::size_t index);
  void close_shard();
  void note(const std::string& name, const std::string& speaker, const std::string& group, std::uint64_t num_samples);

  std::string folder_, temporary_;
  PackOptions options_;
  int shard_ = -1;  // descriptor of the shard open_index_
  std::size_t open_index_ = 0;
  std::vector<std::uint64_t> shards_;  // samples in each
  std::uint64_t num_samples_ = 0;
  std::vector<PackRecord> records_;
  std::vector<std::string> speakers_, groups_;
  std::map<std::string, std::uint32_t> speaker_index_, group_index_;
  std::string names_;
  std::size_t num_recordings_ = 0;
  std::vector<std::int16_t> buffer_;
};

// Memory-mapped and read-only; any number of threads. Everything in it is checked on opening: TrainerError names file
// and cure.
class Pack {
 public:
  // `setting`: what the folder was given by, for the message when it is empty or no pack.
  explicit Pack(const std::string& folder, const std::string& setting = "data.pack");

  std::span<const PackRecord> records() const { return records_; }
  const std::vector<std::string>& speakers() const { return speakers_; }
  const std::vector<std::string>& groups() const { return groups_; }
  std::int32_t sample_rate_hz() const { return sample_rate_hz_; }
  std::span<const std::int16_t> samples(const PackRecord& record) const;
  // The same for the same pack wherever it lies: of pack.json, index.bin and the start of every shard.
  const std::string& sha256() const { return sha256_; }

 private:
  struct Shard {
    std::uint64_t first_sample;
    MappedFile file;
  };
  std::size_t shard_of(std::uint64_t sample) const;

  std::vector<PackRecord> records_;
  std::vector<std::string> speakers_, groups_;
  std::int32_t sample_rate_hz_ = 0;
  std::vector<Shard> shards_;  // by first_sample
  std::string sha256_;
};

}  // namespace voiceprint::trainer
