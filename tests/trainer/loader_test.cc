// The loader: the same batches for the same configuration, from any start, by any sampler.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "data/augment.h"
#include "data/batch_loader.h"
#include "expect_error.h"
#include "run/write_file.h"
#include "small_packs.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

// One number per row that any other random draw would change.
std::vector<double> fingerprint(const Batch& batch) {
  const torch::Tensor rows = batch.features.reshape({batch.features.size(0), -1}).to(torch::kFloat64);
  const torch::Tensor weights = torch::cos(0.37 * torch::arange(rows.size(1), torch::kFloat64));
  const torch::Tensor sums = torch::matmul(rows, weights).contiguous();
  return {sums.const_data_ptr<double>(), sums.const_data_ptr<double>() + sums.numel()};
}

class LoaderTest : public ::testing::Test {
 protected:
  LoaderTest() {
    write_speech(folder_ / "speech"), write_noises(folder_ / "noise"), write_responses(folder_ / "rir");
    config_.data.pack = folder_ / "speech", config_.data.noise_pack = folder_ / "noise",
    config_.data.rir_pack = folder_ / "rir";
    config_.data.min_crop_s = 0.8, config_.data.max_crop_s = 2.4;
    config_.data.speakers_per_batch = 8, config_.data.crops_per_speaker = 2;
    AugmentConfig& a = config_.augment;
    a.room = 0.3, a.device = 0.5, a.noise = 0.5, a.min_snr_db = 3, a.max_snr_db = 25, a.gain = 0.3, a.spec = 0.4;
    a.simulated_rooms = 5;
    config_.run.device = "cpu";
  }
  void expect_batch(const std::array<std::int64_t, 16>& labels, const std::array<double, 16>& prints) const {
    const Batch batch = BatchLoader(config_, 0).make(7);
    const Pack pack(config_.data.pack);
    const Augmenter augmenter(config_.augment, config_.data, pack, config_.run.seed);
    const BatchPlan plan = BatchPlanner(config_, pack, augmenter.choices()).plan(7);
    EXPECT_EQ(batch.features.size(1), 168);
    const std::vector<double> found = fingerprint(batch);
    for (std::size_t i = 0; i < 16; ++i) {
      EXPECT_EQ(batch.labels[static_cast<std::int64_t>(i)].item<std::int64_t>(), labels[i]);
      const std::optional<Codec>& codec = plan.crops[i].effects.codec;
      if (!codec || codec->family != CodecFamily::kOpus) EXPECT_NEAR(found[i], prints[i], 0.05) << "row " << i;
    }
  }
  TemporaryFolder folder_;
  Config config_;
};

// Written down before effects were drawn ahead of being carried out (version 0.1.0): the same configuration gives the
// same batches as then. The tolerance is for other versions of the codecs and of the FFT. Rows that went through Opus
// are not compared by value: libopus takes the arithmetic that the processor has, and keeps other details on another
// one.
TEST_F(LoaderTest, KeepsTheBatchesOfEarlierVersions) {
  expect_batch({5, 5, 9, 9, 2, 2, 10, 10, 7, 7, 0, 0, 1, 1, 8, 8},
               {-104.1318, 159.4282, -12.4872, -13.4800, -62.9127, -79.0005, -52.6567, 9.1520, 53.0850, -37.3237,
                -46.7011, -106.6349, 143.8377, -34.5754, 38.4859, -56.3213});
  config_.augment.speed = 0.5, config_.augment.noise = 0.9, config_.augment.codec = 0.4;
  expect_batch({29, 29, 9, 9, 26, 26, 10, 10, 7, 7, 24, 24, 25, 25, 20, 20},
               {-19.9330, -40.3771, -52.3425, 147.7800, -86.0172, -139.5499, 22.9324, -4.3473, -12.1699, -127.6986,
                -35.6098, -21.6871, 146.8070, 109.8583, 81.4074, 16.5975});
}

TEST_F(LoaderTest, GivesTheSameBatchesFromAnyStart) {
  config_.data.loader_threads = 2, config_.data.prefetch = 1;
  for (const char* sampler : {"speakers", "balanced", "random"}) {
    for (const bool whole : {false, true}) {
      config_.data.sampler = sampler, config_.data.whole_utterances = whole;
      config_.data.speakers_per_batch = 4, config_.data.min_crop_s = 0.4;
      BatchLoader from_start(config_, 0), from_third(config_, 3);
      for (int step = 0; step < 3; ++step) from_start.next();
      for (int step = 3; step < 5; ++step) {
        const Batch a = from_start.next(), b = from_third.next();
        EXPECT_TRUE(torch::equal(a.features, b.features)) << sampler;
        EXPECT_TRUE(torch::equal(a.labels, b.labels)) << sampler;
        EXPECT_FALSE(a.features.is_inference());  // training needs ordinary tensors
      }
    }
  }
}

