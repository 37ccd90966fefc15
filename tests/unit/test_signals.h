// Signals that tests are made of, all deterministic.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <numbers>
#include <random>
#include <string>
#include <vector>

namespace voiceprint::testing {

// White noise, uniform in [-amplitude, amplitude]. The generator's output is fixed by the C++ standard.
inline std::vector<float> noise(std::size_t count, float amplitude = 0.5f, std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::vector<float> samples(count);
  for (float& sample : samples) sample = amplitude * (static_cast<float>(random()) / 2147483648.0f - 1.0f);
  return samples;
}

inline std::vector<float> tone(std::size_t count, double hz, double rate_hz, double amplitude = 0.5) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i)
    samples[i] = static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz));
  return samples;
}

inline double root_mean_square(const std::vector<float>& samples) {
  double sum = 0;
  for (float sample : samples) sum += static_cast<double>(sample) * static_cast<double>(sample);
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

inline std::string data_file(const std::string& name) {
  return std::string(VOICEPRINT_TEST_DATA) + "/" + name;
}

// A file of its own for the running test, removed with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& suffix)
      : path_(std::filesystem::temp_directory_path() /
              ("voiceprint-test-" + std::to_string(std::random_device{}()) + suffix)) {}
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// Where real speech lies, or "" where there is none.
inline std::string speech_folder() {
  const char* chosen = std::getenv("VOICEPRINT_SPEECH");
  const std::string folder = chosen != nullptr ? chosen : VOICEPRINT_SPEECH;
  return std::filesystem::exists(folder + "/dev/utterances.jsonl") ? folder : "";
}

}  // namespace voiceprint::testing
