// Augmentation: what reaches the network.
#include "data/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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

CropEffects draw(const Augmenter& augmenter, const AugmentConfig& config, std::uint64_t seed) {
  Random random{seed};
  return draw_effects(random, config, augmenter.choices(), 16000, 98, 80);
}

double energy(const std::vector<float>& samples) {
  return power(samples) * static_cast<double>(samples.size());
}

TEST_F(AugmentTest, DependsOnTheSeedAlone) {
  const Pack speech(folder_ / "speech");
  AugmentConfig config;
  config.room = config.device = config.noise = config.codec = config.gain = 1.0, config.simulated_rooms = 4;
  config.time_shift = config.babble = config.clip = 1.0;
  const Augmenter augmenter(config, {}, speech, 1);
  std::vector<float> a = noise(9, 16000), b = a, c = a;
  augmenter.apply(draw(augmenter, config, 5), a), augmenter.apply(draw(augmenter, config, 5), b);
  augmenter.apply(draw(augmenter, config, 6), c);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  EXPECT_EQ(a.size(), 16000u);
}

TEST_F(AugmentTest, NothingIsOnByItself) {
  const Pack speech(folder_ / "speech");
  const Augmenter augmenter({}, {}, speech, 1);
  std::vector<float> samples = noise(9, 16000);
  const std::vector<float> before = samples;
  augmenter.apply(draw(augmenter, {}, 5), samples);
  EXPECT_EQ(samples, before);
}

TEST_F(AugmentTest, NoiseArrivesAtTheWantedRatio) {
  const Pack speech(folder_ / "speech");
  for (const bool babble : {false, true}) {
    AugmentConfig config;
    (babble ? config.babble : config.noise) = 1.0;
    config.min_snr_db = config.max_snr_db = config.babble_min_snr_db = config.babble_max_snr_db = 6.0;
    const Augmenter augmenter(config, {}, speech, 1);
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      std::vector<float> clean = noise(100, 16000), noisy = clean;
      augmenter.apply(draw(augmenter, config, seed), noisy);
      for (std::size_t i = 0; i < noisy.size(); ++i) noisy[i] -= clean[i];
      EXPECT_NEAR(10 * std::log10(power(clean) / power(noisy)), 6.0, 0.05) << "seed " << seed;
    }
  }
}

TEST_F(AugmentTest, NoiseIsSharedOutAsAsked) {
  const Pack speech(folder_ / "speech");
  AugmentConfig config;
  config.noise = 1.0, config.noise_coloured = 0.2, config.noise_babble = 0.5;
  config.babble_min_voices = config.babble_max_voices = 4;
  EffectChoices choices;
  choices.noises = choices.voices = speech.records();
  std::array<int, 3> seen{};
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Random random{seed};
    const AddedNoise noise = *draw_effects(random, config, choices, 16000, 98, 80).noise;
    ++seen[static_cast<std::size_t>(noise.kind)];
    if (noise.kind == AddedNoise::Kind::kBabble) {
      EXPECT_EQ(noise.runs.size(), 4u);
      EXPECT_GE(noise.snr_db, 5.0);
    }
  }
  EXPECT_NEAR(seen[0], 600, 90);  // recorded; the bounds are more than four standard deviations
  EXPECT_NEAR(seen[1], 400, 80);
  EXPECT_NEAR(seen[2], 1000, 100);
}

// Drawing coloured noise ahead takes from the generator what carrying it out consumes.
TEST_F(AugmentTest, SkipsWhatColouredNoiseDraws) {
  Random drawn{3}, skipped{3};
  for (int i = 0; i < 1000; ++i) drawn.normal();
  skipped.skip(1000 * Random::kDrawsPerNormal);
  EXPECT_EQ(drawn.bits(), skipped.bits());
}

TEST_F(AugmentTest, ShiftRotates) {
  const Pack speech(folder_ / "speech");
  AugmentConfig config;
  config.time_shift = 1.0, config.time_shift_ms = 20;
  const Augmenter augmenter(config, {}, speech, 1);
  std::int64_t least = 0, most = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const CropEffects effects = draw(augmenter, config, seed);
    least = std::min(least, effects.shift), most = std::max(most, effects.shift);
    std::vector<float> samples = noise(7, 1000);
    const std::vector<float> before = samples;
    augmenter.apply(effects, samples);
    for (std::size_t i = 0; i < 1000; ++i)
      ASSERT_EQ(samples[static_cast<std::size_t>((static_cast<std::int64_t>(i) + effects.shift + 1000) % 1000)],
                before[i]);
  }
  EXPECT_GE(least, -320);
  EXPECT_LE(most, 320);
  EXPECT_LT(least, -280);
  EXPECT_GT(most, 280);
}

