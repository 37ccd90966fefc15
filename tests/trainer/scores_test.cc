// From embeddings to scores, calibration by speaker, thresholds, tables of parts, and score files.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "eval/calibrate.h"
#include "eval/condition_metrics.h"
#include "eval/embedding_cache.h"
#include "eval/llr_histogram.h"
#include "eval/operating_points.h"
#include "eval/score_trials.h"
#include "expect_error.h"
#include "random.h"
#include "run/write_file.h"
#include "temporary_folder.h"
#include "voiceprint/scoring.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

EmbeddedFile file_of(std::vector<float> embedding) {
  EmbeddedFile file;
  file.embedding = std::move(embedding);
  file.quality.net_speech_s = 2;
  return file;
}

// Two models, of one and of two recordings, against two tests.
struct Small {
  TrialSet set;
  std::vector<EmbeddedFile> embeddings = {file_of({1, 0}), file_of({0, 1}), file_of({0.6f, 0.8f}),
                                          file_of({0.8f, -0.6f})};
  Speakers speakers{{0, 0, 0, 1}, 2};
  Small() {
    for (const char* name : {"e1", "e2", "t1", "t2"}) set.utterance(name);
    set.lists.push_back(
        {"c", "c.txt", {{"one", {0}}, {"two", {0, 1}}}, {{0, 2, true}, {0, 3, false}, {1, 2, true}, {1, 3, false}}});
  }
};

TEST(ScoreTrials, FollowsTheEnrollmentRule) {
  const Small small;
  const ScoredSystem embeddings = score_trials("s", small.set, small.embeddings, small.speakers, {}, nullptr);
  const ScoredSystem scores =
      score_trials("s", small.set, small.embeddings, small.speakers, {EnrollRule::kMeanScore, {}, 0}, nullptr);
  const auto score = [](const ScoredSystem& s, int i) {
    return s.conditions[0].trials[static_cast<std::size_t>(i)].score;
  };
  EXPECT_FLOAT_EQ(score(embeddings, 0), 0.6f);
  EXPECT_FLOAT_EQ(score(embeddings, 2), 1.4f / std::sqrt(2.0f));  // with the mean direction
  EXPECT_FLOAT_EQ(score(scores, 2), 0.7f);                        // of 0.6 and 0.8
  EXPECT_EQ(embeddings.conditions[0].trials[1].test_speaker, 1u);
  // Two recordings have the speech of both, the shorter side is the test's.
  EXPECT_NEAR(embeddings.conditions[0].measures[2][0], std::log(2.0), 1e-6);
  EXPECT_NEAR(embeddings.conditions[0].measures[2][1], std::log(4.0), 1e-6);
}

TEST(ScoreTrials, NormalisesBothSides) {
  const Small small;
  const Cohort cohort = *make_cohort(std::vector<float>{1, 0, 0, 1, -1, 0, 0.6f, -0.8f}, 2, {});
  const ScoredSystem system = score_trials("s", small.set, small.embeddings, small.speakers,
                                           {EnrollRule::kMeanEmbedding, ScoreNorm::kS, 3}, &cohort);
  // e1 against the cohort: 1, 0.6, 0 are the highest three; t1: 0.8, 0.6, -0.28.
  const auto z = [](double s, std::vector<double> c) {
    double mean = 0, square = 0;
    for (const double x : c) mean += x / 3;
    for (const double x : c) square += (x - mean) * (x - mean) / 3;
    return (s - mean) / std::sqrt(square);
  };
  EXPECT_NEAR(system.conditions[0].trials[0].score, (z(0.6, {1, 0.6, 0}) + z(0.6, {0.8, 0.6, -0.28})) / 2, 1e-5);
  EXPECT_NEAR(system.conditions[0].measures[0][4], (1.6 / 3 + 1.12 / 3) / 2, 1e-5);  // cohort_mean
}

TEST(ScoreTrials, LeavesOutWhatHoldsNoSpeech) {
  Small small;
  small.embeddings[0].embedding.clear();
  const ScoredSystem system = score_trials("s", small.set, small.embeddings, small.speakers, {}, nullptr);
  EXPECT_EQ(system.conditions[0].num_skipped, 2u);  // model "one"; "two" has another recording
  EXPECT_FLOAT_EQ(system.conditions[0].trials[0].score, 0.8f);
  small.embeddings[3].embedding.clear();
  EXPECT_ERROR(score_trials("s", small.set, small.embeddings, small.speakers, {}, nullptr),
               "no non-target trial is left");
}

