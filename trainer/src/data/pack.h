// Packs: many recordings in a few files, read by offset without decoding. Layout in native/FORMATS.md, section "Pack".
//
//   audio.s16   16-bit little-endian mono PCM of all recordings, one after the other
//   index.bin   "VPPACK01", then one 24-byte record per recording
//   pack.json   version, sample rate, counts, speaker and group names, how it was made
//   names.txt   one recording name per line, in index order
// A pack is written to "<folder>.writing" and renamed when complete: a half-written pack never looks like one.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace voiceprint::trainer {

struct PackRecord {
  std::uint64_t offset = 0;       // first sample, counted in samples from the start of audio.s16
  std::uint64_t num_samples = 0;  // 1..2^32
  std::uint32_t speaker = 0;      // index into Pack::speakers()
  std::uint32_t group = 0;        // index into Pack::groups()
};
static_assert(sizeof(PackRecord) == 24);

class PackWriter {
 public:
  explicit PackWriter(std::string folder);
  ~PackWriter();  // removes what was not finished
  PackWriter(const PackWriter&) = delete;
  PackWriter& operator=(const PackWriter&) = delete;

  // Samples in [-1, 1] are rounded to 16 bits, saturating.
  void add(const std::string& name, const std::string& speaker, const std::string& group,
           std::span<const float> samples);
  // `made_by` goes to pack.json as it is.
  void finish(std::int32_t sample_rate_hz, const nlohmann::json& made_by);
  std::size_t num_recordings() const { return records_.size(); }

 private:
  std::uint32_t intern(std::vector<std::string>& names, std::map<std::string, std::uint32_t>& index,
                       const std::string& name);
  std::string folder_, temporary_;
  std::FILE* audio_ = nullptr;
  std::uint64_t num_samples_ = 0;
  std::vector<PackRecord> records_;
  std::vector<std::string> speakers_, groups_;
  std::map<std::string, std::uint32_t> speaker_index_, group_index_;
  std::string names_;
  std::vector<std::int16_t> buffer_;
};

// Memory-mapped and read-only; any number of threads. Everything in it is checked on opening: TrainerError names file
// and cure.
class Pack {
 public:
  explicit Pack(const std::string& folder);
  ~Pack();
  Pack(const Pack&) = delete;
  Pack& operator=(const Pack&) = delete;

  std::span<const PackRecord> records() const { return records_; }
  const std::vector<std::string>& speakers() const { return speakers_; }
  const std::vector<std::string>& groups() const { return groups_; }
  std::int32_t sample_rate_hz() const { return sample_rate_hz_; }
  std::span<const std::int16_t> samples(const PackRecord& record) const {
    return {audio_ + record.offset, static_cast<std::size_t>(record.num_samples)};
  }

 private:
  std::vector<PackRecord> records_;
  std::vector<std::string> speakers_, groups_;
  std::int32_t sample_rate_hz_ = 0;
  const std::int16_t* audio_ = nullptr;
  std::size_t audio_bytes_ = 0;
};

}  // namespace voiceprint::trainer
