#include "data/codec.h"

#include <sndfile.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "error.h"
#include "run/config.h"
#include "voiceprint/resampler.h"

namespace voiceprint::trainer {
namespace {

constexpr std::int32_t kSampleRateHz = 16000;

// A file in memory for libsndfile.
struct MemoryFile {
  std::string bytes;
  sf_count_t position = 0;
};

sf_count_t memory_length(void* user) {
  return static_cast<sf_count_t>(static_cast<MemoryFile*>(user)->bytes.size());
}
sf_count_t memory_seek(sf_count_t offset, int whence, void* user) {
  auto* file = static_cast<MemoryFile*>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->position : memory_length(user);
  return file->position = base + offset;
}
sf_count_t memory_read(void* target, sf_count_t count, void* user) {
  auto* file = static_cast<MemoryFile*>(user);
  const sf_count_t left = std::max<sf_count_t>(0, memory_length(user) - file->position);
  count = std::min(count, left);
  std::memcpy(target, file->bytes.data() + file->position, static_cast<std::size_t>(count));
  file->position += count;
  return count;
}
sf_count_t memory_write(const void* source, sf_count_t count, void* user) {
  auto* file = static_cast<MemoryFile*>(user);
  const auto end = static_cast<std::size_t>(file->position + count);
  if (file->bytes.size() < end) file->bytes.resize(end);
  std::memcpy(file->bytes.data() + file->position, source, static_cast<std::size_t>(count));
  file->position += count;
  return count;
}
sf_count_t memory_tell(void* user) {
  return static_cast<MemoryFile*>(user)->position;
}

// The compression level at which libsndfile encodes 16 kHz mono at a bit rate: it spreads levels evenly over what the
// codec can (MPEG 2 Layer III: 8 to 160 kbit/s; Opus: 6 to 256).
double level_of(const Codec& codec) {
  if (codec.bitrate_kbps <= 0) return codec.compression;
  const double least = codec.family == CodecFamily::kMp3 ? 8 : 6, most = codec.family == CodecFamily::kMp3 ? 160 : 256;
  return std::clamp((most - codec.bitrate_kbps) / (most - least), 0.0, 1.0);
}

// Encodes and decodes once. Where this build of libsndfile has no such encoder the samples stay as they are.
void through_file(std::vector<float>& samples, std::int32_t rate_hz, int format, double compression,
                  bool constant_rate = false) {
  SF_VIRTUAL_IO io{memory_length, memory_seek, memory_read, memory_write, memory_tell};
  MemoryFile file;
  SF_INFO info{};
  info.samplerate = rate_hz;
  info.channels = 1;
  info.format = format;
  if (!sf_format_check(&info)) return;
  SNDFILE* writer = sf_open_virtual(&io, SFM_WRITE, &info, &file);
  if (writer == nullptr) return;
  if (constant_rate) {
    int mode = SF_BITRATE_MODE_CONSTANT;
    sf_command(writer, SFC_SET_BITRATE_MODE, &mode, sizeof mode);
  }
  if (compression >= 0) sf_command(writer, SFC_SET_COMPRESSION_LEVEL, &compression, sizeof compression);
  sf_writef_float(writer, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(writer);
  file.position = 0;
  SF_INFO read_info{};
  SNDFILE* reader = sf_open_virtual(&io, SFM_READ, &read_info, &file);
  if (reader == nullptr) return;
  std::vector<float> decoded(samples.size(), 0.0f);
  const sf_count_t got = read_info.samplerate == rate_hz
                             ? sf_readf_float(reader, decoded.data(), static_cast<sf_count_t>(decoded.size()))
                             : 0;
  sf_close(reader);
  if (got * 2 > static_cast<sf_count_t>(samples.size())) samples = std::move(decoded);
}

// Down to `rate_hz`, through `format` (0: only the narrower band), and back.
void through_band(std::vector<float>& samples, std::int32_t rate_hz, int format) {
  const std::size_t length = samples.size();
  samples = take(resample(samples, kSampleRateHz, rate_hz));
  if (format != 0) through_file(samples, rate_hz, format, -1);
  samples = take(resample(samples, rate_hz, kSampleRateHz));
  samples.resize(length, 0.0f);
}

}  // namespace

Codec draw_codec(Random& random, const AugmentConfig& config) {
  const std::vector<CodecFamily> families = codec_families(config.codecs);
  Codec codec;
  codec.family = families[random.below(families.size())];
  if (codec.family == CodecFamily::kNarrow) codec.rate_hz = 1000 * static_cast<std::int32_t>(9 + random.below(6));
  if (codec.family >= CodecFamily::kMp3)
    codec.compression = random.uniform(config.codec_min_compression, config.codec_max_compression);
  return codec;
}

void apply_codec(const Codec& codec, std::vector<float>& samples) {
  for (float& x : samples) x = std::clamp(x, -1.0f, 1.0f);
  switch (codec.family) {
    case CodecFamily::kMuLaw:
      return through_band(samples, 8000, SF_FORMAT_WAV | SF_FORMAT_ULAW);
    case CodecFamily::kALaw:
      return through_band(samples, 8000, SF_FORMAT_WAV | SF_FORMAT_ALAW);
    case CodecFamily::kGsm:
      return through_band(samples, 8000, SF_FORMAT_WAV | SF_FORMAT_GSM610);
    case CodecFamily::kAdpcm:
      return through_band(samples, 8000, SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM);
    case CodecFamily::kNarrow:
      return through_band(samples, codec.rate_hz, 0);
    case CodecFamily::kMp3:
      return through_file(samples, kSampleRateHz, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, level_of(codec),
                          codec.bitrate_kbps > 0);
    case CodecFamily::kVorbis:
      return through_file(samples, kSampleRateHz, SF_FORMAT_OGG | SF_FORMAT_VORBIS, codec.compression);
    case CodecFamily::kOpus:
      return through_file(samples, kSampleRateHz, SF_FORMAT_OGG | SF_FORMAT_OPUS, level_of(codec));
  }
}

}  // namespace voiceprint::trainer
