// The gallery's file: FORMATS.md says what lies where.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "crc32.h"
#include "gallery_state.h"
#include "utf8.h"

namespace voiceprint {
namespace {

// As PNG's: a transfer as text, or one that cuts the eighth bit, changes it.
constexpr std::array<std::uint8_t, 8> kMagic = {0x89, 'V', 'P', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 128;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kVoiceprintBytes = 24;  // before the name
constexpr std::size_t kEmbeddingBytes = 24;   // before its values
constexpr double kMaxLengthError = 1e-3;      // of a unit-length float32 embedding

Error corrupt(std::string what) {
  return {ErrorCode::kCorruptData, "the gallery is damaged: " + std::move(what) + "; restore a copy"};
}

std::size_t padded(std::size_t num_bytes) {
  return (num_bytes + 3) / 4 * 4;
}

class Writer {
 public:
  template <typename Integer>
  void integer(Integer value) {
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
      bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
  void real(float value) {
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    integer(bits);
  }
  void raw(const void* data, std::size_t count) {
    const auto* begin = static_cast<const std::uint8_t*>(data);
    bytes.insert(bytes.end(), begin, begin + count);
  }
  void pad_to(std::size_t count) { bytes.resize(count, 0); }

  std::vector<std::uint8_t> bytes;
};

// Reads forwards; a read beyond the end gives zeros and is remembered.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  template <typename Integer>
  Integer integer() {
    std::uint64_t value = 0;
    const auto bytes = take(sizeof(Integer));
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return static_cast<Integer>(value);
  }
  float real() {
    const auto bits = integer<std::uint32_t>();
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const auto bytes = rest_.first(count);
    rest_ = rest_.subspan(count);
    return bytes;
  }
  // `count` bytes and the zeros that pad them to a multiple of 4; other padding is remembered as a failure.
  std::span<const std::uint8_t> take_padded(std::size_t count) {
    const auto bytes = take(count);
    for (std::uint8_t byte : take(padded(count) - count)) failed_ |= byte != 0;
    return bytes;
  }
  std::size_t left() const { return rest_.size(); }
  bool failed() const { return failed_; }

 private:
  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::size_t embedding_bytes(const GalleryOptions& options) {
  const bool is_coded = options.precision == GalleryPrecision::kInt8;
  return kEmbeddingBytes + (is_coded ? padded(options.dimension) : 4 * options.dimension);
}

// Appends one embedding's values to `rows`; false if they are none.
bool read_values(Reader& reader, const GalleryOptions& options, EmbeddingMatrix& rows) {
  if (options.precision == GalleryPrecision::kInt8) {
    const auto bytes = reader.take_padded(options.dimension);
    const std::span codes(reinterpret_cast<const std::int8_t*>(bytes.data()), bytes.size());
    int largest = 0;
    for (std::int8_t code : codes) largest = std::max(largest, std::abs(int{code}));
    if (reader.failed() || largest != 127) return false;
    rows.append_codes(codes);
    return true;
  }
  const auto bytes = reader.take(4 * options.dimension);
  if (reader.failed()) return false;
  std::vector<float> values(options.dimension);
  Reader floats(bytes);
  double squared = 0;
  for (float& value : values) {
    value = floats.real();
    squared += static_cast<double>(value) * static_cast<double>(value);
  }
  if (!(std::abs(std::sqrt(squared) - 1) <= kMaxLengthError)) return false;  // also NaN
  rows.insert(rows.num_rows(), values);
  return true;
}

Result<std::uint32_t> read_header(std::span<const std::uint8_t> file, GalleryOptions& options) {
  const std::size_t seen = std::min(file.size(), kMagic.size());
  if (file.empty() || !std::equal(kMagic.begin(), kMagic.begin() + static_cast<std::ptrdiff_t>(seen), file.begin()))
    return Error{ErrorCode::kCorruptData, "this is no gallery of voiceprints: choose a file that `export` wrote"};
  Reader reader(file.subspan(seen));
  const auto version = reader.integer<std::uint32_t>();
  if (!reader.failed() && version != kVersion)
    return Error{ErrorCode::kUnsupportedFormat, "the gallery has version " + std::to_string(version) +
                                                    " of the format, this software reads version 1; use a newer one"};
  if (file.size() < kHeaderBytes + kChecksumBytes)
    return Error{ErrorCode::kTruncated, "the gallery ends inside its header; restore a copy"};
  options.dimension = reader.integer<std::uint32_t>();
  options.precision = static_cast<GalleryPrecision>(reader.integer<std::uint32_t>());
  const auto num_voiceprints = reader.integer<std::uint32_t>();
  const auto num_bytes = reader.integer<std::uint64_t>();
  const auto sha256 = reader.take(options.model_sha256.size());
  std::copy(sha256.begin(), sha256.end(), options.model_sha256.begin());
  const std::string_view name = text_of(reader.take(kMaxModelNameBytes + 1));
  options.model_name = name.substr(0, name.find('\0'));
  if (num_bytes > file.size())
    return Error{ErrorCode::kTruncated, "the gallery ends after " + std::to_string(file.size()) + " of " +
                                            std::to_string(num_bytes) + " bytes; restore a copy"};
  if (num_bytes < file.size()) return corrupt("bytes follow its end");
  Reader checksum(file.last(kChecksumBytes));
  if (crc32(file.first(file.size() - kChecksumBytes)) != checksum.integer<std::uint32_t>())
    return corrupt("the checksum does not fit");
  if (name.find_first_not_of('\0', options.model_name.size()) != std::string_view::npos || !check(options))
    return corrupt("its header contradicts itself");
  return num_voiceprints;
}

}  // namespace

std::vector<std::uint8_t> Gallery::serialise() const {
  Writer writer;
  std::size_t num_bytes = kHeaderBytes + kChecksumBytes + state_->rows.num_rows() * embedding_bytes(options());
  for (const VoiceprintInfo& voiceprint : state_->voiceprints)
    num_bytes += kVoiceprintBytes + padded(voiceprint.name.size());
  writer.bytes.reserve(num_bytes);

  writer.raw(kMagic.data(), kMagic.size());
  writer.integer(kVersion);
  writer.integer(static_cast<std::uint32_t>(options().dimension));
  writer.integer(static_cast<std::uint32_t>(options().precision));
  writer.integer(static_cast<std::uint32_t>(size()));
  writer.integer(static_cast<std::uint64_t>(num_bytes));
  writer.raw(options().model_sha256.data(), options().model_sha256.size());
  writer.raw(options().model_name.data(), options().model_name.size());
  writer.pad_to(kHeaderBytes);
  for (std::size_t v = 0; v < size(); ++v) {
    const VoiceprintInfo& info = voiceprint(v);
    writer.integer(info.created_ms);
    writer.integer(info.updated_ms);
    writer.integer(static_cast<std::uint32_t>(info.embeddings.size()));
    writer.integer(static_cast<std::uint32_t>(info.name.size()));
    writer.raw(info.name.data(), info.name.size());
    writer.pad_to(padded(writer.bytes.size()));
    for (std::size_t i = 0; i < info.embeddings.size(); ++i) {
      const std::size_t row = state_->first_rows[v] + i;
      writer.integer(info.embeddings[i].added_ms);
      writer.real(info.embeddings[i].net_speech_s);
      writer.real(info.embeddings[i].snr_db);
      writer.real(info.embeddings[i].bandwidth_hz);
      writer.integer(static_cast<std::uint32_t>(info.embeddings[i].origin));
      if (options().precision == GalleryPrecision::kInt8) {
        const auto codes = state_->rows.codes(row);
        writer.raw(codes.data(), codes.size());
        writer.pad_to(padded(writer.bytes.size()));
      } else {
        for (float value : state_->rows.row(row)) writer.real(value);
      }
    }
  }
  writer.integer(crc32(writer.bytes));
  return std::move(writer.bytes);
}

Result<Gallery> Gallery::parse(std::span<const std::uint8_t> file) {
  GalleryOptions options;
  const auto num_voiceprints = read_header(file, options);
  if (!num_voiceprints) return num_voiceprints.error();
  Reader reader(file.subspan(kHeaderBytes, file.size() - kHeaderBytes - kChecksumBytes));
  auto state = std::make_unique<State>(options);
  // Counts are not trusted: so much fits.
  const std::size_t most = reader.left() / embedding_bytes(options);
  state->rows.reserve(most);
  state->voiceprints.reserve(std::min<std::size_t>(most, *num_voiceprints));
  state->first_rows.reserve(std::min<std::size_t>(most, *num_voiceprints));
  for (std::uint32_t v = 0; v < *num_voiceprints; ++v) {
    const auto fail = [v](const char* what) {
      return corrupt(std::string(what) + " of voiceprint " + std::to_string(v));
    };
    VoiceprintInfo info;
    info.created_ms = reader.integer<std::int64_t>();
    info.updated_ms = reader.integer<std::int64_t>();
    const auto num_embeddings = reader.integer<std::uint32_t>();
    const auto name_bytes = reader.integer<std::uint32_t>();
    if (name_bytes > kMaxNameBytes) return fail("the name");
    info.name = text_of(reader.take_padded(name_bytes));
    if (reader.failed() || !is_name(info.name)) return fail("the name");
    if (!state->voiceprints.empty() && !(state->voiceprints.back().name < info.name)) return fail("the order");
    if (info.created_ms < 0 || info.created_ms > info.updated_ms || info.updated_ms > kMaxTimeMs) return fail("a time");
    if (num_embeddings == 0 || num_embeddings > kMaxEmbeddings ||
        num_embeddings > reader.left() / embedding_bytes(options))
      return fail("the number of embeddings");
    state->first_rows.push_back(state->rows.num_rows());
    info.embeddings.resize(num_embeddings);
    for (EmbeddingInfo& embedding : info.embeddings) {
      embedding.added_ms = reader.integer<std::int64_t>();
      embedding.net_speech_s = reader.real();
      embedding.snr_db = reader.real();
      embedding.bandwidth_hz = reader.real();
      embedding.origin = static_cast<EmbeddingOrigin>(reader.integer<std::uint32_t>());
      if (!is_valid(embedding)) return fail("an embedding's time, quality or origin");
      if (!read_values(reader, options, state->rows)) return fail("an embedding");
    }
    state->voiceprints.push_back(std::move(info));
  }
  if (reader.failed() || reader.left() != 0) return corrupt("bytes follow its last voiceprint");
  return Gallery(std::move(state));
}

}  // namespace voiceprint
