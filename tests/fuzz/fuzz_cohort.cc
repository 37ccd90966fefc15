// Any bytes as a cohort file: what is accepted holds unit rows, is written as it was read, and normalises or says why
// not.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "voiceprint/cohort.h"
#include "voiceprint/score_norm.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// CRC-32, so that half of the inputs come past the checksum.
void seal(std::vector<std::uint8_t>& file) {
  std::uint32_t crc = 0xffffffffu;
  for (std::size_t i = 0; i + 4 < file.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      const bool mixed = ((crc ^ (static_cast<std::uint32_t>(file[i]) >> bit)) & 1u) != 0;
      crc = (crc >> 1) ^ (mixed ? 0xedb88320u : 0u);
    }
  for (std::size_t i = 0; i < 4; ++i) file[file.size() - 4 + i] = static_cast<std::uint8_t>(~crc >> (8 * i));
}

// Half of the inputs are given a header that fits them: 1 byte of choices, then rows of 1 to 16 values.
std::vector<std::uint8_t> make_file(std::span<const std::uint8_t> input) {
  if (input.empty() || input[0] % 2 == 0) return {input.begin(), input.end()};
  const std::uint8_t encoding = input[0] / 2 % 2, dimension = static_cast<std::uint8_t>(1 + input[0] / 4 % 16);
  const std::size_t row = encoding == 1 ? 4u + dimension : 4u * dimension;
  const std::size_t size = (input.size() - 1) / row;
  std::vector<std::uint8_t> file = {'V', 'P', 'C',      'O', 'H', 'O', 'R',       'T', 1, 0,
                                    0,   0,   encoding, 0,   0,   0,   dimension, 0,   0, 0};
  for (int shift = 0; shift < 32; shift += 8) file.push_back(static_cast<std::uint8_t>(size >> shift));
  file.resize(56);
  file.insert(file.end(), input.begin() + 1, input.begin() + 1 + static_cast<std::ptrdiff_t>(size * row));
  file.resize(file.size() + 4);
  seal(file);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t num_bytes) {
  const std::vector<std::uint8_t> file = make_file({input, num_bytes});
  const auto cohort = voiceprint::decode_cohort(file);
  if (!cohort) {
    require(!cohort.error().message.empty());
    return 0;
  }
  require(cohort->dimension > 0 && cohort->size() > 0);
  for (std::size_t row = 0; row < cohort->embeddings.size(); row += cohort->dimension) {
    double squares = 0;
    for (std::size_t i = row; i < row + cohort->dimension; ++i)
      squares += static_cast<double>(cohort->embeddings[i]) * static_cast<double>(cohort->embeddings[i]);
    require(std::abs(squares - 1) < 1e-5);
  }
  for (auto encoding : {voiceprint::CohortEncoding::kFloat32, voiceprint::CohortEncoding::kInt8}) {
    const auto again = voiceprint::decode_cohort(voiceprint::encode_cohort(*cohort, encoding));
    require(again.ok() && again->size() == cohort->size() && again->dimension == cohort->dimension);
  }
  const auto probe = std::span<const float>(cohort->embeddings).first(cohort->dimension);
  const auto statistics = voiceprint::cohort_statistics(probe, cohort->embeddings);
  if (statistics) require(std::isfinite(statistics->mean) && statistics->deviation > 0);
  return 0;
}