TEST(ScoreTrials, RefusesACohortThatDoesNotFit) {
  const Small small;
  const Cohort other = *make_cohort(std::vector<float>{1, 0, 0, 0, 1, 0}, 3, {});
  const Cohort tiny = *make_cohort(std::vector<float>{1, 0, 0, 1}, 2, {});
  const ScoringOptions options{EnrollRule::kMeanEmbedding, ScoreNorm::kS, 5};
  EXPECT_ERROR(score_trials("s", small.set, small.embeddings, small.speakers, options, &other),
               "embeddings of 3 values, the model gives 2");
  EXPECT_ERROR(score_trials("s", small.set, small.embeddings, small.speakers, options, &tiny),
               "2 speakers, fewer than --top-n 5");
  EXPECT_ERROR(score_trials("s", small.set, small.embeddings, small.speakers, options, nullptr), "needs a cohort");
}

// Two conditions of 12 speakers each, overlapping scores; the second 3 higher throughout, with less speech.
ScoredSystem two_conditions() {
  ScoredSystem system{"s", {}};
  for (std::uint32_t c = 0; c < 2; ++c) {
    ScoredCondition condition{c == 0 ? "a" : "b", {}, {}, {}, {}, 0};
    for (std::uint32_t x = 0; x < 12; ++x) {
      for (std::uint32_t y = x; y < 12; ++y) {
        for (std::uint32_t i = 0; i < (x == y ? 6u : 1u); ++i) {
          Random random{c, x, y, i};
          const auto score = static_cast<float>((x == y ? 1.0 : -1.0) + 3 * c + random.normal());
          condition.trials.push_back({score, x == y, 12 * c + x, 12 * c + y});
          condition.recordings.push_back({12 * c + x, 12 * c + y, 0});
          condition.measures.push_back(
              {c == 0 ? 1.5f + 0.01f * static_cast<float>(i) : 0.1f + 0.25f * static_cast<float>(i), 0, 0, 0, 0});
        }
      }
    }
    system.conditions.push_back(std::move(condition));
  }
  return system;
}

TEST(Calibrate, NoTrialIsJudgedByItsOwnSpeakers) {
  ScoredSystem system = two_conditions();
  calibrate_by_speaker(system, {});
  const std::vector<float> before = system.conditions[0].llrs;
  // Whatever else speaker 3 scores, the LLR of one of its trials stays; those of others do not.
  for (ScoredTrial& trial : system.conditions[0].trials) {
    const bool kept = &trial == &system.conditions[0].trials.front();
    if (!kept && (trial.enroll_speaker == 0 || trial.test_speaker == 0)) trial.score = -trial.score + 2;
  }
  calibrate_by_speaker(system, {});
  EXPECT_EQ(system.conditions[0].llrs.front(), before.front());
  std::size_t changed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const ScoredTrial& trial = system.conditions[0].trials[i];
    changed += trial.enroll_speaker != 0 && trial.test_speaker != 0 && system.conditions[0].llrs[i] != before[i];
  }
  EXPECT_GT(changed, before.size() / 2);
}

TEST(Calibrate, QualityBringsConditionsTogether) {
  const ScoredSystem system = two_conditions();
  ScoredSystem linear = system, quality = system;
  calibrate_by_speaker(linear, {});
  calibrate_by_speaker(quality, {QualityMeasure::kLogNetSpeechShorter});
  EXPECT_LT(mean_cllr(quality), mean_cllr(linear) - 0.05);
  // Where the other condition is not known, it cannot.
  ScoredSystem across = system;
  calibrate_by_condition(across, {});
  EXPECT_GT(mean_cllr(across), mean_cllr(linear));
}

