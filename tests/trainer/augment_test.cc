// Augmentation: what reaches the network.
#include "data/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "noise.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

class AugmentTest : public ::testing::Test {
 protected:
  AugmentTest() {
    PackWriter writer(folder_ / "speech");
    for (std::uint64_t i = 0; i < 4; ++i)
      writer.add("r" + std::to_string(i), "s" + std::to_string(i), "", noise(i, 30000));
    writer.finish(16000, {});
  }
  TemporaryFolder folder_;
};

TEST_F(AugmentTest, DependsOnTheSeedAlone) {
  const Pack speech(folder_ / "speech");
  AugmentConfig config;
  config.room = config.device = config.noise = config.codec = config.gain = 1.0, config.simulated_rooms = 4;
  const Augmenter augmenter(config, {}, speech, 1);
  std::vector<float> a = noise(9, 16000), b = a, c = a;
  Random same1{5}, same2{5}, other{6};
  augmenter.apply(same1, a), augmenter.apply(same2, b), augmenter.apply(other, c);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  EXPECT_EQ(a.size(), 16000u);
}

TEST_F(AugmentTest, NoiseArrivesAtTheWantedRatio) {
  const Pack speech(folder_ / "speech");
  AugmentConfig config;
  config.noise = 1.0, config.min_snr_db = config.max_snr_db = 6.0;
  const Augmenter augmenter(config, {}, speech, 1);
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    std::vector<float> clean = noise(100, 16000), noisy = clean;
    Random random{seed};
    augmenter.apply(random, noisy);
    for (std::size_t i = 0; i < noisy.size(); ++i) noisy[i] -= clean[i];
    EXPECT_NEAR(10 * std::log10(power(clean) / power(noisy)), 6.0, 0.05) << "seed " << seed;
  }
}

TEST_F(AugmentTest, MasksStayWithinTheirWidth) {
  const Pack speech(folder_ / "speech");
  AugmentConfig config;
  config.spec = 1.0, config.spec_time_frames = 10, config.spec_bins = 5;
  const Augmenter augmenter(config, {}, speech, 1);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::vector<float> features(100 * 80, 1.0f);
    Random random{seed};
    augmenter.mask(random, features, 80);
    std::size_t masked_frames = 0, masked_bins = 0;
    for (std::size_t t = 0; t < 100; ++t)
      masked_frames +=
          std::all_of(features.begin() + t * 80, features.begin() + (t + 1) * 80, [](float x) { return x == 0; });
    for (std::size_t b = 0; b < 80; ++b) {
      bool all = true;
      for (std::size_t t = 0; t < 100; ++t) all = all && features[t * 80 + b] == 0;
      masked_bins += all;
    }
    EXPECT_LE(masked_frames, 10u);
    EXPECT_LE(masked_bins, 5u);
  }
}

TEST(Speed, ChangesPitchAndKeepsLength) {
  std::vector<float> tone(Augmenter::samples_before_speed(16000, 2));
  for (std::size_t i = 0; i < tone.size(); ++i)
    tone[i] = static_cast<float>(std::sin(2 * 3.14159265358979 * 1000 * static_cast<double>(i) / 16000));
  const std::vector<float> fast = Augmenter::change_speed(tone, 2, 16000);
  ASSERT_EQ(fast.size(), 16000u);
  int crossings = 0;
  for (std::size_t i = 1; i < fast.size(); ++i) crossings += (fast[i - 1] < 0) != (fast[i] < 0);
  EXPECT_NEAR(crossings, 2200, 4);  // 1.1 kHz
}

}  // namespace
}  // namespace voiceprint::trainer
