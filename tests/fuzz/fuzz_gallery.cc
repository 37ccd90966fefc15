// Any bytes: the gallery's parser answers with a gallery that writes the same bytes, or with an error.
//
// A checksum would keep mutations from getting any further, so half of the inputs are given the right one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "../../native/src/crc32.h"
#include "voiceprint/gallery.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t num_bytes) {
  if (num_bytes < 1) return 0;
  std::vector<std::uint8_t> file(input + 1, input + num_bytes);
  if (input[0] % 2 == 0 && file.size() > 32) {
    for (std::size_t i = 0; i < 8; ++i) file[24 + i] = static_cast<std::uint8_t>(std::uint64_t{file.size()} >> (8 * i));
    const std::uint32_t crc = voiceprint::crc32({file.data(), file.size() - 4});
    for (std::size_t i = 0; i < 4; ++i) file[file.size() - 4 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  }
  auto gallery = voiceprint::Gallery::parse(file);
  if (!gallery.ok()) return 0;
  if (gallery->serialise() != file) std::abort();
  const std::vector<float> probe(gallery->options().dimension, 1.0f);
  const auto found = gallery->search(probe, 3);
  if (found.ok() && found->size() != std::min<std::size_t>(3, gallery->size())) std::abort();
  return 0;
}
