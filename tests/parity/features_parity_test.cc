// Spectrogram, mel-spectrogram and MFCC against torch.stft and torchaudio's formulas: golden files made by
// make_feature_golden.py.
#include <gtest/gtest.h>

#include <fstream>

#include "test_signals.h"
#include "voiceprint/audio_file.h"
#include "voiceprint/features.h"

namespace voiceprint {
namespace {

struct Case {
  const char* name;
  FeatureKind kind;
  const char* source;
  std::size_t count;
  SpectrogramOptions options;
};

// The same cases as in make_feature_golden.py.
const Case kCases[] = {
    {"spectrogram", FeatureKind::kSpectrogram, "speech_flite.wav", 8000, {}},
    {"mel_spectrogram", FeatureKind::kMelSpectrogram, "speech_flite.wav", 8000, {}},
    {"mfcc", FeatureKind::kMfcc, "speech_flite.wav", 8000, {}},
    {"mfcc_narrow", FeatureKind::kMfcc, "speech_espeak.wav", 4000, {16000, 40, 60, 3700, 20, 8, 20}},
};

TEST(FeaturesParity, EqualTorchaudio) {
  for (const Case& golden : kCases) {
    const AudioBuffer audio = *read_audio_file(testing::data_file(golden.source));
    ASSERT_EQ(audio.sample_rate_hz, golden.options.sample_rate_hz);
    Result<FeatureExtractor> extractor = FeatureExtractor::create(golden.kind, {}, golden.options);
    ASSERT_TRUE(extractor) << extractor.error().message;
    const FeatureMatrix ours = extractor->compute(std::span(audio.samples).subspan(4000, golden.count));

    std::ifstream file(testing::data_file(std::string("features_") + golden.name + ".bin"), std::ios::binary);
    std::vector<float> theirs(ours.values.size());
    file.read(reinterpret_cast<char*>(theirs.data()), static_cast<std::streamsize>(theirs.size() * sizeof(float)));
    ASSERT_TRUE(file && file.peek() == EOF) << golden.name << ": another number of frames or bins";
    const bool in_db = golden.kind == FeatureKind::kMfcc;
    double sum = 0, worst = 0;
    for (std::size_t t = 0; t < ours.num_frames(); ++t) {
      const std::span<const float> theirs_row = std::span(theirs).subspan(t * ours.num_bins, ours.num_bins);
      float largest = 0;
      for (float value : theirs_row) largest = std::max(largest, std::abs(value));
      const double scale = in_db ? 1 : static_cast<double>(largest);
      for (std::size_t k = 0; k < ours.num_bins; ++k) {
        const double difference = std::abs(static_cast<double>(ours.frame(t)[k]) - static_cast<double>(theirs_row[k]));
        sum += difference / scale;
        worst = std::max(worst, difference / scale);
      }
    }
    // Powers: relative to the frame's largest; single precision, over hundreds of additions. MFCC: in dB; a mel bin 80
    // dB below the largest has an amplitude of 1e-4 of it, of which single precision (1e-7) leaves three digits (0.01
    // dB), and a coefficient is a sum of hundreds of dB.
    EXPECT_LT(worst, in_db ? 1e-3 : 1e-6) << golden.name;
    EXPECT_LT(sum / static_cast<double>(theirs.size()), in_db ? 1e-4 : 1e-8) << golden.name;
  }
}

}  // namespace
}  // namespace voiceprint
