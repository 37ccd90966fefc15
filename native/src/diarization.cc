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
  std::uint32_t a = 0, b = 0;  // first windows of both, a < b
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
    std::stable_sort(joins.begin(), joins.end(), [](const Join& x, const Join& y) { return x.mean_llr > y.mean_llr; });
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

  std::vector<std::uint32_t> cluster(num_windows);  // of each window: its cluster's first window
  for (std::uint32_t i = 0; i < num_windows; ++i) cluster[i] = i;
  const std::size_t most = options.num_speakers > 0 ? options.num_speakers : options.max_speakers;
  std::size_t count = num_windows;
  for (const Join& join : Linkage(llrs, num_windows).joins()) {
    if (count <= most && (options.num_speakers > 0 || join.mean_llr < options.min_llr)) break;
    std::replace(cluster.begin(), cluster.end(), join.b, join.a);
    --count;
  }
  // In order of first windows: a cluster's number is there when its first window comes.
  std::vector<std::uint32_t> speakers(num_windows);
  std::uint32_t next = 0;
  for (std::uint32_t i = 0; i < num_windows; ++i) speakers[i] = cluster[i] == i ? next++ : speakers[cluster[i]];
  return speakers;
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
