#include "voiceprint/diarization_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace voiceprint {
namespace {

using Turns = std::vector<SpeakerTurn>;
using Mapping = std::vector<std::optional<std::uint32_t>>;

void expect_error(const Turns& reference, const Turns& hypothesis, double collar_s, const DiarizationError& expected) {
  const Result<DiarizationError> error = diarization_error(reference, hypothesis, collar_s);
  ASSERT_TRUE(error) << error.error().message;
  EXPECT_NEAR(error->speech_s, expected.speech_s, 1e-9);
  EXPECT_NEAR(error->missed_s, expected.missed_s, 1e-9);
  EXPECT_NEAR(error->false_alarm_s, expected.false_alarm_s, 1e-9);
  EXPECT_NEAR(error->confusion_s, expected.confusion_s, 1e-9);
  EXPECT_EQ(error->reference_speakers, expected.reference_speakers);
  EXPECT_NEAR(error->rate(), (expected.missed_s + expected.false_alarm_s + expected.confusion_s) / expected.speech_s,
              1e-9);
}

TEST(DiarizationErrorRate, OfPerfectAndRenamedSpeakersIsNothing) {
  const Turns reference = {{0, 4, 0}, {4, 6, 1}, {7, 9, 2}};
  expect_error(reference, reference, 0, {8, 0, 0, 0, {0, 1, 2}});
  expect_error(reference, {{7, 9, 0}, {4, 6, 2}, {0, 4, 1}}, 0, {8, 0, 0, 0, {2, 0, 1}});
  expect_error(reference, {{7, 9, 0}, {4, 6, 2}, {0, 4, 1}}, 0.25, {6.5, 0, 0, 0, {2, 0, 1}});
}

TEST(DiarizationErrorRate, CountsEachKindOfError) {
  // Nobody found; and who is found only beside the speech.
  expect_error({{1, 3, 0}, {2, 5, 1}}, {}, 0, {5, 5, 0, 0, {}});
  expect_error({{2, 3, 0}}, {{0, 2, 0}, {3, 7, 1}}, 0, {1, 1, 6, 0, {std::nullopt, std::nullopt}});
  // One name for two people: it goes to the one with more time.
  expect_error({{0, 6, 0}, {6, 10, 1}}, {{0, 10, 0}}, 0, {10, 0, 0, 4, {0}});
  // Two names for one person.
  expect_error({{0, 10, 0}}, {{0, 3, 0}, {3, 10, 1}}, 0, {10, 0, 0, 3, {std::nullopt, 0}});
  // The pair with the longest common time, 6 s, leaves only 1 s to the others; 5 s and 5 s together are better.
  expect_error({{0, 11, 0}, {11, 17, 1}}, {{0, 6, 0}, {6, 11, 1}, {11, 16, 0}, {16, 17, 1}}, 0, {17, 0, 0, 7, {1, 0}});
  // A gap in the numbers is a speaker who never speaks.
  expect_error({{0, 2, 7}}, {{0, 1, 2}}, 0, {2, 1, 0, 0, {std::nullopt, std::nullopt, 7}});
}

TEST(DiarizationErrorRate, ScoresOverlappingSpeech) {
  const Turns reference = {{0, 10, 0}, {6, 12, 1}};
  // One speaker at a time: 6 to 10 s has a second one, who is missed.
  expect_error(reference, {{0, 10, 0}, {10, 12, 1}}, 0, {16, 4, 0, 0, {0, 1}});
  // Three where two speak, one where one of the two is wrong.
  expect_error(reference, {{0, 10, 0}, {6, 12, 1}, {6, 10, 2}}, 0, {16, 0, 4, 0, {0, 1, std::nullopt}});
  expect_error(reference, {{0, 10, 0}, {6, 8, 2}, {8, 12, 1}}, 0, {16, 0, 0, 2, {0, 1, std::nullopt}});
}

TEST(DiarizationErrorRate, OverlappingTurnsOfOneSpeakerCountOnce) {
  expect_error({{0, 5, 0}, {3, 8, 0}, {1, 2, 0}}, {{0, 8, 0}}, 0, {8, 0, 0, 0, {0}});
  expect_error({{0, 8, 0}}, {{0, 5, 0}, {5, 7, 0}, {3, 8, 0}, {3, 8, 0}}, 0, {8, 0, 0, 0, {0}});
  // Collars lie at every turn's begin and end: at 0, 3, 5 and 8 s.
  expect_error({{0, 5, 0}, {3, 8, 0}}, {{0, 8, 0}}, 0.5, {5, 0, 0, 0, {0}});
}

TEST(DiarizationErrorRate, ScoresNothingWithinTheCollar) {
  const Turns reference = {{1, 3, 0}, {3, 6, 1}};
  // Late by 0.2 s at each boundary, which the collar forgives.
  const Turns late = {{1.2, 3.2, 0}, {3.2, 6.2, 1}};
  expect_error(reference, late, 0, {5, 0.2, 0.2, 0.2, {0, 1}});
  expect_error(reference, late, 0.25, {4, 0, 0, 0, {0, 1}});
  // It forgives a part of 0.5 s: missed from 1.25, confused from 3.25, false alarm from 6.25 s.
  expect_error(reference, {{1.5, 3.5, 0}, {3.5, 6.5, 1}}, 0.25, {4, 0.25, 0.25, 0.25, {0, 1}});
  // Boundaries of the hypothesis have none, and the collar of one speaker holds for what another says.
  expect_error({{0, 10, 0}}, {{0, 4, 0}, {4.1, 10, 0}}, 0.25, {9.5, 0.1, 0, 0, {0}});
  expect_error({{0, 10, 0}, {4, 6, 1}}, {{0, 10, 0}}, 0.5, {8, 1, 0, 0, {0}});
}

TEST(DiarizationErrorRate, MapsSpeakersByAllTimeAsMdEvalDoes) {
  // 0.9 s in common with 0, all of it in collars, and 0.8 s with 1, of which 0.3 s are scored.
  const Turns reference = {{0, 0.45, 0}, {1, 1.45, 0}, {3, 3.8, 1}};
  const Turns hypothesis = {{0, 0.45, 0}, {1, 1.45, 0}, {3, 3.8, 0}};
  expect_error(reference, hypothesis, 0.25, {0.3, 0, 0, 0.3, {0}});
}

// Frames of 1 ms and all mappings. Turns and collar are whole milliseconds.
class SlowDiarizationError {
 public:
  SlowDiarizationError(const Turns& reference, const Turns& hypothesis, double collar_s, std::uint32_t num_speakers)
      : num_speakers_(num_speakers) {
    const auto to_ms = [](double time_s) { return static_cast<long>(std::lround(1000 * time_s)); };
    const long collar = to_ms(collar_s);
    for (long frame = 0; frame < 4000; ++frame) {
      Frame found{std::vector<bool>(num_speakers), std::vector<bool>(num_speakers), false};
      for (const SpeakerTurn& turn : reference) {
        if (to_ms(turn.begin_s) <= frame && frame < to_ms(turn.end_s)) found.reference[turn.speaker] = true;
        for (long boundary : {to_ms(turn.begin_s), to_ms(turn.end_s)})
          if (boundary - collar <= frame && frame < boundary + collar) found.in_collar = true;
      }
      for (const SpeakerTurn& turn : hypothesis)
        if (to_ms(turn.begin_s) <= frame && frame < to_ms(turn.end_s)) found.hypothesis[turn.speaker] = true;
      frames_.push_back(found);
    }
  }

