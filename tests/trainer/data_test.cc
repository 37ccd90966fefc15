// Lists, packs, rooms, codecs: what becomes of recordings, and what is said of those that cannot be used.
#include <cmath>
#include <filesystem>
#include <set>

#include "data/audio_list.h"
#include "data/codec.h"
#include "data/pack.h"
#include "data/prepare.h"
#include "data/room_simulation.h"
#include "expect_error.h"
#include "noise.h"
#include "run/write_file.h"
#include "temporary_folder.h"
#include "voiceprint/audio_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

TEST(AudioList, ReadsAllForms) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "a.jsonl",
                        "{\"path\": \"x/1.opus\", \"speaker\": \"s1\", \"corpus\": \"c\", \"language\": "
                        "\"en\"}\n\n{\"path\": \"2.wav\", \"speaker\": \"s2\"}\n");
  const auto json = read_audio_list(folder / "a.jsonl", "");
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0].path, folder / "x/1.opus");
  EXPECT_EQ(json[0].group, "c/en");
  write_file_atomically(folder / "b.txt", "one two.wav\t7\r\n");
  const auto tab = read_audio_list(folder / "b.txt", "/speech");
  EXPECT_EQ(tab[0].path, "/speech/one two.wav");
  EXPECT_EQ(tab[0].speaker, "7");
  write_file_atomically(folder / "c.txt", "3 p\\q.wav\nr.flac 4\n");
  const auto space = read_audio_list(folder / "c.txt", "/speech");
  EXPECT_EQ(space[0].path, "/speech/p/q.wav");
  EXPECT_EQ(space[0].speaker, "3");
  EXPECT_EQ(space[1].speaker, "4");
  fs::create_directories(folder / "tree/bob/day1");
  write_file_atomically(folder / "tree/bob/day1/x.WAV", "");
  write_file_atomically(folder / "tree/bob/notes.txt", "");
  const auto tree = read_audio_list(folder / "tree", "");
  ASSERT_EQ(tree.size(), 1u);
  EXPECT_EQ(tree[0].speaker, "bob");
}

TEST(AudioList, NamesFileAndLine) {
  const TemporaryFolder folder;
  EXPECT_ERROR(read_audio_list(folder / "no.jsonl", ""), "no such list");
  write_file_atomically(folder / "a.jsonl", "{\"path\": \"x\", \"speaker\": \"s\"}\n{\"path\": 3}\n");
  EXPECT_ERROR(read_audio_list(folder / "a.jsonl", ""), "a.jsonl:2: the field \"path\"");
  write_file_atomically(folder / "b.txt", "word\n");
  EXPECT_ERROR(read_audio_list(folder / "b.txt", ""), "b.txt:1: expected");
  write_file_atomically(folder / "c.txt", "\n");
  EXPECT_ERROR(read_audio_list(folder / "c.txt", ""), "the list is empty");
  fs::create_directories(folder / "empty");
  EXPECT_ERROR(read_audio_list(folder / "empty", ""), "holds no audio file");
  write_file_atomically(folder / "t.txt", "1 a b\nmaybe a b\n");
  EXPECT_ERROR(read_trials(folder / "t.txt"), "t.txt:2: expected");
}

TEST(Trials, ReadsBothForms) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "t.txt", "1 a b\n0 a c\nx y target\nx z nontarget\n");
  const auto trials = read_trials(folder / "t.txt");
  ASSERT_EQ(trials.size(), 4u);
  EXPECT_TRUE(trials[0].target && !trials[1].target && trials[2].target && !trials[3].target);
  EXPECT_EQ(trials[2].test, "y");
}

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

TEST(Pack, AnUnfinishedOneIsNone) {
  const TemporaryFolder folder;
  {
    PackWriter writer(folder / "p");
    writer.add("one", "alice", "g", std::vector<float>{0.5f});
  }
  EXPECT_ERROR(Pack(folder / "p"), "is no pack");
  EXPECT_FALSE(fs::exists(folder / "p.writing"));
}

TEST(Pack, RefusesDamage) {
  const TemporaryFolder folder;
  const auto make = [&] {
    PackWriter writer(folder / "p");
    writer.add("one", "alice", "g", std::vector<float>(100, 0.5f));
    writer.finish(16000, {});
  };
  make();
  fs::resize_file(folder / "p/audio.s16", 150);
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
  description.replace(description.find("\"version\": 1"), 12, "\"version\": 9");
  write_file_atomically(folder / "p/pack.json", description);
  EXPECT_ERROR(Pack(folder / "p"), "has version 9");
}

TEST(Prepare, ListsBadFilesAndKeepsTheRest) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_wav16(folder / "good.wav", noise(1, 16000), 16000).ok());
  write_file_atomically(folder / "text.wav", "this is no audio");
  write_file_atomically(folder / "list.txt", "good.wav\ta\ntext.wav\tb\nmissing.wav\tc\ngood.wav\ta\n");
  PrepareOptions options;
  options.list = folder / "list.txt", options.out = folder / "pack", options.keep_silence = true;
  EXPECT_EQ(prepare(options), 1u);
  const std::string bad = read_file(folder / "pack.bad_files.jsonl");
  EXPECT_NE(bad.find("text.wav"), std::string::npos);
  EXPECT_NE(bad.find("missing.wav"), std::string::npos);
  EXPECT_NE(bad.find("listed twice"), std::string::npos);
  EXPECT_EQ(Pack(folder / "pack").records()[0].num_samples, 16000u);
}

TEST(Prepare, FailsWhenNothingCanBeUsed) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "list.txt", "missing.wav\tc\n");
  PrepareOptions options;
  options.list = folder / "list.txt", options.out = folder / "pack";
  EXPECT_ERROR(prepare(options), "none of its 1 recordings can be used");
  EXPECT_FALSE(fs::exists(folder / "pack"));
}

TEST(Room, StartsWithTheDirectSoundAndDecays) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Random random{seed};
    const std::vector<float> response = simulate_room(random, 16000);
    ASSERT_GT(response.size(), 1000u);
    EXPECT_NEAR(response[0], 1.0f, 0.35f);  // reflections of the nearest wall may arrive with it
    double early = 0, late = 0;
    for (std::size_t i = 0; i < response.size(); ++i)
      (i < response.size() / 2 ? early : late) += static_cast<double>(response[i]) * response[i];
    EXPECT_LT(late, early / 10);
  }
}

TEST(Codec, EveryChannelKeepsLengthAndPower) {
  std::set<std::vector<float>> results;
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    Random random{seed};
    std::vector<float> samples(32000);
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = static_cast<float>(0.3 * std::sin(2 * 3.14159265358979 * 440 * static_cast<double>(i) / 16000));
    const double before = power(samples);
    apply_random_codec(random, samples);
    ASSERT_EQ(samples.size(), 32000u);
    EXPECT_NEAR(10 * std::log10(power(samples) / before), 0.0, 1.5) << "seed " << seed;
    results.insert(samples);
  }
  EXPECT_GE(results.size(), 8u);
}

}  // namespace
}  // namespace voiceprint::trainer
