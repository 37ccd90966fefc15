#include "voiceprint/audio_file.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>

#include "voiceprint/wav.h"

namespace voiceprint {
namespace {

using BlockSink = std::function<bool(const AudioInfo&, std::span<const float>)>;

constexpr std::size_t kBlockFrames = 16384;
constexpr std::uint64_t kMaxHeadBytes = std::uint64_t{16} << 20;  // chunks before the samples: pictures, notes

Error about(const std::string& path, const Error& error) {
  return {error.code, path + ": " + error.message};
}

// Reads the header from as little of the file as it needs.
Result<WavFormat> read_wav_header(std::ifstream& file, std::uint64_t file_bytes) {
  std::vector<std::uint8_t> head;
  for (std::uint64_t wanted = 4096;; wanted *= 16) {
    head.resize(static_cast<std::size_t>(std::min(wanted, file_bytes)));
    file.clear();
    file.seekg(0);
    file.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
    if (file.gcount() != static_cast<std::streamsize>(head.size()))
      return Error{ErrorCode::kIo, "cannot read the file; check the disk"};
    Result<WavFormat> format = parse_wav_header(head, file_bytes);
    const bool needs_more = !format.ok() && format.error().code == ErrorCode::kTruncated && head.size() < file_bytes;
    if (!needs_more || wanted >= kMaxHeadBytes) return format;
  }
}

Result<AudioInfo> stream_wav(std::ifstream& file, std::uint64_t file_bytes, const BlockSink& sink) {
  const Result<WavFormat> format = read_wav_header(file, file_bytes);
  if (!format) return format.error();
  const AudioInfo info{format->sample_rate_hz, format->num_channels, format->num_frames};
  const std::size_t frame_bytes = static_cast<std::size_t>(format->bytes_per_frame());
  std::vector<std::uint8_t> bytes(kBlockFrames * frame_bytes);
  std::vector<float> mono(kBlockFrames);
  file.clear();
  file.seekg(static_cast<std::streamoff>(format->data_offset));
  for (std::uint64_t done = 0; done < format->num_frames;) {
    const std::size_t frames =
        static_cast<std::size_t>(std::min<std::uint64_t>(kBlockFrames, format->num_frames - done));
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(frames * frame_bytes));
    if (file.gcount() != static_cast<std::streamsize>(frames * frame_bytes))
      return Error{ErrorCode::kIo, "cannot read the file; check the disk"};
    const std::span<float> block = std::span(mono).first(frames);
    const Result<void> decoded = decode_wav(*format, std::span(bytes).first(frames * frame_bytes), block);
    if (!decoded)
      return Error{decoded.error().code, "after " + std::to_string(done) + " samples, " + decoded.error().message};
    if (!sink(info, block)) break;
    done += frames;
  }
  return info;
}

Result<AudioInfo> stream_sndfile(const std::string& path, const BlockSink& sink) {
  SF_INFO header{};
  const std::unique_ptr<SNDFILE, decltype(&sf_close)> file(sf_open(path.c_str(), SFM_READ, &header), &sf_close);
  if (!file)
    return Error{ErrorCode::kUnsupportedFormat,
                 std::string("cannot decode it (") + sf_strerror(nullptr) + "); convert it to WAV, FLAC, Ogg or MP3"};
  if ((header.format & SF_FORMAT_SUBMASK) == SF_FORMAT_OPUS) {
    // At its full rate, as browsers decode it: our resampler then takes over from the same samples everywhere.
    int full_rate = 48000;
    sf_command(file.get(), SFC_SET_ORIGINAL_SAMPLERATE, &full_rate, sizeof full_rate);
    sf_command(file.get(), SFC_GET_CURRENT_SF_INFO, &header, sizeof header);
  }
  // A stream whose writer could not go back does not say how many frames it has.
  const bool length_known = header.frames > 0 && header.frames < SF_COUNT_MAX;
  const AudioInfo info{header.samplerate, header.channels,
                       length_known ? static_cast<std::uint64_t>(header.frames) : std::uint64_t{0}};
  const std::size_t channels = static_cast<std::size_t>(header.channels);
  std::vector<float> frames(kBlockFrames * channels);
  std::vector<float> mono(kBlockFrames);
  std::uint64_t done = 0;
  while (true) {
    const sf_count_t got = sf_readf_float(file.get(), frames.data(), static_cast<sf_count_t>(kBlockFrames));
    if (got <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
      double sum = 0;
      for (std::size_t c = 0; c < channels; ++c) sum += static_cast<double>(frames[i * channels + c]);
      mono[i] = static_cast<float>(sum / static_cast<double>(channels));
      if (!std::isfinite(mono[i]))
        return Error{ErrorCode::kNonFiniteSample,
                     "sample " + std::to_string(done + i) + " is not a finite number; write the file again"};
    }
    if (!sink(info, std::span<const float>(mono).first(static_cast<std::size_t>(got)))) return info;
    done += static_cast<std::uint64_t>(got);
  }
  if (length_known && done < info.num_frames)
    return Error{ErrorCode::kTruncated, "its header promises " + std::to_string(info.num_frames) +
                                            " samples, but only " + std::to_string(done) +
                                            " can be read; the file is cut, copy it again"};
  if (sf_error(file.get()) != SF_ERR_NO_ERROR)
    return Error{ErrorCode::kCorruptData,
                 std::string("decoding failed (") + sf_strerror(file.get()) + "); copy it again"};
  if (done == 0) return Error{ErrorCode::kEmptyAudio, "the file holds no samples; record it again"};
  return AudioInfo{info.sample_rate_hz, info.num_channels, done};
}

}  // namespace

