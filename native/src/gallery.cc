#include "voiceprint/gallery.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "gallery_state.h"
#include "row_dots.h"
#include "utf8.h"
#include "voiceprint/scoring.h"

namespace voiceprint {
namespace {

// Scores are computed and looked at in blocks that fit the nearest cache.
constexpr std::size_t kBlockRows = 1024;
// The fast scores differ from the exact ones in the seventh digit: so many more are scored exactly.
constexpr std::size_t kSpareCandidates = 16;

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

Error bad_name() {
  return invalid("a voiceprint's name is UTF-8 of 1 to 255 bytes without control characters");
}

Error taken(std::string_view name) {
  return invalid("there is a voiceprint named \"" + std::string(name) + "\" already; choose another name");
}

// Best first.
bool is_better(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

// The candidates with the best fast scores, in no order.
std::vector<Candidate> preselect(const EmbeddingMatrix& rows, const MatrixProbe& probe, std::size_t count) {
  std::vector<Candidate> kept;  // a heap with the worst in front
  std::vector<float> scores(std::min(kBlockRows, rows.num_rows()));
  for (std::size_t first = 0; first < rows.num_rows(); first += kBlockRows) {
    const std::span<float> block = std::span(scores).first(std::min(kBlockRows, rows.num_rows() - first));
    rows.dots(probe, first, block);
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (kept.size() == count) {
        i = first_above(block, i, kept.front().score);
        if (i == block.size()) break;
        std::pop_heap(kept.begin(), kept.end(), is_better);
        kept.pop_back();
      }
      kept.push_back({static_cast<std::uint32_t>(first + i), block[i]});
      std::push_heap(kept.begin(), kept.end(), is_better);
    }
  }
  return kept;
}

}  // namespace

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && is_plain_utf8(name);
}

bool is_valid(const EmbeddingInfo& info) {
  return info.added_ms >= 0 && info.added_ms <= kMaxTimeMs && info.net_speech_s >= 0 &&
         std::isfinite(info.net_speech_s) && std::isfinite(info.snr_db) && std::isfinite(info.bandwidth_hz) &&
         info.bandwidth_hz >= 0 &&
         (info.origin == EmbeddingOrigin::kEnrolled || info.origin == EmbeddingOrigin::kAdapted);
}

Quality VoiceprintInfo::quality() const {
  Quality joint;
  const float share = 1.0f / static_cast<float>(embeddings.size());
  for (const EmbeddingInfo& embedding : embeddings) {
    joint.net_speech_s += embedding.net_speech_s;
    joint.snr_db += share * embedding.snr_db;
    joint.bandwidth_hz += share * embedding.bandwidth_hz;
  }
  joint.duration_s = joint.net_speech_s;
  return joint;
}

Result<void> check(const GalleryOptions& options) {
  if (options.dimension < 1 || options.dimension > kMaxDimension)
    return invalid("a gallery's dimension must be 1 to 65536, but it is " + std::to_string(options.dimension));
  if (options.model_name.size() > kMaxModelNameBytes || !is_plain_utf8(options.model_name))
    return invalid("a model's name is UTF-8 of at most 63 bytes without control characters");
  if (options.precision != GalleryPrecision::kFloat32 && options.precision != GalleryPrecision::kInt8)
    return invalid("a gallery's precision is 0 (float32) or 1 (int8)");
  return {};
}

std::size_t Gallery::State::place_of(std::string_view name) const {
  const auto place = std::partition_point(voiceprints.begin(), voiceprints.end(),
                                          [name](const VoiceprintInfo& voiceprint) { return voiceprint.name < name; });
  return static_cast<std::size_t>(place - voiceprints.begin());
}

