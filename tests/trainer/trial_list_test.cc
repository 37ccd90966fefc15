// Trial lists as the field brings them, what is refused in them, trials made from labelled recordings, and who speaks.
#include "eval/trial_list.h"

#include <filesystem>
#include <set>

#include "eval/trial_pairs.h"
#include "eval/utterance_facts.h"
#include "expect_error.h"
#include "run/write_file.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

TrialSet read_text(const TemporaryFolder& folder, const std::string& text, bool drop_duplicates = false) {
  write_file_atomically(folder / "list.txt", text);
  return read_trial_set({folder / "list.txt", "", drop_duplicates});
}

TEST(TrialList, ReadsTheThreeForms) {
  const TemporaryFolder folder;
  for (const char* text :
       {"1 a/1.wav a/2.wav\n0 a/1.wav b/1.wav\n", "a/1.wav a/2.wav target\r\na/1.wav b/1.wav nontarget\n",
        "a/1.wav a/2.wav 1\n\na/1.wav b/1.wav 0"}) {
    const TrialSet set = read_text(folder, text);
    EXPECT_EQ(set.utterances, (std::vector<std::string>{"a/1.wav", "a/2.wav", "b/1.wav"}));
    ASSERT_EQ(set.lists.size(), 1u);
    const TrialList& list = set.lists[0];
    EXPECT_EQ(list.condition, "list");
    ASSERT_EQ(list.trials.size(), 2u);
    ASSERT_EQ(list.models.size(), 1u);  // one recording is enrolled once
    EXPECT_TRUE(list.trials[0].target);
    EXPECT_FALSE(list.trials[1].target);
    EXPECT_EQ(list.trials[1].test, 2u);
    EXPECT_EQ(list.models[0].utterances, (std::vector<std::uint32_t>{0}));
  }
}

TEST(TrialList, ReadsModelsOfSeveralRecordings) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "enroll.map", "a-enroll a/1.wav a/2.wav\nb-enroll b/1.wav\na-enroll a/3.wav\n");
  const TrialSet set = read_text(folder, "a-enroll test/a.wav 1\nb-enroll test/a.wav 0\n");
  ASSERT_EQ(set.lists[0].models.size(), 2u);
  EXPECT_EQ(set.lists[0].models[0].name, "a-enroll");
  EXPECT_EQ(set.lists[0].models[0].utterances.size(), 3u);
  EXPECT_EQ(set.utterances.size(), 5u);
  EXPECT_ERROR(read_text(folder, "c-enroll test/a.wav 1\n"), "c-enroll is no model of the enrollment map");
  write_file_atomically(folder / "other.map", "a a/1.wav a/1.wav\n");
  EXPECT_ERROR(read_trial_set({folder / "list.txt", folder / "other.map", false}), "enrolls a twice");
  write_file_atomically(folder / "other.map", "a\n");
  EXPECT_ERROR(read_trial_set({folder / "list.txt", folder / "other.map", false}), "other.map:1: expected '<model>");
}

TEST(TrialList, AFolderIsSeveralConditions) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "trials");
  write_file_atomically(folder / "trials/b.txt", "1 a/1 a/2\n0 a/1 b/1\n");
  write_file_atomically(folder / "trials/a.txt", "1 a/1 a/2\n0 a/2 b/1\n");
  write_file_atomically(folder / "trials/notes.md", "not a list\n");
  const TrialSet set = read_trial_set({folder / "trials", "", false});
  ASSERT_EQ(set.lists.size(), 2u);
  EXPECT_EQ(set.lists[0].condition, "a");
  EXPECT_EQ(set.lists[1].condition, "b");
  EXPECT_EQ(set.utterances.size(), 3u);  // shared between the lists
  EXPECT_ERROR(read_trial_set({folder / "none", "", false}), "no such trial list or folder; check the path");
  fs::create_directories(folder / "empty");
  EXPECT_ERROR(read_trial_set({folder / "empty", "", false}),
               "holds no .txt trial list; give another folder, or the list itself");
}