  // In seconds, of the speakers that are mapped on each other, collars included.
  double common_s(const Mapping& mapping) const {
    long count = 0;
    for (const Frame& frame : frames_) count += num_correct(frame, mapping);
    return static_cast<double>(count) / 1000;
  }

  double best_common_s() const {
    double best = 0;
    Mapping mapping(num_speakers_);
    std::vector<std::vector<double>> pairs(num_speakers_, std::vector<double>(num_speakers_));
    for (std::uint32_t h = 0; h < num_speakers_; ++h)
      for (std::uint32_t r = 0; r < num_speakers_; ++r) {
        Mapping one(num_speakers_);
        one[h] = r;
        pairs[h][r] = common_s(one);
      }
    std::vector<std::uint32_t> order(num_speakers_);
    for (std::uint32_t i = 0; i < num_speakers_; ++i) order[i] = i;
    do {
      double sum = 0;
      for (std::uint32_t h = 0; h < num_speakers_; ++h) sum += pairs[h][order[h]];
      best = std::max(best, sum);
    } while (std::next_permutation(order.begin(), order.end()));
    return best;
  }

  DiarizationError with(const Mapping& mapping) const {
    DiarizationError error;
    for (const Frame& frame : frames_) {
      if (frame.in_collar) continue;
      const long r = std::count(frame.reference.begin(), frame.reference.end(), true);
      const long h = std::count(frame.hypothesis.begin(), frame.hypothesis.end(), true);
      error.speech_s += static_cast<double>(r) / 1000;
      error.missed_s += static_cast<double>(std::max(0L, r - h)) / 1000;
      error.false_alarm_s += static_cast<double>(std::max(0L, h - r)) / 1000;
      error.confusion_s += static_cast<double>(std::min(r, h) - num_correct(frame, mapping)) / 1000;
    }
    return error;
  }