void Gallery::State::insert(std::string_view name, std::span<const float> unit_embedding, const EmbeddingInfo& info) {
  const std::size_t index = place_of(name);
  const auto at = static_cast<std::ptrdiff_t>(index);
  if (index == voiceprints.size() || voiceprints[index].name != name) {
    first_rows.insert(first_rows.begin() + at, index == voiceprints.size() ? rows.num_rows() : first_rows[index]);
    voiceprints.insert(voiceprints.begin() + at, {std::string(name), info.added_ms, info.added_ms, {}});
  }
  VoiceprintInfo& voiceprint = voiceprints[index];
  rows.insert(first_rows[index] + voiceprint.embeddings.size(), unit_embedding);
  voiceprint.embeddings.push_back(info);
  voiceprint.created_ms = std::min(voiceprint.created_ms, info.added_ms);
  voiceprint.updated_ms = std::max(voiceprint.updated_ms, info.added_ms);
  for (std::size_t i = index + 1; i < voiceprints.size(); ++i) ++first_rows[i];
  centroids.reset();
}

void Gallery::State::erase(std::size_t index) {
  const std::size_t count = voiceprints[index].embeddings.size();
  const auto at = static_cast<std::ptrdiff_t>(index);
  rows.erase(first_rows[index], count);
  voiceprints.erase(voiceprints.begin() + at);
  first_rows.erase(first_rows.begin() + at);
  for (std::size_t i = index; i < voiceprints.size(); ++i) first_rows[i] -= count;
  centroids.reset();
}

Gallery::Gallery(std::unique_ptr<State> state) : state_(std::move(state)) {}
Gallery::Gallery(Gallery&&) noexcept = default;
Gallery& Gallery::operator=(Gallery&&) noexcept = default;
Gallery::~Gallery() = default;

Result<Gallery> Gallery::create(const GalleryOptions& options) {
  if (auto checked = check(options); !checked) return checked.error();
  return Gallery(std::make_unique<State>(options));
}

const GalleryOptions& Gallery::options() const {
  return state_->options;
}

std::size_t Gallery::size() const {
  return state_->voiceprints.size();
}

const VoiceprintInfo& Gallery::voiceprint(std::size_t index) const {
  return state_->voiceprints[index];
}

std::optional<std::size_t> Gallery::find(std::string_view name) const {
  const std::size_t place = state_->place_of(name);
  if (place == size() || voiceprint(place).name != name) return std::nullopt;
  return place;
}

Result<void> Gallery::add(std::string_view name, std::span<const float> embedding, const EmbeddingInfo& info) {
  State& state = *state_;
  if (!is_name(name)) return bad_name();
  if (!is_valid(info)) return invalid("an embedding's time, quality or origin is outside its range");
  if (embedding.size() != state.options.dimension)
    return invalid("an embedding of " + std::to_string(embedding.size()) + " values does not fit a gallery of " +
                   std::to_string(state.options.dimension) + "; use the model that the gallery was made with");
  std::vector<float> unit(embedding.begin(), embedding.end());
  if (auto normalised = l2_normalise(unit); !normalised) return normalised.error();

  const auto present = find(name);
  if (present && voiceprint(*present).embeddings.size() == kMaxEmbeddings)
    return invalid("a voiceprint holds at most 65535 embeddings");
  state.insert(name, unit, info);
  return {};
}

Result<void> Gallery::copy(const Gallery& from, std::size_t index, OnConflict on_conflict) {
  State& state = *state_;
  if (from.options().model_sha256 != options().model_sha256 || from.options().dimension != options().dimension)
    return invalid("voiceprints of \"" + from.options().model_name + "\" do not fit a gallery of \"" +
                   options().model_name + "\"; enroll with one model");
  const VoiceprintInfo& source = from.voiceprint(index);
  const std::optional<std::size_t> present = find(source.name);
  if (present && on_conflict == OnConflict::kRefuse) return taken(source.name);
  if (present && on_conflict == OnConflict::kKeep) return {};
  if (present && on_conflict == OnConflict::kReplace) remove(*present);
  const std::size_t source_first = from.state_->first_rows[index];
  for (std::size_t i = 0; i < source.embeddings.size(); ++i) {
    bool is_known = false;
    if (const auto at = find(source.name); at && on_conflict == OnConflict::kCombine)
      for (std::size_t k = 0; k < voiceprint(*at).embeddings.size(); ++k)
        is_known |= state.rows.same_row(state.first_rows[*at] + k, from.state_->rows, source_first + i);
    if (is_known) continue;
    if (const auto at = find(source.name); at && voiceprint(*at).embeddings.size() == kMaxEmbeddings)
      return invalid("a voiceprint holds at most 65535 embeddings");
    state.insert(source.name, from.state_->rows.row(source_first + i), source.embeddings[i]);
  }
  VoiceprintInfo& copied = state.voiceprints[*find(source.name)];
  copied.created_ms = std::min(copied.created_ms, source.created_ms);
  copied.updated_ms = std::max(copied.updated_ms, source.updated_ms);
  return {};
}

