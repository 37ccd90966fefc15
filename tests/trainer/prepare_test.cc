// From recordings to packs: what goes in, what is reported, and that no interruption changes the result.
#include "data/prepare.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "data/pack.h"
#include "data/split.h"
#include "expect_error.h"
#include "noise.h"
#include "run/write_file.h"
#include "temporary_folder.h"
#include "voiceprint/audio_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

void write_noise(const std::string& path, std::uint64_t seed, std::size_t length) {
  fs::create_directories(fs::path(path).parent_path());
  ASSERT_TRUE(write_wav16(path, noise(seed, length), 16000).ok());
}

std::vector<nlohmann::json> json_lines(const std::string& path) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

// Every file below `folder`, by name.
std::map<std::string, std::string> contents(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = read_file(entry.path().string());
  }
  return files;
}

PrepareOptions whole(const std::string& list, const std::string& out) {
  PrepareOptions options;
  options.list = list, options.out = out, options.keep_silence = true, options.threads = 2;
  return options;
}

TEST(Prepare, ListsBadFilesAndKeepsTheRest) {
  const TemporaryFolder folder;
  write_noise(folder / "good.wav", 1, 16000);
  write_file_atomically(folder / "text.wav", "this is no audio");
  write_file_atomically(folder / "list.txt", "good.wav\ta\ntext.wav\tb\nmissing.wav\tc\ngood.wav\ta\na\tb.wav\td\n");
  write_file_atomically(folder / "list.jsonl",
                        "{\"path\": \"good.wav\", \"speaker\": \"a\"}\n"
                        "{\"path\": \"a\\nb.wav\", \"speaker\": \"a\"}\n");
  EXPECT_EQ(prepare(whole(folder / "list.txt", folder / "pack/")), 1u);
  const auto bad = json_lines(folder / "pack.bad_files.jsonl");
  ASSERT_EQ(bad.size(), 4u);
  EXPECT_EQ(bad[0]["path"], "text.wav");
  EXPECT_EQ(bad[1]["path"], "missing.wav");
  EXPECT_EQ(bad[1]["reason"], folder / "missing.wav" + ": no such file; correct the list or --root");
  EXPECT_NE(bad[2]["reason"].get<std::string>().find("listed twice"), std::string::npos);
  EXPECT_EQ(Pack(folder / "pack").records()[0].num_samples, 16000u);
  EXPECT_EQ(prepare(whole(folder / "list.jsonl", folder / "pack")), 1u);
  EXPECT_NE(read_file(folder / "pack.bad_files.jsonl").find("line break"), std::string::npos);
  write_file_atomically(folder / "list.txt", "good.wav\ta\n");
  prepare(whole(folder / "list.txt", folder / "pack"));
  EXPECT_FALSE(fs::exists(folder / "pack.bad_files.jsonl"));
}

TEST(Prepare, ListsAudioWithoutSamplesOrWithNaN) {
  const TemporaryFolder folder;
  write_noise(folder / "s/a/good.wav", 1, 16000);
  write_file_atomically(folder / "s/a/no_bytes.wav", "");
  const auto write = [&](const char* name, const std::vector<float>& samples) {
    const auto bytes = static_cast<std::uint32_t>(4 * samples.size());
    const std::uint32_t riff = 36 + bytes, format_bytes = 16, codec_and_channels = 3 | 1 << 16, rate = 16000,
                        byte_rate = 64000, frame_and_bits = 4 | 32 << 16;  // IEEE float, one channel
    std::string wav = "RIFF", field(4, '\0');
    const auto add = [&](const std::string& name_of, std::initializer_list<std::uint32_t> values) {
      wav += name_of;
      for (const std::uint32_t value : values) std::memcpy(field.data(), &value, 4), wav += field;
    };
    add("", {riff});
    add("WAVEfmt ", {format_bytes, codec_and_channels, rate, byte_rate, frame_and_bits});
    add("data", {bytes});
    wav.append(reinterpret_cast<const char*>(samples.data()), bytes);
    write_file_atomically(folder / name, wav);
  };
  write("s/a/no_samples.wav", {});
  std::vector<float> samples(16000, 0.1f);
  samples[8000] = NAN;
  write("s/a/not_a_number.wav", samples);
  EXPECT_EQ(prepare(whole(folder / "s", folder / "pack")), 1u);
  const auto bad = json_lines(folder / "pack.bad_files.jsonl");
  ASSERT_EQ(bad.size(), 3u);
  EXPECT_EQ(bad[0]["path"], "a/no_bytes.wav");
  EXPECT_EQ(bad[1]["path"], "a/no_samples.wav");
  EXPECT_EQ(bad[2]["path"], "a/not_a_number.wav");
  EXPECT_NE(bad[2]["reason"].get<std::string>().find("not a finite number"), std::string::npos) << bad[2]["reason"];
}