TEST(Calibrate, OneFitServesAll) {
  ScoredSystem system = two_conditions();
  const std::vector<QualityMeasure> measures = {QualityMeasure::kLogNetSpeechShorter};
  const QualityCalibration fitted = fit_calibration(system, measures);
  calibrate(system, fitted);
  const ScoredCondition& b = system.conditions[1];
  EXPECT_FLOAT_EQ(b.llrs[5],
                  static_cast<float>(to_llr(fitted, b.trials[5].score, std::vector<double>{b.measures[5][0]})));
}

TEST(Calibrate, ChoosesTheFormThatHoldsAcrossConditions) {
  const CalibrationForm plain{false, {}, 0.5, 0.5}, fitted{false, {QualityMeasure::kLogNetSpeechShorter}, 0.4, 0.9},
      slight{false, {QualityMeasure::kCohortMean}, 0.498, 0.498},
      better{true, {QualityMeasure::kCohortMean}, 0.45, 0.46};
  EXPECT_EQ(best_form({plain, fitted, slight}).name(), "cosine");
  EXPECT_EQ(best_form({plain, fitted, slight, better}).name(), "as_norm + cohort_mean");
}

TEST(Calibrate, SaysWhenSpeakersDoNotSuffice) {
  ScoredSystem system{"s", {{"c", {{1, true, 0, 0}, {0, false, 0, 1}, {0.5f, true, 1, 1}}, {}, {}, {}, 0}}};
  EXPECT_ERROR(calibrate_by_speaker(system, {}), "do not suffice for a calibration cross-validated by speaker");
  EXPECT_ERROR(calibrate_by_speaker(system, {}), "add speakers (error rates alone: `trainer eval --calibration none`)");
}

TEST(OperatingPoints, AreTheLowestThresholdsWithinTheRate) {
  ScoredSystem system = two_conditions();
  calibrate(system, {2, -1, {}});
  const double rates[] = {0.2, 0.1, 0.01};
  const auto points = fit_operating_points(system, rates);
  // Slowly: the rate of each condition, then their mean.
  const auto rate = [&](double threshold, bool target) {
    double sum = 0;
    for (const ScoredCondition& c : system.conditions) {
      double accepted = 0, all = 0;
      for (std::size_t i = 0; i < c.trials.size(); ++i) {
        if (c.trials[i].is_target != target) continue;
        ++all, accepted += static_cast<double>(c.llrs[i]) >= threshold;
      }
      sum += accepted / all / 2;
    }
    return sum;
  };
  std::vector<double> llrs;
  for (const ScoredCondition& c : system.conditions) llrs.insert(llrs.end(), c.llrs.begin(), c.llrs.end());
  for (const ShippedOperatingPoint& point : points) {
    EXPECT_LE(rate(point.threshold_llr, false), point.target_false_alarm_rate);
    EXPECT_NEAR(rate(point.threshold_llr, false), point.p_fa, 1e-12);
    EXPECT_NEAR(1 - rate(point.threshold_llr, true), point.p_miss, 1e-12);
    // Every non-target below it would be one too many.
    for (const ScoredCondition& c : system.conditions) {
      for (std::size_t i = 0; i < c.trials.size(); ++i) {
        if (!c.trials[i].is_target && static_cast<double>(c.llrs[i]) < point.threshold_llr) {
          EXPECT_GT(rate(static_cast<double>(c.llrs[i]), false), point.target_false_alarm_rate);
        }
      }
    }
    EXPECT_EQ(std::count(llrs.begin(), llrs.end(), point.threshold_llr), 0);
  }
  EXPECT_EQ(points[2].name, "far-0.01");
}

