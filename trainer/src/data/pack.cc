#include "data/pack.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "error.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;
constexpr char kMagic[8] = {'V', 'P', 'P', 'A', 'C', 'K', '0', '1'};
constexpr int kVersion = 1;

[[noreturn]] void fail_write(const std::string& path) {
  const int reason = errno;
  throw TrainerError(
      path + ": cannot be written: " + std::strerror(reason) +
      (reason == ENOSPC ? "; free some space or choose another --out, then run the same command again" : ""));
}

[[noreturn]] void unusable(const std::string& path, const std::string& what) {
  throw TrainerError(path + ": " + what + "; make the pack again with `trainer prepare`");
}

}  // namespace

PackWriter::PackWriter(std::string folder) : folder_(std::move(folder)), temporary_(folder_ + ".writing") {
  std::error_code error;
  fs::remove_all(temporary_, error);
  fs::create_directories(temporary_, error);
  if (error) throw TrainerError(temporary_ + ": cannot be created: " + error.message());
  audio_ = std::fopen((temporary_ + "/audio.s16").c_str(), "wb");
  if (audio_ == nullptr) fail_write(temporary_ + "/audio.s16");
}

PackWriter::~PackWriter() {
  if (audio_ != nullptr) std::fclose(audio_);
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

std::uint32_t PackWriter::intern(std::vector<std::string>& names, std::map<std::string, std::uint32_t>& index,
                                 const std::string& name) {
  const auto [entry, added] = index.try_emplace(name, static_cast<std::uint32_t>(names.size()));
  if (added) names.push_back(name);
  return entry->second;
}

void PackWriter::add(const std::string& name, const std::string& speaker, const std::string& group,
                     std::span<const float> samples) {
  buffer_.resize(samples.size());
  std::transform(samples.begin(), samples.end(), buffer_.begin(), [](float x) {
    return static_cast<std::int16_t>(std::lrint(std::clamp(x * 32768.0f, -32768.0f, 32767.0f)));
  });
  if (std::fwrite(buffer_.data(), sizeof(std::int16_t), buffer_.size(), audio_) != buffer_.size())
    fail_write(temporary_ + "/audio.s16");
  records_.push_back(
      {num_samples_, samples.size(), intern(speakers_, speaker_index_, speaker), intern(groups_, group_index_, group)});
  num_samples_ += samples.size();
  names_ += name;
  names_ += '\n';
}

void PackWriter::finish(std::int32_t sample_rate_hz, const nlohmann::json& made_by) {
  const bool flushed = std::fflush(audio_) == 0 && ::fsync(::fileno(audio_)) == 0;
  if (!flushed) fail_write(temporary_ + "/audio.s16");
  if (std::fclose(std::exchange(audio_, nullptr)) != 0) fail_write(temporary_ + "/audio.s16");
  write_file_atomically(temporary_ + "/index.bin", [&](const ByteSink& sink) {
    sink(kMagic, sizeof kMagic);
    sink(records_.data(), records_.size() * sizeof(PackRecord));
  });
  write_file_atomically(temporary_ + "/names.txt", names_);
  const nlohmann::json description = {{"version", kVersion},
                                      {"sample_rate_hz", sample_rate_hz},
                                      {"num_recordings", records_.size()},
                                      {"num_samples", num_samples_},
                                      {"speakers", speakers_},
                                      {"groups", groups_},
                                      {"made_by", made_by}};
  write_file_atomically(temporary_ + "/pack.json", description.dump(1));
  std::error_code error;
  fs::remove_all(folder_, error);
  fs::rename(temporary_, folder_, error);
  if (error) throw TrainerError(folder_ + ": cannot be replaced: " + error.message());
}

Pack::Pack(const std::string& folder) {
  if (!fs::exists(folder + "/pack.json")) unusable(folder, "is no pack (pack.json is missing)");
  std::uint64_t num_samples = 0;
  try {
    const auto description = nlohmann::json::parse(read_file(folder + "/pack.json"));
    if (description.at("version") != kVersion)
      unusable(folder + "/pack.json", "has version " + description.at("version").dump() + ", this program reads 1");
    sample_rate_hz_ = description.at("sample_rate_hz");
    num_samples = description.at("num_samples");
    speakers_ = description.at("speakers").get<std::vector<std::string>>();
    groups_ = description.at("groups").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception& error) {
    unusable(folder + "/pack.json", std::string("cannot be understood: ") + error.what());
  }
  const std::string index = read_file(folder + "/index.bin");
  if (index.size() < sizeof kMagic || std::memcmp(index.data(), kMagic, sizeof kMagic) != 0)
    unusable(folder + "/index.bin", "does not start with VPPACK01");
  if ((index.size() - sizeof kMagic) % sizeof(PackRecord) != 0) unusable(folder + "/index.bin", "was cut");
  records_.resize((index.size() - sizeof kMagic) / sizeof(PackRecord));
  std::memcpy(records_.data(), index.data() + sizeof kMagic, records_.size() * sizeof(PackRecord));

  const std::string audio = folder + "/audio.s16";
  const int descriptor = ::open(audio.c_str(), O_RDONLY);
  struct stat status {};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0)
    unusable(audio, std::string("cannot be opened: ") + std::strerror(errno));
  audio_bytes_ = static_cast<std::size_t>(status.st_size);
  if (audio_bytes_ != num_samples * sizeof(std::int16_t)) {
    ::close(descriptor);
    unusable(audio,
             "has " + std::to_string(audio_bytes_) + " bytes, pack.json promises " + std::to_string(num_samples * 2));
  }
  for (const PackRecord& record : records_) {
    if (record.num_samples == 0 || record.num_samples > num_samples ||
        record.offset > num_samples - record.num_samples || record.speaker >= speakers_.size() ||
        record.group >= groups_.size()) {
      ::close(descriptor);
      unusable(folder + "/index.bin", "has a record that points outside the pack");
    }
  }
  if (audio_bytes_ > 0) {
    void* mapped = ::mmap(nullptr, audio_bytes_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    ::close(descriptor);
    if (mapped == MAP_FAILED) unusable(audio, std::string("cannot be mapped: ") + std::strerror(errno));
    audio_ = static_cast<const std::int16_t*>(mapped);
  } else {
    ::close(descriptor);
  }
}

Pack::~Pack() {
  if (audio_ != nullptr) ::munmap(const_cast<std::int16_t*>(audio_), audio_bytes_);
}

}  // namespace voiceprint::trainer
