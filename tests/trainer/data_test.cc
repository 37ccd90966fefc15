// Trials, packs, rooms, codecs.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <set>

#include "data/audio_list.h"
#include "data/codec.h"
#include "data/pack.h"
#include "data/room_simulation.h"
#include "expect_error.h"
#include "noise.h"
#include "run/config.h"
#include "run/sha256.h"
#include "run/write_file.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

TEST(Pack, ReadsBackWhatWasWritten) {
  const TemporaryFolder folder;
  {
    PackWriter writer(folder / "p");
    writer.add("one", "alice", "g", std::vector<float>{0.5f, -1.0f, 2.0f});
    writer.add("two", "bob", "g", std::vector<float>{0.25f});
    writer.finish(16000, {});
  }
  const Pack pack(folder / "p");
  ASSERT_EQ(pack.records().size(), 2u);
  EXPECT_EQ(pack.speakers(), (std::vector<std::string>{"alice", "bob"}));
  const auto first = pack.samples(pack.records()[0]);
  EXPECT_EQ(std::vector<std::int16_t>(first.begin(), first.end()), (std::vector<std::int16_t>{16384, -32768, 32767}));
  EXPECT_EQ(pack.samples(pack.records()[1])[0], 8192);
}

TEST(Pack, ARecordingLiesInOneShard) {
  const TemporaryFolder folder;
  PackOptions options;
  options.max_shard_samples = 100;
  const std::vector<std::size_t> lengths = {60, 40, 1, 250, 99, 1, 100};
  PackWriter writer(folder / "p", options);
  for (std::size_t i = 0; i < lengths.size(); ++i)
    writer.add(std::to_string(i), "alice", "", std::vector<std::int16_t>(lengths[i], static_cast<std::int16_t>(i)));
  writer.finish(16000, {});
  std::vector<std::uintmax_t> bytes;
  for (const char* shard : {"0", "1", "2", "3", "4"})
    bytes.push_back(fs::file_size(folder / "p/audio-0000" + shard + ".s16"));
  EXPECT_EQ(bytes, (std::vector<std::uintmax_t>{200, 2, 500, 200, 200}));
  const Pack pack(folder / "p");
  ASSERT_EQ(pack.records().size(), lengths.size());
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const auto samples = pack.samples(pack.records()[i]);
    ASSERT_EQ(samples.size(), lengths[i]);
    EXPECT_EQ(std::count(samples.begin(), samples.end(), static_cast<std::int16_t>(i)),
              static_cast<std::ptrdiff_t>(lengths[i]));
  }
}

TEST(Pack, JoinsWithinSpeakerAndGroup) {
  const TemporaryFolder folder;
  PackOptions options;
  options.max_shard_samples = 100, options.join_samples = 50;
  PackWriter writer(folder / "p", options);
  const auto add = [&](const char* name, const char* speaker, const char* group, std::int16_t length) {
    writer.add(name, speaker, group, std::vector<std::int16_t>(static_cast<std::size_t>(length), length));
  };
  add("a", "alice", "g", 20), add("b", "alice", "g", 30);  // together 50
  add("c", "alice", "g", 1);                               // would be 51
  add("d", "alice", "h", 40);                              // another group; the shard now has 91
  add("e", "alice", "h", 10);                              // would fit, but not into the shard
  add("f", "bob", "h", 5);
  writer.finish(16000, {});
  EXPECT_EQ(writer.num_recordings(), 6u);
  EXPECT_EQ(read_file(folder / "p/names.txt"), "a\tb\nc\nd\ne\nf\n");
  const Pack pack(folder / "p");
  ASSERT_EQ(pack.records().size(), 5u);
  const auto joined = pack.samples(pack.records()[0]);
  ASSERT_EQ(joined.size(), 50u);
  EXPECT_EQ(joined[19], 20);
  EXPECT_EQ(joined[20], 30);
}

TEST(Pack, RecallsWhatAnEarlierWriterLeft) {
  const TemporaryFolder folder;
  PackOptions options;
  options.max_shard_samples = 100, options.keep_unfinished = true;
  const std::vector<std::int16_t> first(80, 1), second(70, 2), third(60, 3);
  const auto hash = [](const std::vector<std::int16_t>& pcm) {
    return sha256_hex({reinterpret_cast<const char*>(pcm.data()), pcm.size() * 2});
  };
  {
    PackWriter writer(folder / "p", options);
    writer.add("1", "alice", "", first), writer.add("2", "alice", "", second), writer.add("3", "bob", "", third);
  }
  {
    PackWriter writer(folder / "p", options);
    EXPECT_TRUE(writer.recall("1", "alice", "", 80, hash(first)));
    EXPECT_FALSE(writer.recall("2", "alice", "", 70, hash(third)));   // other samples
    EXPECT_FALSE(writer.recall("2", "alice", "", 71, hash(second)));  // more than there are
    EXPECT_TRUE(writer.recall("2", "alice", "", 70, hash(second)));
    writer.finish(16000, {});
  }
  EXPECT_FALSE(fs::exists(folder / "p/audio-00002.s16"));
  const Pack pack(folder / "p");
  ASSERT_EQ(pack.records().size(), 2u);
  EXPECT_EQ(pack.samples(pack.records()[1])[69], 2);
}

