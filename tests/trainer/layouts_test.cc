// Lists and corpora: which recordings they hold, who speaks, and what is said of those that cannot be understood.
#include "data/layouts.h"

#include <algorithm>
#include <filesystem>

#include "data/split.h"
#include "expect_error.h"
#include "run/write_file.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

void touch(const std::string& path, const std::string& content = "") {
  fs::create_directories(fs::path(path).parent_path());
  write_file_atomically(path, content);
}

// "<layout>: <name> <speaker> <group>; ..."
std::string listed(const std::string& list, const std::string& layout = "", bool include_test = false) {
  const Listing listing = list_recordings({list, "", layout, include_test});
  std::string text = listing.layout + ":";
  for (const ListedRecording& r : listing.recordings) text += " " + r.name + " " + r.speaker + " " + r.group + ";";
  return text;
}

TEST(Lists, AllForms) {
  const TemporaryFolder folder;
  touch(folder / "a.jsonl",
        "{\"path\": \"x/1.opus\", \"speaker\": \"s1\", \"corpus\": \"c\", \"language\": "
        "\"en\"}\n\n{\"path\": \"2.wav\", \"speaker\": \"s2\"}\n");
  EXPECT_EQ(listed(folder / "a.jsonl"), "jsonl: x/1.opus s1 c/en; 2.wav s2 ;");
  EXPECT_EQ(list_recordings({folder / "a.jsonl", "", "", false}).recordings[0].path, folder / "x/1.opus");
  touch(folder / "b.txt", "\xef\xbb\xbfone two.wav\t7\r\n");
  EXPECT_EQ(listed(folder / "b.txt"), "text-list: one two.wav 7 ;");
  EXPECT_EQ(list_recordings({folder / "b.txt", "/speech", "", false}).recordings[0].path, "/speech/one two.wav");
  touch(folder / "c.txt", "3 p\\q.wav\nr.flac 4\n");
  EXPECT_EQ(listed(folder / "c.txt"), "text-list: p/q.wav 3 ; r.flac 4 ;");
  touch(folder / "d.tsv", "a.wav\tann\n");
  EXPECT_EQ(listed(folder / "d.tsv"), "text-list: a.wav ann ;");
}

TEST(Lists, NameFileAndLine) {
  const TemporaryFolder folder;
  EXPECT_ERROR(listed(folder / "no.jsonl"), "no such list or folder; check the path");
  touch(folder / "a.jsonl", "{\"path\": \"x\", \"speaker\": \"s\"}\n{\"path\": 3}\n");
  EXPECT_ERROR(listed(folder / "a.jsonl"), "a.jsonl:2: the field \"path\"");
  touch(folder / "b.txt", "word\n");
  EXPECT_ERROR(listed(folder / "b.txt"), "b.txt:1: expected");
  for (const char* line : {"\tann\n", "1.wav\t\n", " 1.wav\n"}) {
    touch(folder / "b.txt", line);
    EXPECT_ERROR(listed(folder / "b.txt"), "b.txt:1: the path or the speaker is empty; give both, or remove the line");
  }
  touch(folder / "c.txt", "\n");
  EXPECT_ERROR(listed(folder / "c.txt"), "the list is empty");
  EXPECT_ERROR(listed(folder / "b.txt", "libri-speech"), "did you mean 'librispeech'");
  EXPECT_ERROR(listed(folder / "b.txt", "voxceleb"), "is a file; --layout voxceleb needs the corpus's folder");
  EXPECT_ERROR(listed(folder / "b.txt", "common-voice"), "does not name the columns");
  fs::create_directories(folder / "empty");
  EXPECT_ERROR(listed(folder / "empty"), "holds no audio file");
  EXPECT_ERROR(listed(folder / "empty", "jsonl"), "is a folder");
}

TEST(Layouts, SpeakerFolders) {
  const TemporaryFolder folder;
  touch(folder / "tree/bob/day1/x.WAV"), touch(folder / "tree/bob/notes.txt"), touch(folder / "tree/ann/._y.wav");
  touch(folder / "tree/ann/y.m4a");  // cannot be decoded, but shall be reported
  EXPECT_EQ(listed(folder / "tree"), "speaker-folders: ann/y.m4a ann ; bob/day1/x.WAV bob ;");
  EXPECT_EQ(listed(folder / "tree/"), listed(folder / "tree"));
  EXPECT_EQ(listed(folder / "tree/ann"), "speaker-folders: y.m4a ann ;");
}