TEST(LlrHistogram, CountsBothKindsFromTheLowestToTheHighest) {
  ScoredCondition condition;
  condition.llrs = {-1.26f, -1.25f, -1.0f, 0.24f, -0.01f};
  for (const bool is_target : {false, false, true, true, false}) condition.trials.push_back({0, is_target, 0, 0});
  const LlrHistogram histogram = llr_histogram(condition);
  EXPECT_EQ(histogram.low, -1.5);  // the edges are multiples of 0.25, and belong to the bin above
  EXPECT_EQ(histogram.nontargets, (std::vector<std::size_t>{1, 1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(histogram.targets, (std::vector<std::size_t>{0, 0, 1, 0, 0, 0, 1}));
}

TEST(LlrHistogram, EndsWhereNothingIsToBeSeenAnyMore) {
  ScoredCondition condition;
  condition.llrs = {-300, 25, 300};
  for (const bool is_target : {false, true, true}) condition.trials.push_back({0, is_target, 0, 0});
  const LlrHistogram histogram = llr_histogram(condition);
  EXPECT_EQ(histogram.low, -kLlrReach);
  ASSERT_EQ(histogram.targets.size(), 200u);
  EXPECT_EQ(histogram.targets.back(), 2u);
  EXPECT_EQ(histogram.nontargets.front(), 1u);
}

TEST(ConditionMetrics, NamesAConditionWithoutAMeaning) {
  const ScoredCondition one{"lonely", {{1, true, 0, 0}, {0, false, 0, 0}}, {}, {}, {}, 0};
  EXPECT_ERROR(measure_condition(one, 100), "condition lonely: ");
}

TEST(Breakdown, CountsTrialsOfOneValueAndLeavesOutTheFew) {
  ScoredSystem system = two_conditions();
  calibrate_by_speaker(system, {});
  std::vector<UtteranceFacts> facts(24);
  for (std::size_t i = 0; i < 24; ++i) facts[i].language = i % 12 < 9 ? "de" : "fr", facts[i].gender = "male";
  const auto breakdowns = break_down(system, facts, 50);
  ASSERT_EQ(breakdowns.size(), 1u + 1u);  // gender and corpus say nothing
  EXPECT_EQ(breakdowns[0].by, "language");
  ASSERT_EQ(breakdowns[0].parts.size(), 4u);
  const Part &de = breakdowns[0].parts[0], &fr = breakdowns[0].parts[1];
  EXPECT_EQ(de.value, "de");
  EXPECT_EQ(de.num_targets, 54u);
  EXPECT_EQ(de.num_nontargets, 36u);
  ASSERT_TRUE(de.metrics.has_value());
  EXPECT_TRUE(de.metrics->llrs.has_value());
  EXPECT_EQ(fr.num_speakers, 3u);
  EXPECT_FALSE(fr.metrics.has_value());
  EXPECT_EQ(breakdowns[1].by, "net speech of the shorter recording");
  const Part& shortest = breakdowns[1].parts[1];  // after the first condition's only one
  EXPECT_EQ(shortest.condition, "b");
  EXPECT_EQ(shortest.value, "1 to 2 s");
  EXPECT_EQ(shortest.num_nontargets, 66u);  // the non-targets, and half of the targets
  EXPECT_EQ(shortest.num_targets, 36u);
}

TEST(Identification, FindsSpeakersWhoAreApartAndNobodyElse) {
  TrialSet set;
  std::vector<EmbeddedFile> embeddings;
  Speakers speakers;
  TrialList list{"c", "", {}, {}};
  for (std::uint32_t i = 0; i < 12; ++i) {
    std::vector<float> embedding(4, 0.05f * static_cast<float>(i % 3));
    embedding[i / 3] = 1;
    embeddings.push_back(file_of(embedding));
    speakers.of_utterance.push_back(i / 3);
    list.models.push_back({std::to_string(i), {set.utterance(std::to_string(i))}});
  }
  const auto metrics = measure_identification(list, speakers, embeddings);
  ASSERT_TRUE(metrics.has_value());
  EXPECT_EQ(metrics->num_speakers, 4u);
  EXPECT_EQ(metrics->recall, (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(metrics->rates[1].dir, 1);
  list.models.resize(3);  // one speaker is left
  EXPECT_FALSE(measure_identification(list, speakers, embeddings).has_value());
}

TEST(ScoreFile, ReadsBackWhatWasWritten) {
  const TemporaryFolder folder;
  Small small;
  small.embeddings[0].embedding.clear();
  ScoredSystem system = score_trials("s", small.set, small.embeddings, small.speakers, {}, nullptr);
  write_scores(folder / "scores.txt", system, small.set);
  EXPECT_EQ(read_file(folder / "scores.txt"),
            "# condition c\n1 nan one t1\n0 nan one t2\n1 0.8 two t1\n0 -0.6 two t2\n");
  system.conditions[0].llrs = {2.5f, -4};
  write_llrs(folder / "llrs.txt", system, small.set);
  EXPECT_EQ(read_file(folder / "llrs.txt"), "# condition c\n1 nan one t1\n0 nan one t2\n1 2.5 two t1\n0 -4 two t2\n");
  ScoreFile file = read_scores(folder / "scores.txt", "");
  EXPECT_EQ(file.system.name, "scores");
  ASSERT_EQ(file.system.conditions.size(), 1u);
  EXPECT_EQ(file.system.conditions[0].name, "c");
  EXPECT_EQ(file.system.conditions[0].num_skipped, 2u);
  EXPECT_EQ(file.system.conditions[0].trials[1].score, system.conditions[0].trials[1].score);
  EXPECT_EQ(file.speakers.of_utterance[file.set.utterance("two")],
            file.speakers.of_utterance[file.set.utterance("t1")]);
}

TEST(ScoreFile, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& text) {
    write_file_atomically(folder / "s.txt", text);
    return read_scores(folder / "s.txt", "");
  };
  EXPECT_ERROR(read("1 0.5 a b\n0 inf a c\n"), "s.txt:2: the score \"inf\" is no finite number");
  EXPECT_ERROR(read("1 0.5 a b\n0 0,5 a c\n"), "s.txt:2: the score \"0,5\"");
  EXPECT_ERROR(read("1 0.5 a b\n0 0.5 a\n"), "s.txt:2: expected '<label> <score> <enroll> <test>'");
  EXPECT_ERROR(read("yes 0.5 a b\n"), "the label \"yes\" is none of");
  EXPECT_ERROR(read("1 0.5 a b\n1 0.4 a b\n"), "s.txt:2: the trial a b stands twice");
  EXPECT_ERROR(read("1 0.5 a b\n1 0.4 a c\n"), "condition s has no non-target trial");
  EXPECT_ERROR(read("1 nan a b\n0 0.4 a c\n"), "condition s has no target trial");
  EXPECT_ERROR(read("# nothing\n"), "holds no score");
}

TEST(EmbeddingCache, KnowsARecordingUntilItChanges) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "a.wav", "audio");
  write_file_atomically(folder / "b.wav", "audio");
  EmbeddedFile a = file_of({0.25f, -1});
  a.quality.snr_db = 12;
  EmbeddedFile bad;
  bad.problem = "cannot be read";
  {
    EmbeddingCache cache(folder / "cache", "model 1");
    cache.put(folder / "a.wav", a);
    cache.put(folder / "b.wav", bad);
    cache.save();
  }
  EmbeddingCache again(folder / "cache", "model 1");
  ASSERT_NE(again.find(folder / "a.wav"), nullptr);
  EXPECT_EQ(again.find(folder / "a.wav")->embedding, a.embedding);
  EXPECT_EQ(again.find(folder / "a.wav")->quality.snr_db, 12);
  EXPECT_EQ(again.find(folder / "b.wav"), nullptr);
  EXPECT_EQ(EmbeddingCache(folder / "cache", "model 2").find(folder / "a.wav"), nullptr);
  write_file_atomically(folder / "a.wav", "other audio");
  EXPECT_EQ(again.find(folder / "a.wav"), nullptr);
  fs::remove(folder / "a.wav");
  EXPECT_EQ(again.find(folder / "a.wav"), nullptr);
}

TEST(EmbeddingCache, ADamagedFileIsAsNone) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "a.wav", "audio");
  const auto fill = [&] {
    EmbeddingCache cache(folder / "cache", "m");
    cache.put(folder / "a.wav", file_of({1, 2, 3}));
    cache.save();
  };
  fill();
  const std::string path = fs::directory_iterator(folder / "cache")->path().string();
  const std::string whole = read_file(path);
  for (const std::size_t at : {std::size_t{0}, std::size_t{9}, whole.size() / 2, whole.size() - 1}) {
    std::string damaged = whole;
    damaged[at] ^= 1;
    write_file_atomically(path, damaged);
    EXPECT_EQ(EmbeddingCache(folder / "cache", "m").find(folder / "a.wav"), nullptr) << at;
    write_file_atomically(path, whole.substr(0, at));
    EXPECT_EQ(EmbeddingCache(folder / "cache", "m").find(folder / "a.wav"), nullptr) << at;
  }
}

}  // namespace
}  // namespace voiceprint::trainer
