#include "voiceprint/diarization_metrics.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace voiceprint {
namespace {

constexpr std::uint32_t kMaxSpeakers = 1000;
constexpr double kMaxTime = 1e9;
constexpr double kLeastSpeech = 1e-6;  // s; what is less is left over from rounding where collars meet

Result<void> check_turns(std::span<const SpeakerTurn> turns, std::string_view side) {
  const auto invalid = [&](std::size_t i, std::string_view what) {
    return Error{ErrorCode::kInvalidArgument, std::string(side) + "[" + std::to_string(i) + "]: " + std::string(what)};
  };
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const SpeakerTurn& turn = turns[i];
    if (!(turn.begin_s >= 0 && turn.begin_s <= kMaxTime) || !(turn.end_s >= 0 && turn.end_s <= kMaxTime))
      return invalid(i, "the times of a turn must lie between 0 and 1e9; give seconds from the recording's begin");
    if (!(turn.begin_s < turn.end_s))
      return invalid(i, "a turn must end after it begins; correct its times or drop it");
    if (turn.speaker >= kMaxSpeakers)
      return invalid(i, "speakers are numbered from 0 to 999; number them without gaps");
  }
  return {};
}

std::size_t count_speakers(std::span<const SpeakerTurn> turns) {
  std::size_t count = 0;
  for (const SpeakerTurn& turn : turns) count = std::max(count, turn.speaker + std::size_t{1});
  return count;
}

// Who speaks at the present instant of a sweep.
class Speaking {
 public:
  explicit Speaking(std::size_t num_speakers) : open_turns_(num_speakers) {}
  void begin(std::uint32_t speaker) {
    if (open_turns_[speaker]++ == 0) now_.push_back(speaker);
  }
  void end(std::uint32_t speaker) {
    if (--open_turns_[speaker] == 0) std::erase(now_, speaker);
  }
  bool includes(std::uint32_t speaker) const { return open_turns_[speaker] > 0; }
  const std::vector<std::uint32_t>& now() const { return now_; }

 private:
  std::vector<std::size_t> open_turns_;  // of each speaker
  std::vector<std::uint32_t> now_;       // those with an open turn
};

enum class Track { kReference, kHypothesis, kCollar };

struct Event {
  double time_s;
  Track track;
  bool begins;
  std::uint32_t speaker;  // of a turn
};

// Rising in time.
std::vector<Event> make_events(std::span<const SpeakerTurn> reference, std::span<const SpeakerTurn> hypothesis,
                               double collar_s) {
  std::vector<Event> events;
  events.reserve(6 * reference.size() + 2 * hypothesis.size());
  const auto add = [&](Track track, double begin_s, double end_s, std::uint32_t speaker) {
    events.push_back({begin_s, track, true, speaker});
    events.push_back({end_s, track, false, speaker});
  };
  for (const SpeakerTurn& turn : reference) {
    add(Track::kReference, turn.begin_s, turn.end_s, turn.speaker);
    for (double boundary_s : {turn.begin_s, turn.end_s})
      add(Track::kCollar, boundary_s - collar_s, boundary_s + collar_s, 0);
  }
  for (const SpeakerTurn& turn : hypothesis) add(Track::kHypothesis, turn.begin_s, turn.end_s, turn.speaker);
  // Events of one time have no time between them, so their order does not matter.
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.time_s < b.time_s; });
  return events;
}

// Calls visit(duration_s, in_collar, speaking in the reference, speaking in the hypothesis) for each stretch between
// events.
template <typename Visit>
void sweep(const std::vector<Event>& events, Speaking reference, Speaking hypothesis, Visit visit) {
  int open_collars = 0;
  double time_s = 0;
  for (const Event& event : events) {
    if (event.time_s > time_s) visit(event.time_s - time_s, open_collars > 0, reference, hypothesis);
    time_s = event.time_s;
    if (event.track == Track::kCollar) {
      open_collars += event.begins ? 1 : -1;
    } else {
      Speaking& side = event.track == Track::kReference ? reference : hypothesis;
      if (event.begins)
        side.begin(event.speaker);
      else
        side.end(event.speaker);
    }
  }
}

