// The C ABI over diarization: LLRs of windows to speakers, speakers to turns. The windows come from the front end.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "status.h"
#include "voiceprint/diarization.h"
#include "voiceprint_c.h"

using namespace voiceprint::abi;  // NOLINT: this file is their user
using voiceprint::ErrorCode;

namespace {

constexpr std::int32_t kOk = VP_OK;

std::vector<voiceprint::SpeechWindow> to_windows(const double* begin_end_s, std::uint32_t num_windows) {
  std::vector<voiceprint::SpeechWindow> windows;
  for (std::size_t i = 0; i < num_windows; ++i)
    windows.push_back({.begin_s = begin_end_s[2 * i], .end_s = begin_end_s[2 * i + 1]});
  return windows;
}

}  // namespace

std::int32_t vp_cluster_speakers(const float* llrs, const double* begin_end_s, std::uint32_t num_windows,
                                 const vp_cluster_options* options, std::uint32_t* speakers) {
  if (!is_array(llrs, num_windows) || !is_array(begin_end_s, num_windows) || options == nullptr ||
      !is_array(speakers, num_windows)) {
    return null_argument();
  }
  voiceprint::ClusterOptions core_options;
  core_options.min_llr = options->min_llr;
  core_options.min_speaker_s = options->min_speaker_s;
  if (!to_integer(options->num_speakers, core_options.num_speakers) ||
      !to_integer(options->max_speakers, core_options.max_speakers)) {
    return fail(ErrorCode::kInvalidArgument, "num_speakers or max_speakers is not a whole number.");
  }
  return guarded([&] {
    const std::span<const float> all(llrs, static_cast<std::size_t>(num_windows) * num_windows);
    auto found = voiceprint::cluster_speakers(all, to_windows(begin_end_s, num_windows), core_options);
    if (!found) return fail(found.error());
    std::copy(found->begin(), found->end(), speakers);
    return kOk;
  });
}

std::int32_t vp_join_turns(const double* begin_end_s, const std::uint32_t* speakers, std::uint32_t num_windows,
                           double max_pause_s, double* turns, std::uint32_t* num_turns) {
  if (!is_array(begin_end_s, num_windows) || !is_array(speakers, num_windows) || !is_array(turns, num_windows) ||
      num_turns == nullptr) {
    return null_argument();
  }
  if (std::isnan(max_pause_s)) return fail(ErrorCode::kInvalidArgument, "max_pause_s is not a number.");
  return guarded([&] {
    const auto windows = to_windows(begin_end_s, num_windows);
    const auto joined = voiceprint::join_turns(windows, std::span(speakers, num_windows), max_pause_s);
    for (const voiceprint::SpeakerTurn& turn : joined) {
      *turns++ = turn.begin_s;
      *turns++ = turn.end_s;
      *turns++ = turn.speaker;
    }
    *num_turns = static_cast<std::uint32_t>(joined.size());
    return kOk;
  });
}