TEST(Pack, ReadsVersion1) {
  const TemporaryFolder folder;
  PackWriter writer(folder / "p");
  writer.add("one", "alice", "g", std::vector<std::int16_t>{7, 8});
  writer.finish(16000, {});
  auto description = nlohmann::json::parse(read_file(folder / "p/pack.json"));
  description["version"] = 1, description.erase("shards");
  write_file_atomically(folder / "p/pack.json", description.dump());
  fs::rename(folder / "p/audio-00000.s16", folder / "p/audio.s16");
  const Pack pack(folder / "p");
  EXPECT_EQ(pack.samples(pack.records()[0])[1], 8);
}

TEST(Pack, AnUnfinishedOneIsNone) {
  const TemporaryFolder folder;
  {
    PackWriter writer(folder / "p");
    writer.add("one", "alice", "g", std::vector<float>{0.5f});
  }
  EXPECT_ERROR(Pack(folder / "p"), "is no pack");
  EXPECT_FALSE(fs::exists(folder / "p.writing"));
}

TEST(Pack, ReplacesNothingElse) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "p");
  write_file_atomically(folder / "p/names.txt", "Rover\nRex\n");
  EXPECT_ERROR(PackWriter(folder / "p"), "p: is neither empty nor a pack");
  write_file_atomically(folder / "p.writing", "a letter");
  EXPECT_ERROR(PackWriter(folder / "p"), "p.writing: is a file");
  EXPECT_EQ(read_file(folder / "p/names.txt") + read_file(folder / "p.writing"), "Rover\nRex\na letter");
  // Hours may lie between the two.
  PackWriter writer(folder / "q");
  writer.add("one", "alice", "g", std::vector<std::int16_t>{7});
  fs::create_directories(folder / "q");
  write_file_atomically(folder / "q/notes.md", "dear diary");
  EXPECT_ERROR(writer.finish(16000, {}), "q: holds notes.md");
  EXPECT_EQ(read_file(folder / "q/notes.md"), "dear diary");
}

TEST(Pack, IsReplacedAlsoAfterAKillInTheMiddleOfThat) {
  const TemporaryFolder folder;
  const auto make = [&](const char* name) {
    PackOptions options;
    options.keep_unfinished = true;
    PackWriter writer(folder / name, options);
    writer.add("one", "alice", "g", std::vector<std::int16_t>{7});
    writer.finish(16000, {});
  };
  make("p"), make("new");
  fs::rename(folder / "new", folder / "p.writing"), fs::remove(folder / "p/pack.json");
  make("p");
  EXPECT_EQ(Pack(folder / "p").records().size(), 1u);
}

TEST(Pack, IsKnownByWhatItHoldsAlone) {
  const TemporaryFolder folder;
  const auto write = [&](const char* name, const char* speaker, const std::vector<std::int16_t>& pcm) {
    PackWriter writer(folder / name);
    writer.add("one", speaker, "g", pcm);
    writer.finish(16000, {});
    return Pack(folder / name).sha256();
  };
  const std::string one = write("a", "alice", {1, 2, 3});
  EXPECT_EQ(one.size(), 64u);
  EXPECT_EQ(write("b", "alice", {1, 2, 3}), one);
  EXPECT_NE(write("a", "alice", {1, 2, 4}), one);
  EXPECT_NE(write("a", "bob", {1, 2, 3}), one);
  EXPECT_NE(write("a", "alice", {1, 2, 3, 4}), one);
}

TEST(Pack, SaysWhichSettingNamesNone) {
  EXPECT_ERROR(Pack(""), "data.pack: is not set; give it the folder of a pack that `trainer prepare` made");
  EXPECT_ERROR(Pack("", "data.noise_pack"), "data.noise_pack: is not set");
  EXPECT_ERROR(
      Pack("/none", "data.rir_pack"),
      "/none: is no pack (pack.json is missing); correct data.rir_pack, or make the pack with `trainer prepare`");
}

