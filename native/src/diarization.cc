#include "voiceprint/diarization.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <string>

namespace voiceprint {
namespace {

Error out_of_range(const char* option, const char* range) {
  return {ErrorCode::kInvalidArgument, std::string("diarization option ") + option + " must be " + range};
}

// Two clusters become one, called by its first window.
struct Join {
  std::uint32_t a = 0, b = 0;  // their first windows
  double mean_llr = 0;         // between their windows
};

// Average linkage, all the way down to one cluster. Between two clusters stands the sum of the LLRs of their windows'
// pairs, so that a join adds rows (G. N. Lance and W. T. Williams, 1967). Clusters that are each other's nearest are
// joined at once, found along a chain of nearest neighbours: under this linkage no later join can come between them
// (F. Murtagh, 1983), and all takes O(n^2).
class Linkage {
 public:
  Linkage(std::span<const float> llrs, std::size_t n) : n_(n), sums_(llrs.begin(), llrs.end()), sizes_(n, 1) {
    for (std::uint32_t i = 0; i < n; ++i) alive_.push_back(i);
  }

  // The most similar first: the order in which one at a time would find them.
  std::vector<Join> joins() {
    std::vector<Join> joins;
    std::vector<std::uint32_t> chain;
    while (alive_.size() > 1) {
      if (chain.empty()) chain.push_back(alive_.front());
      const std::uint32_t last = chain.back();
      std::uint32_t nearest = nearest_of(last);
      if (chain.size() >= 2) {
        const std::uint32_t before = chain[chain.size() - 2];
        if (mean(last, before) >= mean(last, nearest)) nearest = before;
        if (nearest == before) {
          joins.push_back({std::min(last, before), std::max(last, before), mean(last, before)});
          join(joins.back().a, joins.back().b);
          chain.resize(chain.size() - 2);
          continue;
        }
      }
      chain.push_back(nearest);
    }
    std::sort(joins.begin(), joins.end(), [](const Join& x, const Join& y) {
      return x.mean_llr != y.mean_llr ? x.mean_llr > y.mean_llr : x.b < y.b;
    });
    return joins;
  }

 private:
  double mean(std::size_t i, std::size_t j) const {
    return static_cast<double>(sums_[i * n_ + j]) / (static_cast<double>(sizes_[i]) * static_cast<double>(sizes_[j]));
  }

  std::uint32_t nearest_of(std::uint32_t i) const {
    std::uint32_t nearest = i;
    double highest = -std::numeric_limits<double>::infinity();
    for (const std::uint32_t j : alive_) {
      const double llr = mean(i, j);
      if (j != i && llr > highest) {
        highest = llr;
        nearest = j;
      }
    }
    return nearest;
  }

  // `b` becomes a part of `a`.
  void join(std::uint32_t a, std::uint32_t b) {
    alive_.erase(std::lower_bound(alive_.begin(), alive_.end(), b));
    for (const std::uint32_t i : alive_) {
      if (i == a) continue;
      sums_[a * n_ + i] += sums_[b * n_ + i];
      sums_[i * n_ + a] = sums_[a * n_ + i];
    }
    sizes_[a] += sizes_[b];
  }

  std::size_t n_;
  std::vector<float> sums_;
  std::vector<std::uint32_t> sizes_;
  std::vector<std::uint32_t> alive_;  // first windows of the clusters, rising
};

// Clusters as joins leave them, and how long each is heard.
class Clusters {
 public:
  explicit Clusters(std::span<const SpeechWindow> windows) {
    for (const SpeechWindow& window : windows) {
      of_.push_back(static_cast<std::uint32_t>(of_.size()));
      heard_s_.push_back(window.end_s - window.begin_s);
    }
  }

  // In any order: rounding may put a join before one that it rests on.
  void join(const Join& join) {
    const std::uint32_t a = std::min(of_[join.a], of_[join.b]), b = std::max(of_[join.a], of_[join.b]);
    std::replace(of_.begin(), of_.end(), b, a);
    heard_s_[a] += heard_s_[b];
    heard_s_[b] = kGone;
  }

  std::size_t count(double least_s) const {
    return static_cast<std::size_t>(
        std::count_if(heard_s_.begin(), heard_s_.end(), [&](double heard_s) { return heard_s >= least_s; }));
  }

  // The clusters, by their first windows, that are speakers: the longest first.
  std::vector<std::uint32_t> speakers(const ClusterOptions& options) const {
    std::vector<std::uint32_t> longest;
    for (std::uint32_t i = 0; i < heard_s_.size(); ++i)
      if (heard_s_[i] != kGone) longest.push_back(i);
    std::sort(longest.begin(), longest.end(), [&](std::uint32_t a, std::uint32_t b) {
      return heard_s_[a] != heard_s_[b] ? heard_s_[a] > heard_s_[b] : a < b;
    });
    const std::size_t long_enough = std::max<std::size_t>(1, count(options.min_speaker_s));
    longest.resize(std::min(longest.size(), options.num_speakers > 0 ? options.num_speakers : long_enough));
    return longest;
  }