TEST(TrialList, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  EXPECT_ERROR(read_text(folder, "1 a b\n1 a c\n"), "has no non-target trial");
  EXPECT_ERROR(read_text(folder, "0 a b\n0 a c\n"), "has no target trial");
  EXPECT_ERROR(read_text(folder, "1 a b\n0 a c\n1 a b\n"), "list.txt:3: the same trial stands in line 1");
  EXPECT_ERROR(read_text(folder, "1 a b\n0 a b\n"), "list.txt:2: the same trial has the other label in line 1");
  EXPECT_ERROR(read_text(folder, "1 a b\n0 a b\n", true), "has the other label");
  EXPECT_ERROR(read_text(folder, "1 a b\n0 c c\n"), "list.txt:2: c is compared with itself");
  EXPECT_ERROR(read_text(folder, "1 a b\n0 a\n"), "list.txt:2: expected '1 A B'");
  EXPECT_ERROR(read_text(folder, "1 a b\nmaybe a b\n"), "list.txt:2: expected");
  EXPECT_ERROR(read_text(folder, "1 a b c\n"), "list.txt:1: expected");
  EXPECT_ERROR(read_text(folder, "1 a 0\n"), "which is the label");
  EXPECT_ERROR(read_text(folder, "\n\n"), "the list is empty");
  EXPECT_EQ(read_text(folder, "1 a b\n0 a c\n1 a b\n", true).lists[0].trials.size(), 2u);
}

TEST(TrialList, FindsFilesAndNamesTheMissing) {
  const TemporaryFolder folder;
  for (const char* name : {"a.wav", "b.flac", "c.wav"}) write_file_atomically(folder / name, "x");
  const TrialSet set = read_text(folder, "1 a.wav b.wav\n0 a.wav c.wav\n");
  EXPECT_EQ(find_files(set, {folder / "", ""}),
            (std::vector<std::string>{folder / "a.wav", folder / "b.flac", folder / "c.wav"}));
  EXPECT_ERROR(find_files(read_text(folder, "1 a.wav d.wav\n0 a.wav e.wav\n"), {folder / "", ""}),
               "d.wav: no such file, though a trial names it (nor are 1 others); check --audio-root");
  write_file_atomically(folder / "wav.scp", "u1 a.wav\nu2 c.wav\nu3 b.flac\n");
  const TrialSet kaldi = read_text(folder, "u1 u2 target\nu1 u3 nontarget\n");
  EXPECT_EQ(find_files(kaldi, {folder / "", folder / "wav.scp"})[1], folder / "c.wav");
  write_file_atomically(folder / "wav.scp", "u1 a.wav\nu2 sph2pipe x |\n");
  EXPECT_ERROR(find_files(kaldi, {folder / "", folder / "wav.scp"}), "commands are not run");
  write_file_atomically(folder / "wav.scp", "u1 a.wav\n");
  EXPECT_ERROR(find_files(kaldi, {folder / "", folder / "wav.scp"}), "names no file for u2");
}

TEST(TrialPairs, AllAgainstAllWithinACorpus) {
  const TemporaryFolder folder;
  std::string list;
  for (const char* name : {"a1", "a2", "b1", "b2", "c1"})
    list += std::string("{\"path\": \"") + name + "\", \"speaker\": \"" + name[0] +
            "\", \"corpus\": \"x\", \"language\": \"" + (name[0] == 'c' ? "fr" : "de") + "\"}\n";
  list +=
      "{\"path\": \"d1\", \"speaker\": \"d\", \"corpus\": \"y\"}\n{\"path\": \"d2\", \"speaker\": \"d\", \"corpus\": "
      "\"y\"}\n"
      "{\"path\": \"e1\", \"speaker\": \"e\", \"corpus\": \"y\"}\n";
  write_file_atomically(folder / "list.jsonl", list);
  PairOptions options;
  options.recordings = folder / "list.jsonl";
  const TrialPairs pairs = make_trial_pairs(options);
  ASSERT_EQ(pairs.set.lists.size(), 2u);
  const auto count = [&](std::size_t at, bool target) {
    return std::count_if(pairs.set.lists[at].trials.begin(), pairs.set.lists[at].trials.end(),
                         [&](const Trial& t) { return t.target == target; });
  };
  EXPECT_EQ(pairs.set.lists[0].condition, "x");
  EXPECT_EQ(count(0, true), 2);   // a1-a2, b1-b2
  EXPECT_EQ(count(0, false), 4);  // a x b; c speaks another language
  EXPECT_EQ(count(1, true), 1);
  EXPECT_EQ(count(1, false), 2);
  options.same_group = false;
  EXPECT_EQ(make_trial_pairs(options).set.lists[0].trials.size(), 10u);
}