TEST(Layouts, CnCeleb) {
  const TemporaryFolder folder;
  const std::string one = folder / "cn/CN-Celeb_flac", two = folder / "cn/CN-Celeb2_flac";
  touch(one + "/data/id00001/live_broadcast-01-002.flac"), touch(one + "/data/id00800/vlog-01-001.flac");
  touch(one + "/eval/enroll/id00801-enroll.flac"), touch(one + "/eval/test/id00801-singing-01-001.flac");
  EXPECT_EQ(listed(one),
            "cn-celeb: data/id00001/live_broadcast-01-002.flac CN-Celeb_flac/id00001 cn-celeb/live_broadcast;");
  EXPECT_EQ(listed(one + "/data"),
            "cn-celeb: id00001/live_broadcast-01-002.flac CN-Celeb_flac/id00001 "
            "cn-celeb/live_broadcast;");
  EXPECT_EQ(list_recordings({one, "", "", false}).num_test, 3u);
  const Listing all = list_recordings({one, "", "", true});
  ASSERT_EQ(all.recordings.size(), 4u);
  EXPECT_EQ(all.recordings[3].speaker, "CN-Celeb_flac/id00801");
  EXPECT_EQ(all.recordings[3].group, "cn-celeb/singing");
  touch(two + "/data/id00001/drama-01-001.flac");  // not the person of that number in the first release
  EXPECT_EQ(listed(folder / "cn"),
            "cn-celeb: CN-Celeb2_flac/data/id00001/drama-01-001.flac CN-Celeb2_flac/id00001 cn-celeb/drama; "
            "CN-Celeb_flac/data/id00001/live_broadcast-01-002.flac CN-Celeb_flac/id00001 cn-celeb/live_broadcast;");
}

TEST(Layouts, VoxCeleb) {
  const TemporaryFolder folder;
  touch(folder / "vox/wav/id10001/1zcIwhmdeo4/00001.wav"), touch(folder / "vox/wav/id10270/5r0dWxy17C8/00001.wav");
  touch(folder / "vox/aac/id00012/21Uxsk56VDQ/00001.m4a"), touch(folder / "vox/vox2_test_aac/id00017/a/1.m4a");
  EXPECT_EQ(listed(folder / "vox"),
            "voxceleb: aac/id00012/21Uxsk56VDQ/00001.m4a id00012 voxceleb; "
            "wav/id10001/1zcIwhmdeo4/00001.wav id10001 voxceleb;");
  EXPECT_EQ(listed(folder / "vox/wav", "", true),
            "voxceleb: id10001/1zcIwhmdeo4/00001.wav id10001 voxceleb; "
            "id10270/5r0dWxy17C8/00001.wav id10270 voxceleb;");
  EXPECT_ERROR(listed(folder / "vox/vox2_test_aac"), "only test speakers");
}

TEST(Layouts, LibriSpeech) {
  const TemporaryFolder folder;
  touch(folder / "LibriSpeech/train-clean-100/19/198/19-198-0000.flac");
  touch(folder / "LibriSpeech/test-other/367/130732/367-130732-0000.flac");
  touch(folder / "LibriSpeech/train-clean-100/19/198/19-198.trans.txt");
  const std::string one = "train-clean-100/19/198/19-198-0000.flac 19 librispeech;";
  EXPECT_EQ(listed(folder / "LibriSpeech"), "librispeech: " + one);
  EXPECT_EQ(listed(folder / "LibriSpeech", "", true),
            "librispeech: test-other/367/130732/367-130732-0000.flac 367 librispeech; " + one);
  EXPECT_EQ(listed(folder / "LibriSpeech/train-clean-100"), "librispeech: 19/198/19-198-0000.flac 19 librispeech;");
  EXPECT_ERROR(listed(folder / "LibriSpeech/test-other"), "--include-test");
}

