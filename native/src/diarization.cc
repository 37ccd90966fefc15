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

// Clusters under average linkage. Between two of them stands the sum of the LLRs of their windows' pairs, so that a
// join adds rows (G. N. Lance and W. T. Williams, 1967). Each keeps its best partner: a join costs O(n), and O(n) more
// for each cluster whose partner was one of the joined.
class Linkage {
 public:
  Linkage(std::span<const float> llrs, std::size_t n)
      : n_(n), sums_(llrs.begin(), llrs.end()), sizes_(n, 1), best_(n), cluster_(n) {
    for (std::size_t i = 0; i < n; ++i) {
      cluster_[i] = static_cast<std::uint32_t>(i);
      alive_.push_back(static_cast<std::uint32_t>(i));
    }
    for (const std::uint32_t i : alive_) find_best(i);
  }

  std::size_t size() const { return alive_.size(); }

  // The most similar two, the earliest of equals.
  struct Pair {
    std::uint32_t a = 0, b = 0;
    double mean_llr = 0;
  };
  // REQUIRES: size() >= 2
  Pair most_similar() const {
    const auto most = std::max_element(alive_.begin(), alive_.end(), [&](std::uint32_t x, std::uint32_t y) {
      return mean(x, best_[x]) < mean(y, best_[y]);
    });
    return {std::min(*most, best_[*most]), std::max(*most, best_[*most]), mean(*most, best_[*most])};
  }

  // `b` becomes a part of `a`.
  void join(std::uint32_t a, std::uint32_t b) {
    alive_.erase(std::lower_bound(alive_.begin(), alive_.end(), b));
    for (const std::uint32_t i : alive_) {
      if (i == a) continue;
      sum(a, i) += sum(b, i);
      sum(i, a) = sum(a, i);
    }
    sizes_[a] += sizes_[b];
    std::replace(cluster_.begin(), cluster_.end(), b, a);
    if (alive_.size() < 2) return;
    // Average linkage never brings a join nearer to a third cluster than the nearer of its parts was, so the others'
    // partners stay the best.
    for (const std::uint32_t i : alive_)
      if (i == a || best_[i] == a || best_[i] == b) find_best(i);
  }

  // Of each window: the number of its cluster, in order of first windows.
  std::vector<std::uint32_t> labels() const {
    std::vector<std::uint32_t> number(n_, std::numeric_limits<std::uint32_t>::max()), labels;
    std::uint32_t count = 0;
    for (const std::uint32_t cluster : cluster_) {
      if (number[cluster] == std::numeric_limits<std::uint32_t>::max()) number[cluster] = count++;
      labels.push_back(number[cluster]);
    }
    return labels;
  }

 private:
  float& sum(std::size_t i, std::size_t j) { return sums_[i * n_ + j]; }
  double mean(std::size_t i, std::size_t j) const {
    return static_cast<double>(sums_[i * n_ + j]) / (static_cast<double>(sizes_[i]) * static_cast<double>(sizes_[j]));
  }

  void find_best(std::uint32_t i) {
    double highest = -std::numeric_limits<double>::infinity();
    for (const std::uint32_t j : alive_) {
      if (j == i) continue;
      const double llr = mean(i, j);
      if (llr > highest) {
        highest = llr;
        best_[i] = j;
      }
    }
  }

  std::size_t n_;
  std::vector<float> sums_;
  std::vector<std::uint32_t> sizes_;
  std::vector<std::uint32_t> best_;
  std::vector<std::uint32_t> cluster_;  // of each window: its cluster's first window
  std::vector<std::uint32_t> alive_;    // rising
};

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
      windows[i].end_s =
          i + 1 == windows.size() ? end_s : (centre_s(windows[i]) + centre_s(windows[i + 1])) / 2;
    }
    begin = end;
  }
  return windows;
}

Result<std::vector<std::uint32_t>> cluster_speakers(std::span<const float> llrs, std::size_t num_windows,
                                                    const ClusterOptions& options) {
  if (llrs.size() != num_windows * num_windows || num_windows > std::numeric_limits<std::uint32_t>::max())
    return Error{ErrorCode::kInvalidArgument, "the LLRs are not a square of the number of windows"};
  if (std::isnan(options.min_llr)) return out_of_range("min_llr", "a number");
  if (options.max_speakers == 0) return out_of_range("max_speakers", "1 or more");
  for (std::size_t i = 0; i < num_windows; ++i)
    for (std::size_t j = 0; j < num_windows; ++j)
      if (i != j && !std::isfinite(llrs[i * num_windows + j]))
        return Error{ErrorCode::kUndefined, "the LLR of windows " + std::to_string(i) + " and " + std::to_string(j) +
                                                " is not finite; leave out windows without an embedding"};
  if (num_windows == 0) return std::vector<std::uint32_t>{};

  Linkage clusters(llrs, num_windows);
  const std::size_t most = options.num_speakers > 0 ? options.num_speakers : options.max_speakers;
  while (clusters.size() >= 2) {
    const Linkage::Pair pair = clusters.most_similar();
    if (clusters.size() <= most && (options.num_speakers > 0 || pair.mean_llr < options.min_llr)) break;
    clusters.join(pair.a, pair.b);
  }
  return clusters.labels();
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