TEST_F(AugmentTest, ClipsTheDrawnShare) {
  const Pack speech(folder_ / "speech");
  AugmentConfig config;
  config.clip = 1.0, config.clip_share = 0.1;
  const Augmenter augmenter(config, {}, speech, 1);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const CropEffects effects = draw(augmenter, config, seed);
    EXPECT_LE(effects.clipped_share, 0.1);
    std::vector<float> samples = noise(7, 16000);
    const std::vector<float> before = samples;
    augmenter.apply(effects, samples);
    int changed = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) changed += samples[i] != before[i];
    EXPECT_EQ(changed, static_cast<int>(effects.clipped_share * 16000));
  }
}

TEST_F(AugmentTest, CodecsComeFromTheList) {
  AugmentConfig config;
  config.codec = 1.0, config.codecs = "opus,gsm", config.codec_min_compression = 0.25,
  config.codec_max_compression = 0.5;
  int opus = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Random random{seed};
    const Codec codec = draw_codec(random, config);
    ASSERT_TRUE(codec.family == CodecFamily::kOpus || codec.family == CodecFamily::kGsm);
    if (codec.family != CodecFamily::kOpus) continue;
    ++opus;
    EXPECT_GE(codec.compression, 0.25);
    EXPECT_LT(codec.compression, 0.5);
  }
  EXPECT_NEAR(opus, 200, 50);
}

TEST_F(AugmentTest, EqualiserKeepsThePowerAndItsRange) {
  const Pack speech(folder_ / "speech");
  AugmentConfig config;
  config.device = 1.0, config.device_db = 4.0;
  const Augmenter augmenter(config, {}, speech, 1);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const CropEffects effects = draw(augmenter, config, seed);
    for (const EqualiserBand& band : *effects.equaliser) EXPECT_LE(std::abs(band.gain_db), 4.0);
    std::vector<float> samples = noise(7, 16000);
    const double before = energy(samples);
    augmenter.apply(effects, samples);
    EXPECT_NEAR(energy(samples) / before, 1.0, 1e-3);
  }
}

TEST_F(AugmentTest, MasksAreAsManyAndAsWideAsAsked) {
  const Pack speech(folder_ / "speech");
  AugmentConfig config;
  config.spec = 1.0, config.spec_time_frames = 10, config.spec_bins = 5, config.spec_time_masks = 3,
  config.spec_freq_masks = 2;
  const Augmenter augmenter(config, {}, speech, 1);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const CropEffects effects = draw(augmenter, config, seed);
    ASSERT_EQ(effects.masked_frames.size(), 3u);
    ASSERT_EQ(effects.masked_bins.size(), 2u);
    std::vector<float> features(98 * 80, 1.0f), expected = features;
    for (const Mask& mask : effects.masked_frames) EXPECT_LE(mask.width, 10u);
    for (const Mask& mask : effects.masked_bins) EXPECT_LE(mask.width, 5u);
    const auto inside = [](const std::vector<Mask>& masks, std::size_t i) {
      return std::any_of(masks.begin(), masks.end(),
                         [i](const Mask& mask) { return i >= mask.first && i < mask.first + mask.width; });
    };
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (inside(effects.masked_frames, i / 80) || inside(effects.masked_bins, i % 80)) expected[i] = 0;
    mask_features(effects, features, 80);
    EXPECT_EQ(features, expected);
  }
}

TEST(Speed, ChangesPitchAndKeepsLength) {
  std::vector<float> tone(samples_before_speed(16000, 2));
  for (std::size_t i = 0; i < tone.size(); ++i)
    tone[i] = static_cast<float>(std::sin(2 * 3.14159265358979 * 1000 * static_cast<double>(i) / 16000));
  const std::vector<float> fast = change_speed(tone, 2, 16000);
  ASSERT_EQ(fast.size(), 16000u);
  int crossings = 0;
  for (std::size_t i = 1; i < fast.size(); ++i) crossings += (fast[i - 1] < 0) != (fast[i] < 0);
  EXPECT_NEAR(crossings, 2200, 4);  // 1.1 kHz
}

}  // namespace
}  // namespace voiceprint::trainer