TEST(Layouts, CommonVoice) {
  const TemporaryFolder folder;
  touch(folder / "cv/en/clips/a.mp3");
  touch(folder / "cv/en/validated.tsv", "client_id\tpath\tsentence\tlocale\ns1\ta.mp3\thello\ten\ns2\tb\tbye\ten\n");
  touch(folder / "cv/en/train.tsv", "client_id\tpath\ns1\ta.mp3\n");
  fs::create_directories(folder / "cv/de/clips");
  touch(folder / "cv/de/train.tsv", "path\tclient_id\r\nc.mp3\ts3\r\n");
  EXPECT_EQ(listed(folder / "cv"),
            "common-voice: de/clips/c.mp3 s3 common-voice/de; en/clips/a.mp3 s1 common-voice/en; "
            "en/clips/b.mp3 s2 common-voice/en;");
  EXPECT_EQ(listed(folder / "cv/en/train.tsv"), "common-voice: clips/a.mp3 s1 common-voice/en;");
  EXPECT_EQ(list_recordings({folder / "cv/de", "", "", false}).recordings[0].path, folder / "cv/de/clips/c.mp3");
  touch(folder / "cv/de/dev.tsv", "path\tclient_id\n");
  EXPECT_ERROR(listed(folder / "cv"), "is ambiguous: holds dev.tsv and train.tsv");
  EXPECT_ERROR(listed(folder / "cv/de/dev.tsv"), "lists no recording");
  touch(folder / "cv/de/dev.tsv", "path\tclient_id\nd.mp3\n");
  EXPECT_ERROR(listed(folder / "cv/de/dev.tsv"),
               "dev.tsv:2: the client_id or the path is missing; give both, or remove");
}

TEST(Layouts, Zhvoice) {
  const TemporaryFolder folder;
  touch(folder / "zh/text/infodata.json",
        "{\"index\": \"zhspeechocean/a/1.mp3\", \"speaker\": \"a\", \"duration_ms\": 2000}\n");
  EXPECT_EQ(listed(folder / "zh"), "zhvoice: zhspeechocean/a/1.mp3 a zhvoice/zhspeechocean;");
  EXPECT_EQ(list_recordings({folder / "zh/text/infodata.json", "", "", false}).recordings[0].path,
            folder / "zh/zhspeechocean/a/1.mp3");
  touch(folder / "zh/text/infodata.json", "{\"index\": \"x\"}\n");
  EXPECT_ERROR(listed(folder / "zh"), "infodata.json:1: the field \"speaker\"");
}

TEST(Layouts, AnAmbiguousFolderIsRefused) {
  const TemporaryFolder folder;
  touch(folder / "all/train-clean-100/19/198/19-198-0000.flac"), touch(folder / "all/ann/1.wav");
  EXPECT_ERROR(listed(folder / "all"),
               "is ambiguous: train-clean-100/19/198/19-198-0000.flac looks like librispeech, "
               "ann/1.wav does not");
  EXPECT_EQ(listed(folder / "all", "librispeech"),
            "librispeech: train-clean-100/19/198/19-198-0000.flac 19 librispeech;");
  EXPECT_EQ(list_recordings({folder / "all", "", "librispeech", false}).num_other, 1u);
  EXPECT_EQ(list_recordings({folder / "all", "", "speaker-folders", false}).recordings.size(), 2u);
  EXPECT_ERROR(listed(folder / "all", "voxceleb"), "no file fits the layout voxceleb");
}

// Expected values: python3 -c 'int(hashlib.sha256(b"<seed>\n<speaker>").hexdigest()[:13], 16) / 16**13'
TEST(Split, DependsOnSeedAndNameAlone) {
  const auto threshold = [](std::uint64_t seed, const std::string& speaker, double value) {
    EXPECT_FALSE(is_validation_speaker(seed, speaker, value - 1e-9)) << speaker;
    EXPECT_TRUE(is_validation_speaker(seed, speaker, value + 1e-9)) << speaker;
  };
  threshold(0, "alice", 0.16672943739616075);
  threshold(0, "bob", 0.8080321223451397);
  threshold(7, "alice", 0.6739323258225167);
  int chosen = 0;
  for (int i = 0; i < 10000; ++i) chosen += is_validation_speaker(1, "speaker " + std::to_string(i), 0.1);
  EXPECT_NEAR(chosen, 1000, 100);  // standard deviation 30
}

}  // namespace
}  // namespace voiceprint::trainer
