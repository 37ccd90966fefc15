#include "voiceprint/diarization.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace voiceprint {
namespace {

constexpr std::int32_t kRateHz = 16000;

std::size_t samples(double seconds) {
  return static_cast<std::size_t>(std::lround(seconds * kRateHz));
}

// Stretches of speech given by begin and end, in seconds.
std::vector<FrontEnd::Interval> stretches(const std::vector<std::pair<float, float>>& seconds) {
  std::vector<FrontEnd::Interval> made;
  std::size_t end = 0;
  for (const auto& [from, to] : seconds) {
    end += samples(static_cast<double>(to) - static_cast<double>(from));
    made.push_back({from, to, end});
  }
  return made;
}

TEST(PlanWindows, CoversEachStretchAndEndsWithIt) {
  const auto windows = *plan_windows(stretches({{1, 1.5f}, {2, 3.5f}, {10, 13.5f}}), kRateHz);
  ASSERT_EQ(windows.size(), 6u);
  const auto expect = [&](std::size_t i, double begin, double end, double begin_s, double end_s) {
    EXPECT_EQ(windows[i].begin, samples(begin)) << i;
    EXPECT_EQ(windows[i].end, samples(end)) << i;
    EXPECT_NEAR(windows[i].begin_s, begin_s, 1e-9) << i;
    EXPECT_NEAR(windows[i].end_s, end_s, 1e-9) << i;
  };
  expect(0, 0, 0.5, 1, 1.5);  // shorter than a window: one window
  expect(1, 0.5, 2, 2, 3.5);  // as long as one
  expect(2, 2, 3.5, 10, 11.125);
  expect(3, 2.75, 4.25, 11.125, 11.875);
  expect(4, 3.5, 5, 11.875, 12.5);
  expect(5, 4, 5.5, 12.5, 13.5);  // ends with the stretch, though less than a hop after the one before
}

TEST(PlanWindows, LeavesOutWhatIsNotInHand) {
  auto speech = stretches({{0, 2}, {5, 9}, {20, 21}});
  speech[1].speech_end = speech[0].speech_end + samples(1);  // max_speech_s was reached
  speech[2].speech_end = speech[1].speech_end;
  const auto windows = *plan_windows(speech, kRateHz);
  ASSERT_EQ(windows.size(), 3u);
  EXPECT_EQ(windows[2].end, samples(3));
  EXPECT_DOUBLE_EQ(windows[2].end_s, 6);
  EXPECT_TRUE(plan_windows({}, kRateHz)->empty());
}

TEST(PlanWindows, RefusesOptionsOutOfRange) {
  const auto message = [](const WindowPlan& plan) {
    const auto windows = plan_windows({}, kRateHz, plan);
    return windows ? std::string() : windows.error().message;
  };
  EXPECT_NE(message({.window_s = 0.4f}).find("window_s"), std::string::npos);
  EXPECT_NE(message({.window_s = 11}).find("window_s"), std::string::npos);
  EXPECT_NE(message({.hop_s = 2}).find("hop_s"), std::string::npos);
  EXPECT_NE(message({.hop_s = std::nanf("")}).find("hop_s"), std::string::npos);
}

// LLRs of windows with these speakers: 2 within, -4 between, and noise.
std::vector<float> made_llrs(const std::vector<int>& speakers, float deviation, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  const std::size_t n = speakers.size();
  std::vector<float> llrs(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      llrs[i * n + j] = llrs[j * n + i] = (speakers[i] == speakers[j] ? 2.0f : -4.0f) + normal(random);
  return llrs;
}

// Windows of a second each, one after another.
std::vector<SpeechWindow> seconds(std::size_t count) {
  std::vector<SpeechWindow> windows;
  for (std::size_t i = 0; i < count; ++i)
    windows.push_back({.begin_s = static_cast<double>(i), .end_s = static_cast<double>(i + 1)});
  return windows;
}

// The same by the definition: every mean from the windows themselves, every time.
std::vector<std::uint32_t> slow_clusters(const std::vector<float>& llrs, std::size_t n, const ClusterOptions& options) {
  std::vector<std::vector<std::size_t>> clusters;
  for (std::size_t i = 0; i < n; ++i) clusters.push_back({i});
  const std::size_t most = options.num_speakers > 0 ? options.num_speakers : options.max_speakers;
  while (clusters.size() >= 2) {
    double highest = -std::numeric_limits<double>::infinity();
    std::size_t a = 0, b = 0;
    for (std::size_t i = 0; i < clusters.size(); ++i)
      for (std::size_t j = i + 1; j < clusters.size(); ++j) {
        double sum = 0;
        for (const std::size_t x : clusters[i])
          for (const std::size_t y : clusters[j]) sum += static_cast<double>(llrs[x * n + y]);
        const double mean = sum / static_cast<double>(clusters[i].size() * clusters[j].size());
        if (mean > highest) highest = mean, a = i, b = j;
      }
    if (clusters.size() <= most && (options.num_speakers > 0 || highest < options.min_llr)) break;
    clusters[a].insert(clusters[a].end(), clusters[b].begin(), clusters[b].end());
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(b));
  }
  std::vector<std::uint32_t> of(n);
  for (std::uint32_t c = 0; c < clusters.size(); ++c)  // still in order of their first windows
    for (const std::size_t i : clusters[c]) of[i] = c;
  return of;
}

TEST(ClusterSpeakers, FindsSpeakersInTheOrderInWhichTheySpeak) {
  const std::vector<int> speakers{7, 7, 3, 7, 3, 3, 5, 7, 5};
  const auto found = *cluster_speakers(made_llrs(speakers, 0.1f, 1), seconds(speakers.size()));
  EXPECT_EQ(found, (std::vector<std::uint32_t>{0, 0, 1, 0, 1, 1, 2, 0, 2}));
}

TEST(ClusterSpeakers, IsAverageLinkageByItsDefinition) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    std::vector<int> speakers(5 + seed % 36);
    for (int& speaker : speakers) speaker = static_cast<int>(random() % (1 + seed % 6));
    const auto llrs = made_llrs(speakers, 3, seed);
    ClusterOptions options;
    options.min_speaker_s = 0;
    options.min_llr = seed % 3 == 0 ? -1.0986 : 0.5;
    if (seed % 4 == 1) options.num_speakers = 1 + seed % 5;
    if (seed % 4 == 2) options.max_speakers = 2;
    EXPECT_EQ(*cluster_speakers(llrs, seconds(speakers.size()), options), slow_clusters(llrs, speakers.size(), options))
        << "seed " << seed;
  }
}