  // Of each window its speaker, numbered in the order of their first windows.
  std::vector<std::uint32_t> assign(std::span<const float> llrs, const std::vector<std::uint32_t>& speakers) const {
    const std::size_t n = of_.size();
    std::vector<std::uint32_t> assigned = of_;
    for (std::size_t i = 0; i < n; ++i) {
      if (std::find(speakers.begin(), speakers.end(), of_[i]) != speakers.end()) continue;
      std::vector<double> sums(n, 0.0), counts(n, 0.0);
      for (std::size_t j = 0; j < n; ++j) {
        if (j == i) continue;
        sums[of_[j]] += static_cast<double>(llrs[i * n + j]);
        counts[of_[j]] += 1;
      }
      assigned[i] = *std::max_element(speakers.begin(), speakers.end(), [&](std::uint32_t a, std::uint32_t b) {
        return sums[a] / counts[a] < sums[b] / counts[b];
      });
    }
    std::vector<std::uint32_t> numbers(n, static_cast<std::uint32_t>(n));
    std::uint32_t next = 0;
    for (std::uint32_t& speaker : assigned) {
      if (numbers[speaker] == n) numbers[speaker] = next++;
      speaker = numbers[speaker];
    }
    return assigned;
  }

 private:
  static constexpr double kGone = -1;
  std::vector<std::uint32_t> of_;  // of each window: its cluster's first window
  std::vector<double> heard_s_;    // of each cluster, at its first window; kGone elsewhere
};

// How many joins to make. With num_speakers: as many as leave so many clusters that are heard for long enough, or,
// where no number does, so many clusters. Else all that the LLRs speak for, and more down to max_speakers.
std::size_t choose_joins(std::span<const Join> joins, Clusters clusters, const ClusterOptions& options) {
  const std::size_t n = joins.size() + 1;
  const std::size_t wanted = options.num_speakers;
  std::size_t chosen = wanted > 0 ? n - std::min(n, wanted) : joins.size();
  for (std::size_t made = 0; made <= joins.size(); ++made) {
    const std::size_t num_long = clusters.count(options.min_speaker_s);
    if (wanted > 0) {
      if (num_long >= wanted) chosen = made;
    } else if (made < joins.size() && joins[made].mean_llr < options.min_llr && num_long <= options.max_speakers) {
      return made;
    }
    if (made < joins.size()) clusters.join(joins[made]);
  }
  return chosen;
}

}  // namespace

Result<std::vector<SpeechWindow>> plan_windows(std::span<const FrontEnd::Interval> speech, std::int32_t sample_rate_hz,
                                               const WindowPlan& plan) {
  if (!(plan.window_s >= 0.5f && plan.window_s <= 10)) return out_of_range("window_s", "0.5..10");
  if (!(plan.hop_s >= 0.1f && plan.hop_s <= plan.window_s)) return out_of_range("hop_s", "0.1..window_s");
  const double rate = sample_rate_hz;
  const auto window = static_cast<std::size_t>(std::lround(static_cast<double>(plan.window_s) * rate));
  const auto hop = static_cast<std::size_t>(std::lround(static_cast<double>(plan.hop_s) * rate));

  std::vector<SpeechWindow> windows;
  std::size_t begin = 0;
  for (const FrontEnd::Interval& stretch : speech) {
    const std::size_t end = stretch.speech_end;
    if (begin == end) continue;
    const double begin_s = stretch.begin_s;
    const double end_s = begin_s + static_cast<double>(end - begin) / rate;
    const std::size_t first = windows.size();
    for (std::size_t at = begin;; at += hop) {
      const bool is_last = at + window >= end;
      windows.push_back({is_last ? std::max(begin + window, end) - window : at, std::min(at + window, end), 0, 0});
      if (is_last) break;
    }
    for (std::size_t i = first; i < windows.size(); ++i) {
      const auto centre_s = [&](const SpeechWindow& w) {
        return begin_s + (static_cast<double>(w.begin + w.end) / 2 - static_cast<double>(begin)) / rate;
      };
      windows[i].begin_s = i == first ? begin_s : windows[i - 1].end_s;
      windows[i].end_s = i + 1 == windows.size() ? end_s : (centre_s(windows[i]) + centre_s(windows[i + 1])) / 2;
    }
    begin = end;
  }
  return windows;
}

Result<std::vector<std::uint32_t>> cluster_speakers(std::span<const float> llrs, std::span<const SpeechWindow> windows,
                                                    const ClusterOptions& options) {
  const std::size_t n = windows.size();
  if (llrs.size() != n * n || n > std::numeric_limits<std::uint32_t>::max())
    return Error{ErrorCode::kInvalidArgument, "the LLRs are not a square of the number of windows"};
  if (std::isnan(options.min_llr)) return out_of_range("min_llr", "a number");
  if (options.max_speakers == 0) return out_of_range("max_speakers", "1 or more");
  if (!(options.min_speaker_s >= 0)) return out_of_range("min_speaker_s", "0 or more");
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      if (i != j && !std::isfinite(llrs[i * n + j]))
        return Error{ErrorCode::kUndefined, "the LLR of windows " + std::to_string(i) + " and " + std::to_string(j) +
                                                " is not finite; leave out windows without an embedding"};
  if (n == 0) return std::vector<std::uint32_t>{};

  const std::vector<Join> joins = Linkage(llrs, n).joins();
  Clusters clusters(windows);
  const std::size_t num_joins = choose_joins(joins, clusters, options);
  for (const Join& join : std::span(joins).first(num_joins)) clusters.join(join);
  return clusters.assign(llrs, clusters.speakers(options));
}

std::vector<SpeakerTurn> join_turns(std::span<const SpeechWindow> windows, std::span<const std::uint32_t> speakers,
                                    double max_pause_s) {
  assert(windows.size() == speakers.size());
  std::vector<SpeakerTurn> turns;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const SpeechWindow& window = windows[i];
    if (!turns.empty() && turns.back().speaker == speakers[i] && window.begin_s - turns.back().end_s <= max_pause_s) {
      turns.back().end_s = window.end_s;
    } else {
      turns.push_back({window.begin_s, window.end_s, speakers[i]});
    }
  }
  return turns;
}

}  // namespace voiceprint