 private:
  struct Frame {
    std::vector<bool> reference, hypothesis;  // of each speaker
    bool in_collar;
  };

  static long num_correct(const Frame& frame, const Mapping& mapping) {
    long count = 0;
    for (std::size_t h = 0; h < mapping.size(); ++h)
      count += mapping[h] && frame.hypothesis[h] && frame.reference[*mapping[h]];
    return count;
  }

  std::uint32_t num_speakers_;
  std::vector<Frame> frames_;
};

TEST(DiarizationErrorRate, EqualsCountingFramesUnderTheBestOfAllMappings) {
  std::mt19937 random(1);
  int num_scored = 0, num_swallowed = 0;
  for (int round = 0; round < 150; ++round) {
    const std::uint32_t num_speakers = 1 + random() % 5;
    const auto draw_turns = [&](std::size_t count) {
      Turns turns;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t begin = random() % 3000, length = 1 + random() % 900;
        turns.push_back(
            {begin / 1000.0, (begin + length) / 1000.0, static_cast<std::uint32_t>(random() % num_speakers)});
      }
      return turns;
    };
    const Turns reference = draw_turns(1 + random() % 7), hypothesis = draw_turns(random() % 8);
    const double collar_s = round % 3 == 0 ? 0 : static_cast<double>(random() % 251) / 1000;
    SCOPED_TRACE(round);

    const Result<DiarizationError> error = diarization_error(reference, hypothesis, collar_s);
    const SlowDiarizationError slow(reference, hypothesis, collar_s, num_speakers);
    if (slow.with({}).speech_s == 0) {
      ASSERT_FALSE(error);
      EXPECT_EQ(error.error().code, ErrorCode::kUndefined);
      ++num_swallowed;
      continue;
    }
    ++num_scored;
    ASSERT_TRUE(error) << error.error().message;
    const Mapping& mapping = error->reference_speakers;
    std::vector<int> uses(num_speakers);
    for (const std::optional<std::uint32_t>& r : mapping)
      if (r) ++uses[*r];
    EXPECT_LE(*std::max_element(uses.begin(), uses.end()), 1);
    EXPECT_NEAR(slow.common_s(mapping), slow.best_common_s(), 1e-9);
    const DiarizationError expected = slow.with(mapping);
    EXPECT_NEAR(error->speech_s, expected.speech_s, 1e-9);
    EXPECT_NEAR(error->missed_s, expected.missed_s, 1e-9);
    EXPECT_NEAR(error->false_alarm_s, expected.false_alarm_s, 1e-9);
    EXPECT_NEAR(error->confusion_s, expected.confusion_s, 1e-9);
  }
  EXPECT_GT(num_scored, 100);
  EXPECT_GT(num_swallowed, 3);
}