// The column of each row in the one-to-one assignment with the greatest sum of gains; `gains` is [n][n]. The Hungarian
// algorithm (H. W. Kuhn, "The Hungarian method for the assignment problem", 1955) with shortest augmenting paths,
// O(n^3).
std::vector<std::size_t> best_assignment(const std::vector<double>& gains, std::size_t n) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::size_t no_row = n;
  // Prices with row price + column price >= gain, equal where row and column are assigned: no other assignment gains
  // more. Column n is where each new row starts from.
  std::vector<double> row_prices(n + 1, 0.0), column_prices(n + 1, 0.0);
  std::vector<std::size_t> row_of(n + 1, no_row);
  for (std::size_t row = 0; row < n; ++row) {
    std::vector<double> slacks(n, kInfinity);  // what is lacking to reach each column
    std::vector<std::size_t> previous(n, n);   // the column before it on the way there
    std::vector<bool> reached(n + 1, false);
    row_prices[row] = *std::max_element(gains.begin() + static_cast<std::ptrdiff_t>(row * n),
                                        gains.begin() + static_cast<std::ptrdiff_t>((row + 1) * n));
    row_of[n] = row;
    std::size_t column = n;
    while (column == n || row_of[column] != no_row) {
      reached[column] = true;
      const std::size_t from = row_of[column];
      std::size_t nearest = n;
      for (std::size_t next = 0; next < n; ++next) {
        if (reached[next]) continue;
        const double slack = row_prices[from] + column_prices[next] - gains[from * n + next];
        if (slack < slacks[next]) {
          slacks[next] = slack;
          previous[next] = column;
        }
        // Of equally near ones a free column, which ends the search: many speakers share no time.
        if (nearest == n || slacks[next] < slacks[nearest] ||
            (slacks[next] == slacks[nearest] && row_of[next] == no_row))
          nearest = next;
      }
      const double change = slacks[nearest];
      for (std::size_t next = 0; next <= n; ++next) {
        if (reached[next]) {
          row_prices[row_of[next]] -= change;
          column_prices[next] += change;
        } else {
          slacks[next] -= change;
        }
      }
      column = nearest;
    }
    // Along the way back each column takes the row of the one before it.
    while (column != n) {
      row_of[column] = row_of[previous[column]];
      column = previous[column];
    }
  }
  std::vector<std::size_t> columns(n);
  for (std::size_t column = 0; column < n; ++column) columns[row_of[column]] = column;
  return columns;
}

}  // namespace

Result<DiarizationError> diarization_error(std::span<const SpeakerTurn> reference,
                                           std::span<const SpeakerTurn> hypothesis, double collar_s) {
  if (auto checked = check_turns(reference, "reference"); !checked) return checked.error();
  if (auto checked = check_turns(hypothesis, "hypothesis"); !checked) return checked.error();
  if (!(collar_s >= 0 && collar_s <= kMaxTime))
    return Error{ErrorCode::kInvalidArgument, "a collar must lie between 0 and 1e9; give seconds, 0 for none"};

  const std::size_t num_reference = count_speakers(reference), num_hypothesis = count_speakers(hypothesis);
  const Speaking reference_silence(num_reference), hypothesis_silence(num_hypothesis);
  const std::vector<Event> events = make_events(reference, hypothesis, collar_s);

  const std::size_t n = std::max(num_reference, num_hypothesis);
  std::vector<double> common_s(n * n, 0.0);  // [hypothesis][reference], square: who is missing shares no time
  sweep(events, reference_silence, hypothesis_silence,
        [&](double duration_s, bool, const Speaking& in_reference, const Speaking& in_hypothesis) {
          for (std::uint32_t h : in_hypothesis.now())
            for (std::uint32_t r : in_reference.now()) common_s[h * n + r] += duration_s;
        });
  const std::vector<std::size_t> assignment = best_assignment(common_s, n);
  DiarizationError error;
  error.reference_speakers.resize(num_hypothesis);
  for (std::size_t h = 0; h < num_hypothesis; ++h)
    if (common_s[h * n + assignment[h]] > 0) error.reference_speakers[h] = static_cast<std::uint32_t>(assignment[h]);

  sweep(events, reference_silence, hypothesis_silence,
        [&](double duration_s, bool in_collar, const Speaking& in_reference, const Speaking& in_hypothesis) {
          if (in_collar) return;
          const std::size_t num_r = in_reference.now().size(), num_h = in_hypothesis.now().size();
          std::size_t num_correct = 0;
          for (std::uint32_t h : in_hypothesis.now()) {
            const std::optional<std::uint32_t> r = error.reference_speakers[h];
            num_correct += r && in_reference.includes(*r);
          }
          const std::size_t num_both = std::min(num_r, num_h);
          error.speech_s += duration_s * static_cast<double>(num_r);
          error.missed_s += duration_s * static_cast<double>(num_r - num_both);
          error.false_alarm_s += duration_s * static_cast<double>(num_h - num_both);
          error.confusion_s += duration_s * static_cast<double>(num_both - num_correct);
        });
  if (error.speech_s < kLeastSpeech)
    return Error{ErrorCode::kUndefined,
                 "the reference holds no speech outside its collars: no error rate exists; shorten the collar or pass "
                 "longer turns"};
  return error;
}

}  // namespace voiceprint
