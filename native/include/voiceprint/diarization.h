// Who spoke when: speech in short windows, the windows clustered into speakers by their log-likelihood ratios, the
// windows of a speaker joined to turns.
//
// The caller embeds each window (FrontEnd::features of its samples) and scores every pair by the model's trial scorer.
// Clusters are joined by average linkage, the most similar first, while the mean LLR between their windows says that
// one speaker is likelier than two: a calibrated threshold, the same for every model. One speaker at a time: where two
// speak at once, one of them is found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "voiceprint/diarization_metrics.h"
#include "voiceprint/front_end.h"
#include "voiceprint/result.h"

namespace voiceprint {

struct WindowPlan {
  float window_s = 1.5f;  // 0.5..10
  float hop_s = 0.75f;    // 0.1..window_s
};

// Samples [begin, end) of FrontEnd::speech() are what is embedded. The window decides on [begin_s, end_s) of the
// recording: all that lies nearer to its centre than to that of another window of the same stretch of speech.
struct SpeechWindow {
  std::size_t begin = 0, end = 0;
  double begin_s = 0, end_s = 0;
};

// Cuts each stretch of speech: the last window ends with it, and one that is shorter than a window is one window. In
// order. kInvalidArgument names the option.
Result<std::vector<SpeechWindow>> plan_windows(std::span<const FrontEnd::Interval> speech, std::int32_t sample_rate_hz,
                                               const WindowPlan& plan = {});

struct ClusterOptions {
  // Clusters are joined while the mean LLR between them is at least this: bayes_threshold (calibration.h) of the prior
  // that two windows of a recording are of one speaker. Here 0.85.
  double min_llr = -1.7346010553881064;
  std::uint32_t num_speakers = 0;   // > 0: so many, whatever the LLRs are
  std::uint32_t max_speakers = 20;  // never more; 1 up
  // A cluster that is heard for less than this is no speaker: a cough, two voices at once. Each of its windows goes to
  // the speaker with the highest mean LLR. Where none is heard for so long the longest is the only speaker, and where
  // fewer than num_speakers can be, all that are left count.
  double min_speaker_s = 2;
};

// The speaker of each window, numbered from 0 in the order in which they are first heard; n windows have at most n
// speakers. `llrs` is symmetric, row-major [n][n]; its diagonal is not read. kInvalidArgument where sizes or options
// are out of range, kUndefined where an LLR is not finite. O(n^2) memory and time.
Result<std::vector<std::uint32_t>> cluster_speakers(std::span<const float> llrs, std::span<const SpeechWindow> windows,
                                                    const ClusterOptions& options = {});

// The windows of a speaker between which nobody else speaks, and no pause is longer than `max_pause_s`, are one turn.
// `speakers` are those of the windows. In order, disjoint. REQUIRES: windows.size() == speakers.size()
std::vector<SpeakerTurn> join_turns(std::span<const SpeechWindow> windows, std::span<const std::uint32_t> speakers,
                                    double max_pause_s = 0.5);

}  // namespace voiceprint