TEST(DiarizationErrorRate, FindsManySpeakersAgain) {
  std::mt19937 random(2);
  std::vector<std::uint32_t> names(300);
  for (std::uint32_t i = 0; i < names.size(); ++i) names[i] = i;
  std::shuffle(names.begin(), names.end(), random);
  Turns reference, hypothesis;
  for (std::uint32_t speaker = 0; speaker < names.size(); ++speaker) {
    reference.push_back({2.0 * speaker, 2.0 * speaker + 2, speaker});
    hypothesis.push_back(
        {2.0 * speaker + 0.5, 2.0 * speaker + 2.5, names[speaker]});  // 1.5 s in common, 0.5 s with the next
  }
  const Result<DiarizationError> error = diarization_error(reference, hypothesis, 0);
  ASSERT_TRUE(error) << error.error().message;
  for (std::uint32_t speaker = 0; speaker < names.size(); ++speaker)
    EXPECT_EQ(error->reference_speakers[names[speaker]], speaker);
  EXPECT_NEAR(error->rate(), (0.5 + 299 * 0.5 + 0.5) / 600, 1e-9);
}

TEST(DiarizationErrorRate, RefusesWhatHasNoRate) {
  const Turns one = {{0, 1, 0}};
  const auto code = [](const Turns& reference, const Turns& hypothesis, double collar_s) {
    const auto error = diarization_error(reference, hypothesis, collar_s);
    return error ? ErrorCode::kOk : error.error().code;
  };
  EXPECT_EQ(code(one, one, 0.25), ErrorCode::kOk);
  EXPECT_EQ(code({}, one, 0.25), ErrorCode::kUndefined);
  EXPECT_EQ(code({}, {}, 0), ErrorCode::kUndefined);
  EXPECT_EQ(code(one, one, 0.5), ErrorCode::kUndefined);
  EXPECT_EQ(code({{1.1, 1.6, 0}}, one, 0.25), ErrorCode::kUndefined);  // 1.1 + 0.25 is 2e-16 below 1.6 - 0.25
  EXPECT_EQ(code({{0, 1e9, 999}}, one, 1), ErrorCode::kOk);
  EXPECT_EQ(code(one, one, -0.1), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(one, one, NAN), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(one, one, INFINITY), ErrorCode::kInvalidArgument);
  for (const SpeakerTurn& bad : {SpeakerTurn{1, 1, 0}, SpeakerTurn{2, 1, 0}, SpeakerTurn{-1, 1, 0},
                                 SpeakerTurn{NAN, 1, 0}, SpeakerTurn{0, NAN, 0}, SpeakerTurn{0, INFINITY, 0},
                                 SpeakerTurn{0, 2e9, 0}, SpeakerTurn{0, 1, 1000}, SpeakerTurn{0, 1, 4294967295}}) {
    EXPECT_EQ(code({bad}, one, 0.25), ErrorCode::kInvalidArgument) << bad.begin_s << " " << bad.end_s;
    EXPECT_EQ(code(one, {bad}, 0.25), ErrorCode::kInvalidArgument) << bad.begin_s << " " << bad.end_s;
  }
  EXPECT_EQ(diarization_error(one, Turns{{0, 1, 0}, {2, 1, 0}}).error().message,
            "hypothesis[1]: a turn must end after it begins; correct its times or drop it");
}

}  // namespace
}  // namespace voiceprint