Result<AudioInfo> stream_audio_file(const std::string& path, const BlockSink& sink) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> magic{};
  std::uint64_t file_bytes = 0;
  if (file) {
    file.seekg(0, std::ios::end);
    const std::streamoff end = file.tellg();
    if (end >= 0) file_bytes = static_cast<std::uint64_t>(end);
    file.seekg(0);
    if (end != 0) file.read(magic.data(), magic.size());
  }
  // A folder opens, but cannot be read.
  if (!file.is_open() || file.bad() || (file.fail() && !file.eof()))
    return about(path, {ErrorCode::kIo, std::string("cannot open the file (") + std::strerror(errno) + ")"});
  if (file_bytes == 0) return about(path, {ErrorCode::kEmptyAudio, "the file is empty; record it again"});

  const bool wav = std::memcmp(magic.data(), "RIFF", 4) == 0 || std::memcmp(magic.data(), "RF64", 4) == 0;
  Result<AudioInfo> info = wav ? stream_wav(file, file_bytes, sink) : stream_sndfile(path, sink);
  if (!info) return about(path, info.error());
  return info;
}

Result<AudioBuffer> read_audio_file(const std::string& path) {
  AudioBuffer buffer;
  const Result<AudioInfo> info = stream_audio_file(path, [&](const AudioInfo&, std::span<const float> mono) {
    buffer.samples.insert(buffer.samples.end(), mono.begin(), mono.end());
    return true;
  });
  if (!info) return info.error();
  buffer.sample_rate_hz = info->sample_rate_hz;
  return buffer;
}

Result<void> write_wav16(const std::string& path, std::span<const float> mono, std::int32_t sample_rate_hz) {
  const std::uint64_t data_bytes = std::uint64_t{2} * mono.size();
  if (data_bytes > 0xFFFFFFFFu - 36)
    return Error{ErrorCode::kInvalidArgument, path + ": too long for a WAV file; write it in parts"};
  std::vector<std::uint8_t> bytes;
  bytes.reserve(44 + static_cast<std::size_t>(data_bytes));
  const auto put = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  const auto put_id = [&](const char* id) { bytes.insert(bytes.end(), id, id + 4); };
  const std::uint32_t rate = static_cast<std::uint32_t>(sample_rate_hz);
  put_id("RIFF");
  put(static_cast<std::uint32_t>(36 + data_bytes), 4);
  put_id("WAVE");
  put_id("fmt ");
  put(16, 4);
  put(1, 2);  // PCM
  put(1, 2);  // channels
  put(rate, 4);
  put(2 * rate, 4);  // bytes per second
  put(2, 2);         // bytes per frame
  put(16, 2);        // bits
  put_id("data");
  put(static_cast<std::uint32_t>(data_bytes), 4);
  for (std::size_t i = 0; i < mono.size(); ++i) {
    if (!std::isfinite(mono[i]))
      return Error{ErrorCode::kNonFiniteSample, path + ": sample " + std::to_string(i) + " is not a finite number"};
    const float scaled = std::clamp(std::round(mono[i] * 32768.0f), -32768.0f, 32767.0f);
    put(static_cast<std::uint32_t>(static_cast<std::int32_t>(scaled)), 2);
  }
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return Error{ErrorCode::kIo, path + ": cannot write the file (" + std::strerror(errno) + ")"};
  return {};
}

}  // namespace voiceprint