void Gallery::remove(std::size_t index) {
  state_->erase(index);
}

Result<void> Gallery::rename(std::size_t index, std::string_view name) {
  if (!is_name(name)) return bad_name();
  if (voiceprint(index).name == name) return {};
  if (find(name)) return taken(name);
  Gallery renamed(std::make_unique<State>(options()));
  if (auto copied = renamed.copy(*this, index, OnConflict::kRefuse); !copied) return copied;
  renamed.state_->voiceprints[0].name = name;
  remove(index);
  return copy(renamed, 0, OnConflict::kRefuse);
}

void Gallery::trim_adapted(std::size_t index, std::size_t max_adapted) {
  State& state = *state_;
  std::vector<EmbeddingInfo>& embeddings = state.voiceprints[index].embeddings;
  const auto is_adapted = [](const EmbeddingInfo& info) { return info.origin == EmbeddingOrigin::kAdapted; };
  while (static_cast<std::size_t>(std::count_if(embeddings.begin(), embeddings.end(), is_adapted)) > max_adapted) {
    // Embeddings lie in the order in which they were added.
    const auto oldest = std::find_if(embeddings.begin(), embeddings.end(), is_adapted);
    state.rows.erase(state.first_rows[index] + static_cast<std::size_t>(oldest - embeddings.begin()), 1);
    embeddings.erase(oldest);
    for (std::size_t i = index + 1; i < size(); ++i) --state.first_rows[i];
    state.centroids.reset();
  }
}

std::vector<float> Gallery::embedding(std::size_t index, std::size_t embedding) const {
  return state_->rows.row(state_->first_rows[index] + embedding);
}

Result<std::vector<float>> Gallery::centroid(std::size_t index) const {
  const std::size_t first = state_->first_rows[index], count = voiceprint(index).embeddings.size();
  std::vector<float> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float> row = state_->rows.row(first + i);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  if (count == 1) return rows;
  return mean_embedding(rows, options().dimension);
}

Result<float> Gallery::score(std::size_t index, std::span<const float> probe) const {
  const auto mean = centroid(index);
  if (!mean) return mean.error();
  return cosine_score(*mean, probe);
}

Result<std::vector<Candidate>> Gallery::search(std::span<const float> probe, std::size_t max_candidates) {
  State& state = *state_;
  if (probe.size() != options().dimension)
    return invalid("a probe of " + std::to_string(probe.size()) + " values does not fit a gallery of " +
                   std::to_string(options().dimension) + "; use the model that the gallery was made with");
  std::vector<float> unit(probe.begin(), probe.end());
  if (auto normalised = l2_normalise(unit); !normalised) return normalised.error();
  max_candidates = std::min(max_candidates, size());
  if (max_candidates == 0) return std::vector<Candidate>{};

  const bool one_each = state.rows.num_rows() == size();
  if (!one_each && !state.centroids) {
    EmbeddingMatrix centroids(options().dimension, options().precision);
    centroids.reserve(size());
    for (std::size_t i = 0; i < size(); ++i) {
      const auto mean = centroid(i);
      if (!mean) return mean.error();
      centroids.insert(i, *mean);
    }
    state.centroids = std::move(centroids);
  }
  const EmbeddingMatrix& rows = one_each ? state.rows : *state.centroids;
  std::vector<Candidate> candidates =
      preselect(rows, MatrixProbe(unit, rows.stride()), std::min(size(), max_candidates + kSpareCandidates));
  for (Candidate& candidate : candidates) {
    const auto exact = score(candidate.index, probe);
    if (!exact) return exact.error();
    candidate.score = *exact;
  }
  std::sort(candidates.begin(), candidates.end(), is_better);
  candidates.resize(max_candidates);
  return candidates;
}

}  // namespace voiceprint