TEST(Prepare, FailsWhenNothingCanBeUsed) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "list.txt", "missing.wav\tc\n");
  PrepareOptions options;
  options.list = folder / "list.txt", options.out = folder / "pack";
  EXPECT_ERROR(prepare(options), "none of its 1 recordings can be used");
  EXPECT_FALSE(fs::exists(folder / "pack"));
  EXPECT_FALSE(fs::exists(folder / "pack.writing"));
}

TEST(Prepare, RefusesOptionsOutOfRange) {
  PrepareOptions options = whole("list", "pack");
  options.min_seconds = 61;
  EXPECT_ERROR(prepare(options), "--min-seconds must be from 0 to --max-seconds");
  options = whole("list", "pack"), options.max_seconds = 601;
  EXPECT_ERROR(prepare(options), "--max-seconds");
  options = whole("list", "pack"), options.normalise_db = 3;
  EXPECT_ERROR(prepare(options), "--normalise-db must be -60..0");
  options = whole("list", "pack"), options.validation = "other";
  EXPECT_ERROR(prepare(options), "--validation-share must be above 0");
  options.validation_share = 0.5;
  for (const char* validation : {"pack/", "./pack", "pack/validation", "."}) {
    options.validation = validation;
    EXPECT_ERROR(prepare(options), "--validation must be another folder than --out, and neither inside the other")
        << validation;
  }
}

// Two speakers, and what lay there before: unchanged when `prepare` refuses, and nothing beside it.
class Replacing : public testing::Test {
 protected:
  Replacing() {
    write_noise(folder_ / "speech/ann/1.wav", 1, 16000), write_noise(folder_ / "speech/bob/1.wav", 2, 16000);
    options_ = whole(folder_ / "speech", folder_ / "pack");
  }
  void expect_refusal(const std::string& message) {
    const auto before = contents(folder_ / "");
    EXPECT_ERROR(prepare(options_), message);
    EXPECT_EQ(contents(folder_ / ""), before);
    EXPECT_FALSE(fs::exists(folder_ / "pack.writing"));
  }
  void split() {
    options_.validation_share = 0.5;
    while (is_validation_speaker(options_.split_seed, "ann", 0.5) ==
           is_validation_speaker(options_.split_seed, "bob", 0.5))
      ++options_.split_seed;
  }
  TemporaryFolder folder_;
  PrepareOptions options_;
};

TEST_F(Replacing, LeavesWhatIsNoPack) {
  fs::create_directories(folder_ / "precious"), fs::create_directories(folder_ / "photos/2019");
  write_file_atomically(folder_ / "precious/thesis.txt", "years"), write_file_atomically(folder_ / "file", "a page");
  write_file_atomically(folder_ / "photos/2019/1.jpg", "a photo");
  options_.out = folder_ / "precious";
  expect_refusal(
      "precious: holds thesis.txt, which is no part of a pack, and the new pack would take its place; "
      "choose another --out, or move it away");
  options_.out = folder_ / "photos/";
  expect_refusal("photos: holds 2019");
  options_.out = folder_ / "file";
  expect_refusal("file: is a file");
  write_file_atomically(folder_ / "precious/pack.json", "{}");
  options_.out = folder_ / "precious";
  expect_refusal("precious: holds thesis.txt");
  options_.out = folder_ / "pack", options_.validation = folder_ / "precious", split();
  expect_refusal("choose another --validation, or move it away");
  options_.validation = "", fs::rename(folder_ / "precious", folder_ / "pack.validation");
  expect_refusal("pack.validation: holds thesis.txt");
}

