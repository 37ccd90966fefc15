// Packs of noise that loaders can read in a test: speech, noises, impulse responses.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "data/pack.h"
#include "noise.h"

namespace voiceprint::trainer {

// 12 speakers with one to four recordings of 0.4 to 2.6 s.
inline void write_speech(const std::string& folder) {
  PackWriter writer(folder);
  for (std::uint64_t i = 0; i < 30; ++i) {
    const std::string speaker = std::to_string(i < 12 ? i : i * 7 % 9);
    writer.add("r" + std::to_string(i), speaker, "", noise(i, 6400 + i * 1237 % 35200));
  }
  writer.finish(16000, {});
}

inline void write_noises(const std::string& folder) {
  PackWriter writer(folder);
  for (std::uint64_t i = 0; i < 3; ++i) writer.add("n" + std::to_string(i), "n", "", noise(100 + i, 9000 + i * 9000));
  writer.finish(16000, {});
}

inline void write_responses(const std::string& folder) {
  PackWriter writer(folder);
  for (std::uint64_t i = 0; i < 4; ++i) {
    std::vector<float> response = noise(200 + i, 2000);
    for (std::size_t k = 0; k < response.size(); ++k) response[k] *= std::exp(-static_cast<float>(k) / 200);
    response[0] = 0.9f;
    writer.add("h" + std::to_string(i), i < 2 ? "rooms" : "devices", "", response);
  }
  writer.finish(16000, {});
}

}  // namespace voiceprint::trainer