// Many equal LLRs: which of equal ones comes first is open, but all of one speaker's are one cluster.
TEST(ClusterSpeakers, TakesTies) {
  std::vector<int> speakers(40);
  for (std::size_t i = 0; i < speakers.size(); ++i) speakers[i] = static_cast<int>(i * 7 % 3);
  const auto found = *cluster_speakers(made_llrs(speakers, 0, 1), seconds(speakers.size()));
  for (std::size_t i = 0; i < speakers.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_EQ(found[i] == found[j], speakers[i] == speakers[j]);
  const std::vector<float> equal(speakers.size() * speakers.size(), 1.0f);
  EXPECT_EQ(*cluster_speakers(equal, seconds(speakers.size())), std::vector<std::uint32_t>(speakers.size(), 0));
  const auto three = *cluster_speakers(equal, seconds(speakers.size()), {.num_speakers = 3});
  EXPECT_EQ(*std::max_element(three.begin(), three.end()), 2u);
}

TEST(ClusterSpeakers, AsManySpeakersAsAskedFor) {
  const std::vector<int> speakers{0, 0, 0, 1, 1, 1};
  const auto llrs = made_llrs(speakers, 0.1f, 1);
  const auto count = [&](const ClusterOptions& options) {
    const auto found = *cluster_speakers(llrs, seconds(speakers.size()), options);
    return 1 + *std::max_element(found.begin(), found.end());
  };
  EXPECT_EQ(count({}), 2u);
  EXPECT_EQ(count({.num_speakers = 1}), 1u);
  EXPECT_EQ(count({.num_speakers = 4}), 4u);
  EXPECT_EQ(count({.num_speakers = 9}), 6u);  // no more than windows
  EXPECT_EQ(count({.max_speakers = 1}), 1u);
  EXPECT_EQ(count({.min_llr = 100, .max_speakers = 5, .min_speaker_s = 0}), 5u);
  EXPECT_EQ(count({.min_llr = -100}), 1u);
}

// A window that is like nobody, between two speakers.
TEST(ClusterSpeakers, ABriefClusterIsNoSpeaker) {
  const std::vector<int> speakers{0, 0, 0, 9, 1, 1, 1};
  std::vector<float> llrs = made_llrs(speakers, 0.1f, 1);
  for (std::size_t i = 4; i < 7; ++i) llrs[3 * 7 + i] = llrs[i * 7 + 3] = -2.5f;  // a little less unlike the second
  const auto found = [&](const ClusterOptions& options) { return *cluster_speakers(llrs, seconds(7), options); };
  EXPECT_EQ(found({.min_speaker_s = 0}), (std::vector<std::uint32_t>{0, 0, 0, 1, 2, 2, 2}));
  EXPECT_EQ(found({}), (std::vector<std::uint32_t>{0, 0, 0, 1, 1, 1, 1}));
  // Told that there are two, plain linkage would join the two speakers and keep the odd window.
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 4; j < 7; ++j) llrs[i * 7 + j] = llrs[j * 7 + i] = -2;
  EXPECT_EQ(found({.num_speakers = 2, .min_speaker_s = 0}), (std::vector<std::uint32_t>{0, 0, 0, 1, 0, 0, 0}));
  EXPECT_EQ(found({.num_speakers = 2}), (std::vector<std::uint32_t>{0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(found({.num_speakers = 3}), (std::vector<std::uint32_t>{0, 0, 0, 1, 2, 2, 2}));
  EXPECT_EQ(found({.min_speaker_s = 100}), std::vector<std::uint32_t>(7, 0));
}

TEST(ClusterSpeakers, NoneAndOneWindow) {
  EXPECT_TRUE(cluster_speakers({}, {})->empty());
  EXPECT_EQ(*cluster_speakers(std::vector<float>{std::nanf("")}, seconds(1)),
            std::vector<std::uint32_t>{0});  // a diagonal
}

TEST(ClusterSpeakers, RefusesWhatItCannotCluster) {
  std::vector<float> llrs(9, 0.0f);
  EXPECT_EQ(cluster_speakers(llrs, seconds(2)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(cluster_speakers(llrs, seconds(3), {.max_speakers = 0}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(cluster_speakers(llrs, seconds(3), {.min_llr = std::nan("")}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(cluster_speakers(llrs, seconds(3), {.min_speaker_s = -1}).error().code, ErrorCode::kInvalidArgument);
  llrs[5] = std::numeric_limits<float>::infinity();
  const auto clusters = cluster_speakers(llrs, seconds(3));
  EXPECT_EQ(clusters.error().code, ErrorCode::kUndefined);
  EXPECT_NE(clusters.error().message.find("windows 1 and 2"), std::string::npos) << clusters.error().message;
}

TEST(JoinTurns, AcrossShortPausesOfOneSpeaker) {
  const auto windows = *plan_windows(stretches({{0, 2}, {2.4f, 4}, {4.6f, 6}, {6.1f, 7}}), kRateHz);
  ASSERT_EQ(windows.size(), 6u);
  const auto turns = join_turns(windows, std::vector<std::uint32_t>{0, 0, 0, 0, 0, 1});
  ASSERT_EQ(turns.size(), 3u);
  const auto expect = [&](std::size_t i, double begin_s, double end_s, std::uint32_t speaker) {
    EXPECT_NEAR(turns[i].begin_s, begin_s, 1e-6) << i;
    EXPECT_NEAR(turns[i].end_s, end_s, 1e-6) << i;
    EXPECT_EQ(turns[i].speaker, speaker) << i;
  };
  expect(0, 0, 4, 0);    // over 0.4 s
  expect(1, 4.6, 6, 0);  // not over 0.6 s
  expect(2, 6.1, 7, 1);
  EXPECT_EQ(join_turns(windows, std::vector<std::uint32_t>(6, 0), 0).size(), 4u);
  EXPECT_TRUE(join_turns({}, {}).empty());
}

TEST(JoinTurns, CutWhereTheSpeakerChanges) {
  const auto windows = *plan_windows(stretches({{0, 3}}), kRateHz);
  ASSERT_EQ(windows.size(), 3u);
  const auto turns = join_turns(windows, std::vector<std::uint32_t>{0, 0, 1});
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_NEAR(turns[0].end_s, 1.875, 1e-9);
  EXPECT_NEAR(turns[1].begin_s, 1.875, 1e-9);
  EXPECT_NEAR(turns[1].end_s, 3, 1e-9);
}

}  // namespace
}  // namespace voiceprint