TEST_F(Replacing, LeavesItsRecordings) {
  options_.out = folder_ / "speech";
  expect_refusal("speech: the pack would take the place of");
  options_.out = folder_ / "speech/ann/../";
  expect_refusal("the pack would take the place of");
  options_.out = folder_ / "";
  expect_refusal("the pack would take the place of");
  fs::create_directory_symlink(folder_ / "speech", folder_ / "link");
  options_.out = folder_ / "link";
  expect_refusal("the pack would take the place of");
  options_.out = folder_ / "pack", options_.validation = folder_ / "speech", split();
  expect_refusal("--validation " + folder_ / "speech" + ": the pack would take the place of");
  // Names that a pack has do not help.
  fs::create_directories(folder_ / "list"), write_file_atomically(folder_ / "list/pack.json", "{}");
  write_file_atomically(folder_ / "list/names.txt", "ann/1.wav\tann\n");
  options_ = whole(folder_ / "list/names.txt", folder_ / "list"), options_.root = folder_ / "speech";
  expect_refusal("list/names.txt, which it is made from");
  options_.out = folder_ / "speech";
  expect_refusal("speech, which it is made from");
}

TEST_F(Replacing, LeavesAFolderThatOnlyLooksUnfinished) {
  options_.out = folder_ / "other", fs::create_directories(folder_ / "other.writing");
  write_file_atomically(folder_ / "other.writing/novel.txt", "Chapter 1");
  expect_refusal("other.writing: holds novel.txt");
  fs::rename(folder_ / "other.writing", folder_ / "aside"),
      fs::rename(folder_ / "aside/novel.txt", options_.out + ".writing");
  expect_refusal("other.writing: is a file");
}

TEST_F(Replacing, TakesEmptyFoldersAndPacks) {
  fs::create_directories(folder_ / "pack"), split();
  EXPECT_EQ(prepare(options_), 2u);
  const auto first = contents(folder_ / "");
  EXPECT_EQ(prepare(options_), 2u);
  EXPECT_EQ(contents(folder_ / ""), first);
}

TEST(Prepare, CutsAtMaxSeconds) {
  const TemporaryFolder folder;
  write_noise(folder / "s/long.wav", 1, 40000), write_noise(folder / "s/short.wav", 2, 4799);
  PrepareOptions options = whole(folder / "s", folder / "pack");
  options.max_seconds = 2;
  EXPECT_EQ(prepare(options), 1u);
  EXPECT_EQ(Pack(folder / "pack").records()[0].num_samples, 32000u);
  EXPECT_NE(read_file(folder / "pack.bad_files.jsonl").find("only 0.30 s of audio"), std::string::npos);
}

TEST(Prepare, TakesTheSpeechOnly) {
  const std::string list = std::string(VOICEPRINT_SPEECH) + "/train/utterances.jsonl";
  if (!fs::exists(list)) GTEST_SKIP() << "no speech in " << VOICEPRINT_SPEECH;
  const TemporaryFolder folder;
  std::string path;
  for (const auto& line : json_lines(list)) {
    if (line["seconds"] > 5) path = std::string(VOICEPRINT_SPEECH) + "/" + line["path"].get<std::string>();
    if (!path.empty()) break;
  }
  const auto audio = read_audio_file(path);
  ASSERT_TRUE(audio.ok());
  std::vector<float> padded(audio->samples);  // followed by 5 s of silence
  padded.resize(padded.size() + static_cast<std::size_t>(5 * audio->sample_rate_hz));
  fs::create_directories(folder / "s/ann");
  ASSERT_TRUE(write_wav16(folder / "s/ann/1.wav", padded, audio->sample_rate_hz).ok());
  const auto seconds = [&](bool keep_silence, double max_seconds) {
    PrepareOptions options = whole(folder / "s", folder / "pack");
    options.keep_silence = keep_silence, options.max_seconds = max_seconds;
    prepare(options);
    return static_cast<double>(Pack(folder / "pack").records()[0].num_samples) / 16000;
  };
  EXPECT_LT(seconds(false, 60), static_cast<double>(audio->samples.size()) / audio->sample_rate_hz + 0.2);
  EXPECT_GT(seconds(false, 60), 1.0);
  EXPECT_EQ(seconds(false, 0.75), 0.75);
  EXPECT_NEAR(seconds(true, 60), static_cast<double>(padded.size()) / audio->sample_rate_hz, 1e-4);
}

