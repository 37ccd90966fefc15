#include "data/pack.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "error.h"
#include "run/sha256.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;
constexpr char kMagic[8] = {'V', 'P', 'P', 'A', 'C', 'K', '0', '1'};
constexpr int kVersion = 2;

std::string shard_name(std::size_t index) {
  char name[32];
  std::snprintf(name, sizeof name, "audio-%05zu.s16", index);
  return name;
}

[[noreturn]] void fail_write(const std::string& path) {
  const int reason = errno;
  throw TrainerError(path + ": cannot be written: " + std::strerror(reason) +
                     (reason == ENOSPC || reason == EDQUOT
                          ? "; free some space or choose another --out, then run the same command again"
                          : ""));
}

[[noreturn]] void unusable(const std::string& path, const std::string& what) {
  throw TrainerError(path + ": " + what + "; make the pack again with `trainer prepare`");
}

// The path of a file that a pack must have.
std::string existing(const std::string& folder, const std::string& file) {
  std::string path = folder + "/" + file;
  if (!fs::exists(path)) unusable(path, "is missing");
  return path;
}

// Of a finished pack or of an unfinished one; the journal is prepare's. "<file>.writing": see write_file.h.
bool is_of_a_pack(const fs::directory_entry& entry) {
  static constexpr std::array<std::string_view, 5> kFiles = {"index.bin", "journal.jsonl", "names.txt", "pack.json",
                                                             "stats.json"};
  fs::path file = entry.path().filename();
  if (file.extension() == ".writing") file = file.stem();
  const std::string name = file.string();
  const bool shard = name.starts_with("audio") && name.ends_with(".s16");
  return entry.is_regular_file() && (shard || std::find(kFiles.begin(), kFiles.end(), name) != kFiles.end());
}

std::uint32_t intern(std::vector<std::string>& names, std::map<std::string, std::uint32_t>& index,
                     const std::string& name) {
  const auto [entry, added] = index.try_emplace(name, static_cast<std::uint32_t>(names.size()));
  if (added) names.push_back(name);
  return entry->second;
}

// Enough to tell recordings apart; the whole of a large corpus would take minutes.
std::string_view start_of(const MappedFile& file) {
  return {static_cast<const char*>(file.data()), std::min<std::size_t>(file.num_bytes(), 1 << 16)};
}

std::uint64_t bytes_of(std::uint64_t num_samples) {
  return num_samples * sizeof(std::int16_t);
}

}  // namespace

void require_replaceable(const std::string& folder, const std::string& option) try {
  const auto refuse = [&](const std::string& path, const std::string& what) {
    throw TrainerError(path + ": " + what + ", and the new pack would take its place; choose another " + option +
                       ", or move it away");
  };
  const std::string unfinished = folder + ".writing";
  for (const std::string& path : {folder, unfinished}) {
    if (!fs::exists(path)) continue;
    if (!fs::is_directory(path)) refuse(path, "is a file");
    for (const auto& entry : fs::directory_iterator(path)) {
      if (!is_of_a_pack(entry))
        refuse(path, "holds " + entry.path().filename().string() + ", which is no part of a pack");
    }
  }
  // A kill while finish() removes the old pack leaves part of that, and all of the new one.
  if (fs::exists(folder) && !fs::is_empty(folder) && !fs::exists(folder + "/pack.json") &&
      !fs::exists(unfinished + "/pack.json"))
    refuse(folder, "is neither empty nor a pack");
} catch (const fs::filesystem_error& error) {
  throw TrainerError(error.path1().string() + ": cannot be read: " + error.code().message() + "; choose another " +
                     option);
}

PackWriter::PackWriter(std::string folder, const PackOptions& options)
    : folder_(std::move(folder)), temporary_(folder_ + ".writing"), options_(options) {
  require_replaceable(folder_, "folder");
  std::error_code error;
  if (!options_.keep_unfinished) fs::remove_all(temporary_, error);
  fs::create_directories(temporary_, error);
  if (error) throw TrainerError(temporary_ + ": cannot be created: " + error.message());
}

PackWriter::~PackWriter() {
  if (options_.keep_unfinished)
    close_shard();
  else
    discard();
}

