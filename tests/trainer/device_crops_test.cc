// Batches for the GPU, without one: what the device would make of them, by definition, equals the host's batch.
#include "data/device_crops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "cuda_oracle.h"
#include "data/batch_loader.h"
#include "expect_error.h"
#include "run/device_features.h"
#include "small_packs.h"
#include "temporary_folder.h"
#include "voiceprint/fbank.h"

namespace voiceprint::trainer {
namespace {

struct UnpackedCrops {
  std::vector<CropParameters> crops;
  std::vector<std::int16_t> pcm;
};

UnpackedCrops unpacked(const Batch& batch) {
  const auto rows = static_cast<std::size_t>(batch.labels.size(0)),
             bytes = static_cast<std::size_t>(batch.device_crops.size(0)), head = rows * sizeof(CropParameters);
  const std::uint8_t* const data = batch.device_crops.const_data_ptr<std::uint8_t>();
  UnpackedCrops result{std::vector<CropParameters>(rows), std::vector<std::int16_t>((bytes - head) / 2)};
  std::memcpy(static_cast<void*>(result.crops.data()), data, head);
  std::memcpy(result.pcm.data(), data + head, bytes - head);
  return result;
}

class DeviceCropsTest : public ::testing::Test {
 protected:
  DeviceCropsTest() {
    write_speech(folder_ / "speech"), write_noises(folder_ / "noise"), write_responses(folder_ / "rir");
    config_.data.pack = folder_ / "speech", config_.data.noise_pack = folder_ / "noise",
    config_.data.rir_pack = folder_ / "rir";
    config_.data.min_crop_s = 0.4, config_.data.max_crop_s = 0.7;
    config_.data.speakers_per_batch = 12, config_.data.crops_per_speaker = 2;
    config_.run.device = "cpu";
    config_.augment.simulated_rooms = 2, config_.augment.room_max_rt60_s = 0.15;
  }
  // Features of a batch for the device, by definition, against the host's.
  void expect_host_batch(std::int64_t step) const {
    const BatchLoader host(config_, 0), device(config_, 0, {}, FeaturesBy::kDevice);
    const Batch wanted = host.make(step), batch = device.make(step);
    EXPECT_FALSE(batch.features.defined());
    ASSERT_TRUE(torch::equal(batch.labels, wanted.labels));
    const UnpackedCrops input = unpacked(batch);
    const auto normalisation = front_end_options(config_).mean_normalisation;
    Fbank core = take(Fbank::create({}));
    for (std::size_t row = 0; row < input.crops.size(); ++row) {
      const std::vector<double> samples = crop_by_definition(
          input.pcm, input.crops[row], static_cast<std::int32_t>(batch.num_samples), device.responses());
      std::vector<float> features = core.compute(std::vector<float>(samples.begin(), samples.end())).values;
      subtract_mean(features, 80, normalisation);
      mask_by_definition(input.pcm, input.crops[row], 80, features);
      const torch::Tensor ours = torch::tensor(features).view({-1, 80}),
                          difference = (ours - wanted.features[static_cast<std::int64_t>(row)]).abs();
      // Sums in float here and in double there: 1e-7 of the samples, which a bin far below its frame's loudest feels.
      EXPECT_LE(difference.max().item<double>(), 2e-3) << "step " << step << " row " << row;
      EXPECT_LE(difference.square().mean().sqrt().item<double>(), 4e-5) << "step " << step << " row " << row;
    }
  }
  TemporaryFolder folder_;
  Config config_;
};

TEST_F(DeviceCropsTest, WithoutEffectsIsPcmAlone) {
  const UnpackedCrops input = unpacked(BatchLoader(config_, 0, {}, FeaturesBy::kDevice).make(0));
  std::size_t samples = 0;
  for (const CropParameters& crop : input.crops) {
    EXPECT_EQ(crop.speech_is_float, 0);
    samples += static_cast<std::size_t>(crop.speech_samples + crop.speech_samples % 2);
  }
  EXPECT_EQ(input.pcm.size(), samples);
  expect_host_batch(0);
}

TEST_F(DeviceCropsTest, EachEffectGivesTheHostsBatch) {
  const Config plain = config_;
  const auto with = [&](const char* name, auto&& change) {
    SCOPED_TRACE(name);
    config_ = plain;
    change(config_.augment);
    expect_host_batch(3);
  };
  with("speed", [](AugmentConfig& a) { a.speed = 0.7; });
  with("room", [](AugmentConfig& a) { a.room = 1; });
  with("device", [](AugmentConfig& a) { a.device = 1, a.device_measured = 1; });
  with("equaliser", [](AugmentConfig& a) { a.device = 1, a.device_measured = 0; });
  with("noise", [](AugmentConfig& a) { a.noise = 1; });
  with("babble", [](AugmentConfig& a) { a.babble = 1; });
  with("gain", [](AugmentConfig& a) { a.gain = 1, a.gain_db = 30; });
  with("clip", [](AugmentConfig& a) { a.clip = 1; });
  with("codec", [](AugmentConfig& a) { a.codec = 1, a.codecs = "mu_law,gsm,adpcm"; });
  with("shift", [](AugmentConfig& a) { a.time_shift = 1; });
  with("masks", [](AugmentConfig& a) { a.spec = 1, a.spec_time_masks = 3, a.spec_freq_masks = 2; });
  config_ = plain;
}

TEST_F(DeviceCropsTest, AllEffectsTogetherGiveTheHostsBatch) {
  AugmentConfig& a = config_.augment;
  a.speed = a.room = a.device = a.noise = a.babble = a.gain = a.spec = a.time_shift = 0.5;
  a.clip = a.codec = 0.2, a.codecs = "mu_law,a_law,gsm,adpcm";
  for (const char* normalisation : {"utterance", "level"}) {
    config_.features.mean_normalisation = normalisation;
    expect_host_batch(1);
  }
  config_.data.whole_utterances = true;
  expect_host_batch(2);
}

TEST_F(DeviceCropsTest, SplitsAfterWhatOnlyTheHostCanDo) {
  CropEffects all;
  all.room = 1, all.device = 0, all.gain_db = 3, all.noise.emplace();
  all.masked_bins = {{1, 2}};
  SplitEffects split = split_effects(all);
  EXPECT_FALSE(split.host.room || split.host.device || split.host.noise);
  EXPECT_TRUE(split.device.room && split.device.device && split.device.noise);
  EXPECT_EQ(split.device.gain_db, 3);

  all.equaliser.emplace();
  split = split_effects(all);
  EXPECT_TRUE(split.host.room && split.host.device && split.host.equaliser && split.device.noise);
  EXPECT_FALSE(split.host.noise || split.device.room || split.device.equaliser);

  all.equaliser.reset(), all.shift = 5, all.babble.emplace();
  split = split_effects(all);
  EXPECT_TRUE(split.host.room && split.host.noise && split.device.babble);
  EXPECT_FALSE(split.host.babble || split.device.noise);
  EXPECT_EQ(split.host.shift, 5);

  all.codec.emplace();
  split = split_effects(all);
  EXPECT_TRUE(split.host.room && split.host.noise && split.host.babble && split.host.codec);
  EXPECT_FALSE(split.device.babble || split.device.codec);
  EXPECT_EQ(split.host.gain_db, 3);
  EXPECT_EQ(split.device.gain_db, 0);
  EXPECT_EQ(split.device.masked_bins.size(), 1u);
  EXPECT_TRUE(split.host.masked_bins.empty());
}

TEST(FeaturesBy, AreTheLoadersUnlessTheDeviceCan) {
  Config config;
  const torch::Device cpu(torch::kCPU);
  EXPECT_EQ(features_by(config, cpu), FeaturesBy::kLoader);
  config.data.on_device = "false";
  EXPECT_EQ(features_by(config, torch::Device(torch::kCUDA, 0)), FeaturesBy::kLoader);
  config.data.on_device = "true";
  EXPECT_ERROR(features_by(config, cpu), "data.on_device = true, but the run's device is cpu");
  config = load_config("", {"data.on_device=true"});
  EXPECT_EQ(config.data.on_device, "true");
  EXPECT_ERROR(load_config("", {"data.on_device=1"}), "must be true, false or a string");
  EXPECT_ERROR(load_config("", {"data.on_device=autos"}), "did you mean \"auto\"");
}

}  // namespace
}  // namespace voiceprint::trainer