TEST(Prepare, NormalisesWithoutClipping) {
  const TemporaryFolder folder;
  std::vector<float> quiet = noise(1, 16000), peaky(16000, 0.001f);
  for (float& x : quiet) x *= 0.1f;
  peaky[5000] = -0.5f;
  fs::create_directories(folder / "s");
  ASSERT_TRUE(write_wav16(folder / "s/quiet.wav", quiet, 16000).ok());
  ASSERT_TRUE(write_wav16(folder / "s/peaky.wav", peaky, 16000).ok());
  ASSERT_TRUE(write_wav16(folder / "s/silence.wav", std::vector<float>(16000), 16000).ok());
  PrepareOptions options = whole(folder / "s", folder / "pack");
  options.normalise_db = -20;
  EXPECT_EQ(prepare(options), 3u);
  const Pack pack(folder / "pack");
  const auto samples = [&](std::size_t i) {
    std::vector<float> values;
    for (const std::int16_t x : pack.samples(pack.records()[i])) values.push_back(static_cast<float>(x) / 32768.0f);
    return values;
  };
  EXPECT_EQ(samples(0)[5000], -1.0f);  // peaky: all the gain that there is room for
  EXPECT_NEAR(samples(0)[0], 0.002f, 1.0f / 32768);
  EXPECT_NEAR(10 * std::log10(power(samples(1))), -20.0, 0.01);  // quiet
  EXPECT_EQ(power(samples(2)), 0.0);
}

TEST(Prepare, ReportsDuplicates) {
  const TemporaryFolder folder;
  write_noise(folder / "s/ann/1.wav", 1, 16000), write_noise(folder / "s/ann/2.wav", 2, 16000);
  fs::copy(folder / "s/ann/1.wav", folder / "s/ann/3.wav");
  fs::create_directories(folder / "s/bob");
  fs::copy(folder / "s/ann/2.wav", folder / "s/bob/4.wav");
  EXPECT_EQ(prepare(whole(folder / "s", folder / "pack")), 4u);
  const auto duplicates = json_lines(folder / "pack.duplicates.jsonl");
  ASSERT_EQ(duplicates.size(), 2u);
  EXPECT_EQ(duplicates[0]["path"], "ann/3.wav");
  EXPECT_EQ(duplicates[0]["same_as"], "ann/1.wav");
  EXPECT_FALSE(duplicates[0].contains("note"));
  EXPECT_EQ(duplicates[1]["its_speaker"], "ann");
  EXPECT_NE(duplicates[1]["note"].get<std::string>().find("label is likely wrong"), std::string::npos);
  auto stats = nlohmann::json::parse(read_file(folder / "pack/stats.json"));
  EXPECT_EQ(stats["duplicates"], 2);
  EXPECT_EQ(stats["duplicates_of_two_speakers"], 1);
  EXPECT_EQ(stats["duplicates_left_out"], 0);
  PrepareOptions options = whole(folder / "s", folder / "pack");
  options.drop_duplicates = true;
  EXPECT_EQ(prepare(options), 2u);
  EXPECT_EQ(read_file(folder / "pack/names.txt"), "ann/1.wav\nann/2.wav\n");
  stats = nlohmann::json::parse(read_file(folder / "pack/stats.json"));
  EXPECT_EQ(stats["duplicates_left_out"], 2);
}

// A corpus of 12 speakers with 1 to 4 recordings each, in no order, one file damaged.
void write_corpus(const TemporaryFolder& folder) {
  std::string list;
  for (int i = 0; i < 30; ++i) {
    const std::string name = std::to_string(i) + ".wav", speaker = std::to_string(i * 7 % 12);
    write_noise(folder / ("audio/" + name), static_cast<std::uint64_t>(i), 6000 + 500 * static_cast<std::size_t>(i));
    list += "audio/" + name + "\t" + speaker + "\n";
  }
  write_file_atomically(folder / "audio/4.wav", "RIFF");
  write_file_atomically(folder / "list.txt", list);
}

TEST(Prepare, SplitsBySpeakerAndMovesNobody) {
  const TemporaryFolder folder;
  write_corpus(folder);
  PrepareOptions options = whole(folder / "list.txt", folder / "pack");
  options.validation_share = 0.3;
  EXPECT_EQ(prepare(options), 29u);
  const auto speakers = [](const std::string& pack) {
    const Pack opened(pack);
    std::set<std::uint32_t> labels;
    for (const PackRecord& record : opened.records()) labels.insert(record.speaker);
    EXPECT_EQ(labels.size(), opened.speakers().size());
    EXPECT_EQ(*labels.rbegin() + 1, labels.size());  // 0..N-1, all used
    return std::set<std::string>(opened.speakers().begin(), opened.speakers().end());
  };
  const auto training = speakers(folder / "pack"), validation = speakers(folder / "pack.validation");
  EXPECT_EQ(training.size() + validation.size(), 12u);
  for (const std::string& speaker : validation) EXPECT_EQ(training.count(speaker), 0u);
  std::string list;
  for (int i = 0; i < 5; ++i) {
    const std::string name = "new" + std::to_string(i);
    write_noise(folder / (name + ".wav"), static_cast<std::uint64_t>(100 + i), 8000);
    list += name + ".wav\t" + name + "\n";
  }
  list += read_file(folder / "list.txt");
  write_file_atomically(folder / "list.txt", list);
  options.validation = folder / "held-out";
  prepare(options);
  for (const std::string& speaker : speakers(folder / "held-out")) EXPECT_EQ(training.count(speaker), 0u);
  for (const std::string& speaker : speakers(folder / "pack")) EXPECT_EQ(validation.count(speaker), 0u);
  options.validation_share = 1e-9;
  EXPECT_ERROR(prepare(options), "0 of its 17 speakers fall to validation");
}