TEST(TrialPairs, SamplesEachPairOnceAndTheSameEachTime) {
  const TemporaryFolder folder;
  std::string list;
  for (int s = 0; s < 6; ++s) {
    for (int r = 0; r < 5; ++r)
      list += std::to_string(s) + "/" + std::to_string(r) + ".wav\t" + std::to_string(s) + "\n";
  }
  write_file_atomically(folder / "list.txt", list);
  PairOptions options;
  options.recordings = folder / "list.txt", options.sampled = 40;
  const TrialList trials = make_trial_pairs(options).set.lists[0];
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  std::size_t targets = 0;
  for (const Trial& trial : trials.trials) {
    const std::uint32_t a = trials.models[trial.model].utterances[0];
    EXPECT_TRUE(seen.emplace(std::min(a, trial.test), std::max(a, trial.test)).second);
    EXPECT_EQ(trial.target, a / 5 == trial.test / 5);
    targets += trial.target;
  }
  EXPECT_EQ(targets, 40u);
  EXPECT_EQ(trials.trials.size(), 80u);
  options.seed = 2;
  EXPECT_NE(make_trial_pairs(options).set.lists[0].trials.back().test, trials.trials.back().test);
  options.sampled = 1000;  // more than there are: all
  EXPECT_EQ(make_trial_pairs(options).set.lists[0].trials.size(), 6u * 10 + 15 * 25);
}

TEST(TrialPairs, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  PairOptions options;
  options.recordings = folder / "list.txt";
  write_file_atomically(folder / "list.txt", "1.wav\ta\n2.wav\ta\n");
  EXPECT_ERROR(make_trial_pairs(options), "has one speaker");
  write_file_atomically(folder / "list.txt", "1.wav\ta\n2.wav\tb\n");
  EXPECT_ERROR(make_trial_pairs(options), "no speaker with two recordings");
  write_file_atomically(folder / "list.txt", "1.wav\ta\n1.wav\ta\n2.wav\tb\n");
  EXPECT_ERROR(make_trial_pairs(options), "1.wav is listed twice");
}

TEST(Speakers, ComeFromFactsFoldersAndTrials) {
  const TemporaryFolder folder;
  // VoxCeleb: the folder is the video; trials join the videos of a speaker.
  const TrialSet videos = read_text(folder, "1 s1/v1/1 s1/v2/1\n0 s1/v1/2 s2/v3/1\n");
  const Speakers joined = find_speakers(videos, {});
  EXPECT_EQ(joined.count, 2u);
  EXPECT_EQ(joined.of_utterance[0], joined.of_utterance[1]);
  EXPECT_EQ(joined.of_utterance[0], joined.of_utterance[2]);  // the same folder as the first
  EXPECT_NE(joined.of_utterance[0], joined.of_utterance[3]);
  // All in one folder: the folder says nothing.
  EXPECT_EQ(find_speakers(read_text(folder, "1 x/1 x/2\n0 x/1 x/3\n"), {}).count, 2u);
  // Facts win, once they name all.
  write_file_atomically(folder / "facts.jsonl",
                        "{\"path\": \"x/1\", \"speaker\": \"p\", \"gender\": null, \"language\": \"de\"}\n");
  const TrialSet flat = read_text(folder, "1 x/1 x/2\n0 x/1 x/3\n");
  const auto facts = read_utterance_facts(folder / "facts.jsonl", flat);
  EXPECT_EQ(facts[0].language, "de");
  EXPECT_EQ(facts[0].gender, "");
  EXPECT_EQ(facts[1].speaker, "");
  EXPECT_EQ(find_speakers(flat, facts).count, 2u);
  EXPECT_EQ(find_speakers(flat, {{"p"}, {"p"}, {"q"}}).count, 2u);
  write_file_atomically(folder / "facts.jsonl", "{\"path\": \"y\"}\n");
  EXPECT_ERROR(read_utterance_facts(folder / "facts.jsonl", flat), "knows no recording of the trials");
}

}  // namespace
}  // namespace voiceprint::trainer
