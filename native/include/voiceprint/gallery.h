// A gallery: the voiceprints of one model, in memory and as a file; verification (1:1) and identification (1:N).
//
// A voiceprint is what is stored for a speaker: several unit-length embeddings with the time and the net speech of
// each. Its score against a probe is the cosine between the probe and the unit-length mean of its embeddings, so one
// embedding gives exactly what comparing the two recordings gives. File format, byte by byte: FORMATS.md.
//
// Voiceprints are ordered by the bytes of their names, so that equal galleries are equal files. Times are milliseconds
// since 1970 UTC.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voiceprint/quality.h"
#include "voiceprint/result.h"

namespace voiceprint {

// How embeddings are stored: 4 bytes a value, or 1 byte a value and a scale for each embedding.
enum class GalleryPrecision : std::uint32_t { kFloat32 = 0, kInt8 = 1 };

enum class EmbeddingOrigin : std::uint32_t {
  kEnrolled = 0,  // added by enrollment
  kAdapted = 1,   // added later, from a recording that was confirmed to match
};

// What to do with a voiceprint whose name is there already.
enum class OnConflict : std::uint32_t {
  kRefuse = 0,
  kKeep = 1,     // the one that is there stays
  kReplace = 2,  // the new one takes its place
  kCombine = 3,  // the new one's embeddings are added, but for those that are there already
};

struct GalleryOptions {
  std::array<std::uint8_t, 32> model_sha256{};  // of the ONNX file that gave the embeddings
  std::string model_name;                       // for people; UTF-8 of at most 63 bytes
  std::size_t dimension = 192;                  // 1..65536
  GalleryPrecision precision = GalleryPrecision::kFloat32;
};

struct EmbeddingInfo {
  std::int64_t added_ms = 0;  // 0..2^53
  float net_speech_s = 0;     // of the recording, as quality.h measures it; finite, at least 0
  float snr_db = 0;           // finite
  float bandwidth_hz = 0;     // finite, at least 0
  EmbeddingOrigin origin = EmbeddingOrigin::kEnrolled;
};

struct VoiceprintInfo {
  std::string name;  // UTF-8 of 1..255 bytes, without control characters
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
  std::vector<EmbeddingInfo> embeddings;  // at least 1, at most 65535

  // Of the recordings together, for calibrations that ask for it: their net speech, the means of SNR and bandwidth.
  Quality quality() const;
};

struct Candidate {
  std::uint32_t index = 0;  // of the voiceprint
  float score = 0;          // cosine, -1..1
};

class Gallery {
 public:
  // kInvalidArgument for an option outside its range.
  static Result<Gallery> create(const GalleryOptions& options);

  // Reads a whole file. kCorruptData for bytes that are no gallery, are damaged or contradict themselves, kTruncated
  // for a file that ends early, kUnsupportedFormat for a newer version of the format.
  static Result<Gallery> parse(std::span<const std::uint8_t> file);
  std::vector<std::uint8_t> serialise() const;

  Gallery(Gallery&&) noexcept;
  Gallery& operator=(Gallery&&) noexcept;
  ~Gallery();

  const GalleryOptions& options() const;
  std::size_t size() const;  // voiceprints
  // REQUIRES: index < size()
  const VoiceprintInfo& voiceprint(std::size_t index) const;
  std::optional<std::size_t> find(std::string_view name) const;

  // Adds an embedding, to the voiceprint of this name or to a new one. kInvalidArgument for a bad name, info or length;
  // kUndefined for an embedding without direction.
  Result<void> add(std::string_view name, std::span<const float> embedding, const EmbeddingInfo& info);
  // Copies a voiceprint of another gallery of the same model. kInvalidArgument for another model, or where the name is
  // there and `on_conflict` refuses.
  Result<void> copy(const Gallery& from, std::size_t index, OnConflict on_conflict);
  // REQUIRES: index < size()
  void remove(std::size_t index);
  // kInvalidArgument for a bad name or one that is there.
  Result<void> rename(std::size_t index, std::string_view name);
  // Removes the oldest adapted embeddings beyond `max_adapted`, never an enrolled one.
  // REQUIRES: index < size()
  void trim_adapted(std::size_t index, std::size_t max_adapted);

  // One of a voiceprint's embeddings, of unit length, as it is stored.
  // REQUIRES: index < size() and embedding < voiceprint(index).embeddings.size()
  std::vector<float> embedding(std::size_t index, std::size_t embedding) const;
  // The unit-length mean of a voiceprint's embeddings; kUndefined where they cancel.
  // REQUIRES: index < size()
  Result<std::vector<float>> centroid(std::size_t index) const;
  // Cosine of probe and centroid, as cosine_score() gives it.
  Result<float> score(std::size_t index, std::span<const float> probe) const;
  // The `max_candidates` best voiceprints, best first, with the scores that score() gives; equal scores in the order of
  // names. The first call after a change may take longer. kInvalidArgument for a probe of another length, kUndefined
  // for one without direction.
  Result<std::vector<Candidate>> search(std::span<const float> probe, std::size_t max_candidates);

 private:
  struct State;
  explicit Gallery(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace voiceprint