TEST_F(LoaderTest, KeepsBatchesForOtherRuns) {
  config_.data.min_crop_s = 0.4, config_.data.loader_threads = 2;
  const auto rounded = [](const torch::Tensor& x) { return x.to(torch::kFloat16).to(torch::kFloat32); };
  BatchLoader plain(config_, 0);
  config_.data.cache = folder_ / "batches";
  {
    BatchLoader first(config_, 0), second(config_, 0);  // at the same time: each batch is made once
    for (int step = 0; step < 4; ++step) {
      const Batch wanted = plain.next(), a = first.next(), b = second.next();
      EXPECT_TRUE(torch::equal(a.features, rounded(wanted.features)) && torch::equal(a.labels, wanted.labels));
      EXPECT_TRUE(torch::equal(b.features, a.features) && torch::equal(b.labels, a.labels));
    }
  }
  // What is there is read, not made: a changed label shows.
  const std::string path = folder_ / "batches/2.batch";
  std::string bytes = read_file(path);
  ++bytes[32];
  write_file_atomically(path, bytes);
  config_.loss.kind = "sphereface2";  // of no weight for batches
  BatchLoader later(config_, 2);
  const Batch changed = later.next(), wanted = later.make(2);
  EXPECT_TRUE(torch::equal(changed.features, rounded(wanted.features)));
  EXPECT_EQ(changed.labels.ne(wanted.labels).sum().item<std::int64_t>(), 1);
}

TEST_F(LoaderTest, RefusesBatchesOfAnotherKindAndDamagedOnes) {
  config_.data.min_crop_s = 0.4, config_.data.cache = folder_ / "batches";
  BatchLoader(config_, 0).next();
  Config other = config_;
  other.augment.noise = 0.1;
  EXPECT_ERROR(BatchLoader(other, 0), "augment.noise = 0.5, this run has 0.1; give data.cache another folder");
  other = config_, other.run.seed = 99;
  EXPECT_ERROR(BatchLoader(other, 0), "run.seed");
  EXPECT_ERROR(BatchLoader(config_, 0, {0, 2}), "data.cache keeps whole batches");
  const std::string path = folder_ / "batches/0.batch", bytes = read_file(path);
  write_file_atomically(path, bytes.substr(0, bytes.size() - 1));
  EXPECT_ERROR(BatchLoader(config_, 0).next(), "0.batch: is damaged");
  write_file_atomically(path, "");
  EXPECT_ERROR(BatchLoader(config_, 0).next(), "0.batch: is damaged");
}

TEST_F(LoaderTest, RefusesBatchesOfAnotherPack) {
  config_.data.min_crop_s = 0.4, config_.data.cache = folder_ / "batches";
  BatchLoader(config_, 0).next();
  const auto expect_refusal = [](const Config& config, const std::string& key) {
    const std::string message = error_of([&] { BatchLoader(config, 0); });
    EXPECT_NE(message.find("were made with " + key + " = "), std::string::npos) << message;
    EXPECT_NE(message.find("give data.cache another folder"), std::string::npos) << message;
  };
  // As many recordings of the same lengths.
  const auto retouched = [&](const std::string& from, const std::string& to) {
    const Pack pack(folder_ / from);
    PackWriter writer(folder_ / to);
    for (const PackRecord& record : pack.records()) {
      const auto pcm = pack.samples(record);
      std::vector<std::int16_t> samples(pcm.begin(), pcm.end());
      samples[0] ^= 1;
      writer.add("r", pack.speakers()[record.speaker], pack.groups()[record.group], samples);
    }
    writer.finish(16000, {});
    return folder_ / to;
  };
  Config other = config_;
  other.data.noise_pack = retouched("noise", "other noise");
  expect_refusal(other, "data.noise_pack");
  other.data.noise_pack = "";
  expect_refusal(other, "data.noise_pack");
  other = config_, other.data.rir_pack = retouched("rir", "other rir");
  expect_refusal(other, "data.rir_pack");
  other = config_, other.data.pack = retouched("speech", "other speech");
  expect_refusal(other, "data.pack");

  other = config_, other.data.noise_pack = folder_ / "moved";
  std::filesystem::rename(config_.data.noise_pack, other.data.noise_pack);
  BatchLoader(other, 0).next();

  // As an earlier version wrote it.
  auto kept = nlohmann::json::parse(read_file(folder_ / "batches/batches.json"));
  for (const char* key : {"pack", "noise_pack", "rir_pack"}) kept["data"].erase(key);
  write_file_atomically(folder_ / "batches/batches.json", kept.dump());
  EXPECT_ERROR(BatchLoader(other, 0), "data.noise_pack = (not noted by an earlier version), this run has");
}

TEST_F(LoaderTest, NamesTheSettingOfAPackThatIsNone) {
  Config other = config_;
  other.data.pack = "";
  EXPECT_ERROR(BatchLoader(other, 0), "data.pack: is not set");
  other = config_, other.data.noise_pack = folder_ / "none";
  EXPECT_ERROR(BatchLoader(other, 0), "correct data.noise_pack");
  other = config_, other.data.rir_pack = folder_ / "none";
  EXPECT_ERROR(BatchLoader(other, 0), "correct data.rir_pack");
}

TEST_F(LoaderTest, MakesNoMoreThanPrefetchAhead) {
  config_.data.loader_threads = 2, config_.data.prefetch = 1;
  config_.data.min_crop_s = config_.data.max_crop_s = 0.4;
  BatchLoader loader(config_, 0);
  loader.next();
  double before = -1;
  while (loader.seconds_worked() > before) {  // until the workers rest
    before = loader.seconds_worked();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  EXPECT_EQ(loader.num_ready(), 2);
  EXPECT_GT(loader.seconds_worked(), 0);
}

}  // namespace
}  // namespace voiceprint::trainer