TEST(Prepare, JoinsShortRecordings) {
  const TemporaryFolder folder;
  write_corpus(folder);
  PrepareOptions options = whole(folder / "list.txt", folder / "pack");
  prepare(options);
  // The slow way: samples of each speaker, strung together.
  const auto by_speaker = [&] {
    const Pack pack(folder / "pack");
    std::map<std::string, std::vector<std::int16_t>> samples;
    for (const PackRecord& record : pack.records()) {
      EXPECT_LE(record.num_samples, 40000u);
      auto& all = samples[pack.speakers()[record.speaker]];
      all.insert(all.end(), pack.samples(record).begin(), pack.samples(record).end());
    }
    return samples;
  };
  const auto separate = by_speaker();
  options.join_seconds = 2.5;
  EXPECT_EQ(prepare(options), 29u);
  EXPECT_EQ(by_speaker(), separate);
  EXPECT_LT(Pack(folder / "pack").records().size(), 20u);
}

TEST(Prepare, SumsUpInStats) {
  const TemporaryFolder folder;
  write_noise(folder / "s/ann/1.wav", 1, 16000), write_noise(folder / "s/ann/2.wav", 2, 48000);
  write_noise(folder / "s/bob/1.wav", 3, 32000);
  prepare(whole(folder / "s", folder / "pack"));
  const auto stats = nlohmann::json::parse(read_file(folder / "pack/stats.json"));
  EXPECT_EQ(stats["layout"], "speaker-folders");
  EXPECT_EQ(stats["listed"], 3);
  EXPECT_TRUE(stats["validation"].is_null());
  const auto& training = stats["training"];
  EXPECT_EQ(training["recordings"], 3);
  EXPECT_EQ(training["speakers"], 2);
  EXPECT_EQ(training["speakers_with_one_record"], 1);
  EXPECT_DOUBLE_EQ(training["hours"], 6.0 / 3600);
  EXPECT_DOUBLE_EQ(training["seconds_per_record"]["median"], 2.0);
  EXPECT_DOUBLE_EQ(training["seconds_per_speaker"]["most"], 4.0);
  EXPECT_DOUBLE_EQ(training["records_per_speaker"]["mean"], 1.5);
  EXPECT_EQ(training["groups"][""]["records"], 3);
}