TEST(Pack, RefusesDamage) {
  const TemporaryFolder folder;
  const auto make = [&] {
    PackWriter writer(folder / "p");
    writer.add("one", "alice", "g", std::vector<float>(100, 0.5f));
    writer.finish(16000, {});
  };
  make();
  fs::resize_file(folder / "p/audio-00000.s16", 150);
  EXPECT_ERROR(Pack(folder / "p"), "has 150 bytes, pack.json promises 200");
  make();
  fs::resize_file(folder / "p/index.bin", 20);
  EXPECT_ERROR(Pack(folder / "p"), "was cut");
  make();
  std::string index = read_file(folder / "p/index.bin");
  index[8] = 90;  // the offset: 90 + 100 samples lie beyond the end
  write_file_atomically(folder / "p/index.bin", index);
  EXPECT_ERROR(Pack(folder / "p"), "points outside the pack");
  make();
  std::string description = read_file(folder / "p/pack.json");
  description.replace(description.find("\"version\": 2"), 12, "\"version\": 9");
  write_file_atomically(folder / "p/pack.json", description);
  EXPECT_ERROR(Pack(folder / "p"), "has version 9");
  make();
  fs::remove(folder / "p/audio-00000.s16");
  EXPECT_ERROR(Pack(folder / "p"), "audio-00000.s16: is missing; make the pack again with `trainer prepare`");
  make();
  fs::remove(folder / "p/index.bin");
  EXPECT_ERROR(Pack(folder / "p"), "index.bin: is missing; make the pack again with `trainer prepare`");
  make();
  fs::resize_file(folder / "p/index.bin", 8);
  EXPECT_ERROR(Pack(folder / "p"), "has 0 records, pack.json promises 1");
}

TEST(Pack, RefusesShardsThatDoNotFitTheIndex) {
  const TemporaryFolder folder;
  const auto make = [&](const std::function<void(nlohmann::json&)>& change) {
    PackOptions options;
    options.max_shard_samples = 100;
    PackWriter writer(folder / "p", options);
    writer.add("one", "alice", "g", std::vector<std::int16_t>(100, 1));
    writer.add("two", "alice", "g", std::vector<std::int16_t>(50, 2));
    writer.finish(16000, {});
    auto description = nlohmann::json::parse(read_file(folder / "p/pack.json"));
    change(description);
    write_file_atomically(folder / "p/pack.json", description.dump());
  };
  make([](nlohmann::json&) {});
  std::string index = read_file(folder / "p/index.bin");
  index[8] = 10;  // the first record now reaches into the second shard
  write_file_atomically(folder / "p/index.bin", index);
  EXPECT_ERROR(Pack(folder / "p"), "points outside the pack");
  make([](nlohmann::json& json) { json["shards"] = {100}; });
  EXPECT_ERROR(Pack(folder / "p"), "promises 150 samples, its shards have 100");
  make([](nlohmann::json& json) { json["shards"] = {100, (std::uint64_t{1} << 63) + 50}; });
  EXPECT_ERROR(Pack(folder / "p"), "audio-00001.s16: has 100 bytes");
  make([](nlohmann::json& json) { json["shards"] = {100, -1}; });
  EXPECT_ERROR(Pack(folder / "p"), "audio-00001.s16: has 100 bytes");
  make([](nlohmann::json& json) { json["shards"] = "all"; });
  EXPECT_ERROR(Pack(folder / "p"), "cannot be understood");
  make([](nlohmann::json& json) { json["shards"] = {100, 50, 0}; });
  EXPECT_ERROR(Pack(folder / "p"), "audio-00002.s16: is missing; make the pack again");
}

TEST(Room, StartsWithTheDirectSoundAndDecays) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Random random{seed};
    const std::vector<float> response = simulate_room(random, 16000, 0.1, 0.7);
    ASSERT_GT(response.size(), 1000u);
    EXPECT_NEAR(response[0], 1.0f, 0.35f);  // reflections of the nearest wall may arrive with it
    double early = 0, late = 0;
    for (std::size_t i = 0; i < response.size(); ++i)
      (i < response.size() / 2 ? early : late) += static_cast<double>(response[i]) * response[i];
    EXPECT_LT(late, early / 10);
  }
  Random random{1};
  EXPECT_EQ(simulate_room(random, 16000, 0.25, 0.25).size(), 4000u);  // cut at its reverberation time
}

TEST(Codec, EveryFamilyKeepsLengthAndPower) {
  std::set<std::vector<float>> results;
  std::vector<float> tone(32000);
  for (std::size_t i = 0; i < tone.size(); ++i)
    tone[i] = static_cast<float>(0.3 * std::sin(2 * 3.14159265358979 * 440 * static_cast<double>(i) / 16000));
  for (const CodecFamily family : codec_families(AugmentConfig{}.codecs)) {
    for (const double compression : {0.0, 0.5, 1.0}) {
      Codec codec;
      codec.family = family, codec.rate_hz = 9000, codec.compression = compression;
      std::vector<float> samples = tone;
      apply_codec(codec, samples);
      ASSERT_EQ(samples.size(), tone.size());
      EXPECT_NEAR(10 * std::log10(power(samples) / power(tone)), 0.0, 1.5) << kCodecNames[static_cast<int>(family)];
      EXPECT_NE(samples, tone);
      results.insert(samples);
    }
  }
  EXPECT_GE(results.size(), 8u);  // every family is there, and does something of its own
}

}  // namespace
}  // namespace voiceprint::trainer
