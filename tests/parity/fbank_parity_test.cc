// Fbank against kaldi-native-fbank: golden files made by make_golden.py.
#include <gtest/gtest.h>

#include <fstream>

#include "test_signals.h"
#include "voiceprint/audio_file.h"
#include "voiceprint/fbank.h"

namespace voiceprint {
namespace {

struct Case {
  const char* name;
  const char* source;
  std::size_t begin;
  FbankOptions options;
};

// The same cases as in make_golden.py.
const Case kCases[] = {
    {"default", "speech_flite.wav", 4000, {}},
    {"quiet", "speech_espeak.wav", 0, {}},
    {"narrow", "speech_telephone.wav", 4000, {8000, 40, 60, 3700, 20, 8, 0.9f}},
};

TEST(FbankParity, EqualsKaldi) {
  for (const Case& golden : kCases) {
    const AudioBuffer audio = *read_audio_file(testing::data_file(golden.source));
    ASSERT_EQ(audio.sample_rate_hz, golden.options.sample_rate_hz);
    const std::span<const float> second =
        std::span(audio.samples).subspan(golden.begin, static_cast<std::size_t>(audio.sample_rate_hz));
    Result<Fbank> fbank = Fbank::create(golden.options);
    ASSERT_TRUE(fbank) << fbank.error().message;
    const FeatureMatrix ours = fbank->compute(second);

    std::ifstream file(testing::data_file(std::string("fbank_") + golden.name + ".bin"), std::ios::binary);
    std::vector<float> kaldi(ours.values.size());
    file.read(reinterpret_cast<char*>(kaldi.data()), static_cast<std::streamsize>(kaldi.size() * sizeof(float)));
    ASSERT_TRUE(file && file.peek() == EOF) << golden.name << ": another number of frames";
    double sum = 0, worst = 0;
    for (std::size_t i = 0; i < kaldi.size(); ++i) {
      const double difference = std::abs(static_cast<double>(ours.values[i]) - static_cast<double>(kaldi[i]));
      sum += difference;
      worst = std::max(worst, difference);
    }
    // Kaldi keeps its tables and its Fourier transform in float: in deep valleys of the spectrum the last digits are
    // its noise.
    EXPECT_LT(worst, 2e-3) << golden.name;
    EXPECT_LT(sum / static_cast<double>(kaldi.size()), 2e-5) << golden.name;
  }
}

}  // namespace
}  // namespace voiceprint