// Runs `body` in a process of its own; gives the message of its TrainerError by way of a file.
pid_t start(const std::string& message, const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    body();
    ::_exit(0);
  } catch (const TrainerError& error) {
    write_file_atomically(message, error.what());
    ::_exit(1);
  }
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// One recording is a pipe that nobody fills: `prepare` does all before it and then stands still.
class Interrupted : public testing::Test {
 protected:
  void SetUp() override {
    write_corpus(folder_);
    options_ = whole(folder_ / "list.txt", folder_ / "whole");
    options_.validation_share = 0.3, options_.join_seconds = 2, options_.shard_mib = 1;
    prepare(options_);
    options_.out = folder_ / "pack";
  }
  void block(int recording) {
    blocked_ = folder_ / ("audio/" + std::to_string(recording) + ".wav");
    fs::rename(blocked_, folder_ / "aside");
    ASSERT_EQ(::mkfifo(blocked_.c_str(), 0600), 0);
  }
  void unblock() {
    fs::remove(blocked_);
    fs::rename(folder_ / "aside", blocked_);
  }
  std::size_t journal_lines() const {
    const std::string path = folder_ / "pack.writing/journal.jsonl";
    if (!fs::exists(path)) return 0;
    const std::string text = read_file(path);
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  // Until the journal stands still.
  void wait_for_work() const {
    std::size_t before = 0;
    for (int i = 0; i < 200; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      const std::size_t now = journal_lines();
      if (now > 3 && now == before) return;
      before = now;
    }
    FAIL() << "nothing was prepared";
  }
  void expect_the_same_packs() const {
    for (const char* part : {"", ".validation"})
      EXPECT_EQ(contents(folder_ / (std::string("pack") + part)), contents(folder_ / (std::string("whole") + part)));
    EXPECT_EQ(read_file(folder_ / "pack.bad_files.jsonl"), read_file(folder_ / "whole.bad_files.jsonl"));
    EXPECT_FALSE(fs::exists(folder_ / "pack.writing"));
    EXPECT_FALSE(fs::exists(folder_ / "pack.validation.writing"));
  }

  TemporaryFolder folder_;
  PrepareOptions options_;
  std::string blocked_;
};

TEST_F(Interrupted, AKilledRunGoesOnToTheSamePack) {
  for (const int recording : {25, 11}) {
    block(recording);
    const pid_t child = start(folder_ / "message", [&] { prepare(options_); });
    wait_for_work();
    if (recording == 25) {
      EXPECT_ERROR(prepare(options_), "another `trainer prepare` is writing there");
    }
    ::kill(child, SIGKILL);
    EXPECT_TRUE(WIFSIGNALED(wait_for(child)));
    EXPECT_FALSE(fs::exists(folder_ / "pack"));
    unblock();
    if (recording == 25) {  // a line that the kill cut, and audio beyond the journal
      fs::resize_file(folder_ / "pack.writing/journal.jsonl",
                      fs::file_size(folder_ / "pack.writing/journal.jsonl") - 9);
      prepare(options_);
      expect_the_same_packs();
      fs::remove_all(folder_ / "pack"), fs::remove_all(folder_ / "pack.validation");
    }
  }
  // The file is not read again.
  const std::string first = folder_ / "audio/0.wav";
  fs::rename(first, folder_ / "aside");
  EXPECT_EQ(prepare(options_), 29u);
  expect_the_same_packs();
}

TEST_F(Interrupted, DamagedAudioIsMadeAgain) {
  block(20);
  const pid_t child = start(folder_ / "message", [&] { prepare(options_); });
  wait_for_work();
  ::kill(child, SIGKILL);
  wait_for(child);
  unblock();
  const std::string shard = folder_ / "pack.writing/audio-00000.s16";
  std::string audio = read_file(shard);
  audio[audio.size() / 2] ^= 1;
  write_file_atomically(shard, audio);
  prepare(options_);
  expect_the_same_packs();
}

TEST_F(Interrupted, AnotherCommandStartsAnew) {
  block(20);
  const pid_t child = start(folder_ / "message", [&] { prepare(options_); });
  wait_for_work();
  ::kill(child, SIGKILL);
  wait_for(child);
  unblock();
  PrepareOptions other = options_;
  other.max_seconds = 1, other.out = folder_ / "other";
  prepare(other);
  other.out = options_.out;
  prepare(other);
  EXPECT_EQ(contents(folder_ / "pack"), contents(folder_ / "other"));
  EXPECT_EQ(contents(folder_ / "pack.validation"), contents(folder_ / "other.validation"));
}

TEST_F(Interrupted, AStopSaysHowToGoOn) {
  block(15);
  const pid_t child = start(folder_ / "message", [&] { prepare(options_); });
  wait_for_work();
  ::kill(child, SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  ::close(::open(blocked_.c_str(), O_WRONLY));  // lets the thread go that waits for the pipe
  const int status = wait_for(child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  const std::string message = read_file(folder_ / "message");
  EXPECT_NE(message.find("stopped after " + std::to_string(journal_lines() - 1) + " of 30 recordings"),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("the same command goes on"), std::string::npos) << message;
  EXPECT_FALSE(fs::exists(folder_ / "pack"));
  unblock();
  prepare(options_);
  expect_the_same_packs();
}

// A limit on file sizes stands for a full disk.
TEST_F(Interrupted, AFullDiskIsReportedAndNothingIsLost) {
  const pid_t child = start(folder_ / "message", [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{200'000, 200'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    prepare(options_);
  });
  const int status = wait_for(child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  EXPECT_NE(read_file(folder_ / "message").find("audio-00000.s16: cannot be written"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / "pack"));
  EXPECT_GT(journal_lines(), 3u);
  prepare(options_);
  expect_the_same_packs();
}

}  // namespace
}  // namespace voiceprint::trainer