void PackWriter::discard() {
  close_shard();
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void PackWriter::close_shard() {
  if (shard_ >= 0) ::close(std::exchange(shard_, -1));
}

// The last shard, or the next one, ready to be read and written.
void PackWriter::open_shard(std::size_t index) {
  if (shard_ >= 0 && open_index_ == index) return;
  if (shard_ >= 0 && ::fsync(shard_) != 0) fail_write(temporary_ + "/" + shard_name(open_index_));
  close_shard();
  const std::string path = temporary_ + "/" + shard_name(index);
  shard_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (shard_ < 0) fail_write(path);
  open_index_ = index;
}

bool PackWriter::fits_last_shard(std::uint64_t num_samples) const {
  return !shards_.empty() && shards_.back() + num_samples <= options_.max_shard_samples;
}

void PackWriter::note(const std::string& name, const std::string& speaker, const std::string& group,
                      std::uint64_t num_samples) {
  const bool same_shard = fits_last_shard(num_samples);
  if (!same_shard) shards_.push_back(0);
  const std::uint32_t speaker_number = intern(speakers_, speaker_index_, speaker),
                      group_number = intern(groups_, group_index_, group);
  const bool joined = same_shard && records_.back().speaker == speaker_number &&
                      records_.back().group == group_number &&
                      records_.back().num_samples + num_samples <= options_.join_samples;
  if (joined) {
    records_.back().num_samples += num_samples;
    names_.back() = '\t';
  } else {
    records_.push_back({num_samples_, num_samples, speaker_number, group_number});
  }
  names_ += name;
  names_ += '\n';
  shards_.back() += num_samples;
  num_samples_ += num_samples;
  ++num_recordings_;
}

void PackWriter::add(const std::string& name, const std::string& speaker, const std::string& group,
                     std::span<const std::int16_t> samples) {
  const bool same_shard = fits_last_shard(samples.size());
  open_shard(same_shard ? shards_.size() - 1 : shards_.size());
  std::uint64_t at = bytes_of(same_shard ? shards_.back() : 0);
  const char* bytes = reinterpret_cast<const char*>(samples.data());
  for (std::size_t left = samples.size_bytes(); left > 0;) {
    const ssize_t written = ::pwrite(shard_, bytes, left, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_write(temporary_ + "/" + shard_name(open_index_));
    bytes += written, at += static_cast<std::uint64_t>(written), left -= static_cast<std::size_t>(written);
  }
  note(name, speaker, group, samples.size());
}

void PackWriter::add(const std::string& name, const std::string& speaker, const std::string& group,
                     std::span<const float> samples) {
  add(name, speaker, group, std::span<const std::int16_t>(to_pcm16(samples, buffer_)));
}

bool PackWriter::recall(const std::string& name, const std::string& speaker, const std::string& group,
                        std::uint64_t num_samples, std::string_view sha256) {
  const bool same_shard = fits_last_shard(num_samples);
  open_shard(same_shard ? shards_.size() - 1 : shards_.size());
  const off_t at = static_cast<off_t>(bytes_of(same_shard ? shards_.back() : 0));
  const off_t end = ::lseek(shard_, 0, SEEK_END);
  if (num_samples == 0 || end < at || bytes_of(num_samples) > static_cast<std::uint64_t>(end - at)) return false;
  buffer_.resize(num_samples);
  char* bytes = reinterpret_cast<char*>(buffer_.data());
  for (std::size_t done = 0; done < bytes_of(num_samples);) {
    const ssize_t got = ::pread(shard_, bytes + done, bytes_of(num_samples) - done, at + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  if (sha256_hex({bytes, bytes_of(num_samples)}) != sha256) return false;
  note(name, speaker, group, num_samples);
  return true;
}

void PackWriter::write_beside(const std::string& file, std::string_view content) {
  write_file_atomically(temporary_ + "/" + file, content);
}

void PackWriter::finish(std::int32_t sample_rate_hz, const nlohmann::json& made_by) {
  require_replaceable(folder_, "folder");  // hours may have passed
  // An earlier writer may have got further.
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    open_shard(i);
    if (::ftruncate(shard_, static_cast<off_t>(bytes_of(shards_[i]))) != 0 || ::fsync(shard_) != 0)
      fail_write(temporary_ + "/" + shard_name(i));
  }
  close_shard();
  std::error_code error;
  for (std::size_t i = shards_.size(); fs::remove(temporary_ + "/" + shard_name(i), error); ++i) {
  }
  write_file_atomically(temporary_ + "/index.bin", [&](const ByteSink& sink) {
    sink(kMagic, sizeof kMagic);
    sink(records_.data(), records_.size() * sizeof(PackRecord));
  });
  write_beside("names.txt", names_);
  const nlohmann::json description = {{"version", kVersion},
                                      {"sample_rate_hz", sample_rate_hz},
                                      {"num_recordings", records_.size()},
                                      {"num_samples", num_samples_},
                                      {"shards", shards_},
                                      {"speakers", speakers_},
                                      {"groups", groups_},
                                      {"made_by", made_by}};
  write_beside("pack.json", description.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
  error.clear();
  fs::remove_all(folder_, error);
  fs::rename(temporary_, folder_, error);
  if (error) throw TrainerError(folder_ + ": cannot be replaced: " + error.message());
}

std::span<const std::int16_t> to_pcm16(std::span<const float> samples, std::vector<std::int16_t>& pcm) {
  pcm.resize(samples.size());
  std::transform(samples.begin(), samples.end(), pcm.begin(), [](float x) {
    return static_cast<std::int16_t>(std::lrint(std::clamp(x * 32768.0f, -32768.0f, 32767.0f)));
  });
  return pcm;
}

Pack::Pack(const std::string& folder, const std::string& setting) {
  if (folder.empty())
    throw TrainerError(setting + ": is not set; give it the folder of a pack that `trainer prepare` made");
  const std::string json = folder + "/pack.json";
  if (!fs::exists(json))
    throw TrainerError(folder + ": is no pack (pack.json is missing); correct " + setting +
                       ", or make the pack with `trainer prepare`");
  const std::string text = read_file(json);
  std::uint64_t num_samples = 0, num_recordings = 0;
  std::vector<std::uint64_t> shards;
  std::vector<std::string> files;
  try {
    const auto description = nlohmann::json::parse(text);
    const auto& version = description.at("version");
    if (version != kVersion && version != 1)
      unusable(json, "has version " + version.dump() + ", this program reads 1 and 2");
    sample_rate_hz_ = description.at("sample_rate_hz");
    num_samples = description.at("num_samples");
    num_recordings = description.at("num_recordings");
    speakers_ = description.at("speakers").get<std::vector<std::string>>();
    groups_ = description.at("groups").get<std::vector<std::string>>();
    if (version == 1) {
      shards = {num_samples}, files = {"audio.s16"};
    } else {
      shards = description.at("shards").get<std::vector<std::uint64_t>>();
      for (std::size_t i = 0; i < shards.size(); ++i) files.push_back(shard_name(i));
    }
  } catch (const nlohmann::json::exception& error) {
    unusable(json, std::string("cannot be understood: ") + error.what());
  }
  std::uint64_t first_sample = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string path = existing(folder, files[i]);
    shards_.push_back({first_sample, MappedFile(path)});
    const std::size_t bytes = shards_.back().file.num_bytes();
    if (bytes % sizeof(std::int16_t) != 0 || bytes / sizeof(std::int16_t) != shards[i])
      unusable(path,
               "has " + std::to_string(bytes) + " bytes, pack.json promises " + std::to_string(bytes_of(shards[i])));
    first_sample += shards[i];
  }
  if (first_sample != num_samples)
    unusable(json,
             "promises " + std::to_string(num_samples) + " samples, its shards have " + std::to_string(first_sample));

  const std::string index = read_file(existing(folder, "index.bin"));
  if (index.size() < sizeof kMagic || std::memcmp(index.data(), kMagic, sizeof kMagic) != 0)
    unusable(folder + "/index.bin", "does not start with VPPACK01");
  if ((index.size() - sizeof kMagic) % sizeof(PackRecord) != 0) unusable(folder + "/index.bin", "was cut");
  records_.resize((index.size() - sizeof kMagic) / sizeof(PackRecord));
  if (!records_.empty())
    std::memcpy(records_.data(), index.data() + sizeof kMagic, records_.size() * sizeof(PackRecord));
  if (records_.size() != num_recordings)
    unusable(folder + "/index.bin", "has " + std::to_string(records_.size()) + " records, pack.json promises " +
                                        std::to_string(num_recordings));
  for (const PackRecord& record : records_) {
    bool inside = record.num_samples > 0 && record.offset < num_samples && record.speaker < speakers_.size() &&
                  record.group < groups_.size();
    if (inside) {
      const std::size_t shard = shard_of(record.offset);
      const std::uint64_t within = record.offset - shards_[shard].first_sample;
      inside = record.num_samples <= shards[shard] - within;
    }
    if (!inside) unusable(folder + "/index.bin", "has a record that points outside the pack");
  }

  sha256_ = sha256_hex(text + index);
  for (const Shard& shard : shards_) sha256_ = sha256_hex(sha256_.append(start_of(shard.file)));
}

std::size_t Pack::shard_of(std::uint64_t sample) const {
  const auto next = std::upper_bound(shards_.begin(), shards_.end(), sample,
                                     [](std::uint64_t at, const Shard& shard) { return at < shard.first_sample; });
  return static_cast<std::size_t>(next - shards_.begin()) - 1;
}

std::span<const std::int16_t> Pack::samples(const PackRecord& record) const {
  const Shard& shard = shards_[shard_of(record.offset)];
  return {static_cast<const std::int16_t*>(shard.file.data()) + (record.offset - shard.first_sample),
          static_cast<std::size_t>(record.num_samples)};
}

}  // namespace voiceprint::trainer
