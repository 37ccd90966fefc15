// How well "who spoke when" was answered: the diarization error rate (DER).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint {

struct SpeakerTurn {
  double begin_s = 0, end_s = 0;
  std::uint32_t speaker = 0;  // numbered from 0
};

// Times are summed over speakers: a second in which two speak counts as two.
struct DiarizationError {
  double speech_s = 0;       // scored speech of the reference
  double missed_s = 0;       // more speakers in the reference than in the hypothesis
  double false_alarm_s = 0;  // more in the hypothesis
  double confusion_s = 0;    // as many, but of the wrong name
  // For each speaker of the hypothesis, up to its highest number, the one of the reference that is taken for the same.
  std::vector<std::optional<std::uint32_t>> reference_speakers;

  // DER, above 1 where false alarms abound.
  double rate() const { return (missed_s + false_alarm_s + confusion_s) / speech_s; }
};

// As NIST's md-eval computes it (The 2009 Rich Transcription Meeting Recognition Evaluation Plan, RT-09, 6.1), over
// event times, without frames: at an instant with R speakers in the reference, H in the hypothesis and C pairs of these
// that are mapped on each other, max(0, R - H) are missed, max(0, H - R) false alarms and min(R, H) - C confused.
//
// Speakers are mapped one to one so that the time common to mapped speakers is longest. As in md-eval that time
// includes the collars; between equally good mappings any may be taken. Within collar_s of the begin or the end of any
// turn of the reference nothing is scored. Unlike md-eval without a UEM file, which ignores what lies before the first
// and behind the last turn of the reference, all time is evaluated, as with a UEM file that spans the recording.
//
// Turns come in any order. Those of one speaker may overlap, and count once; each still has its collars.
// kInvalidArgument, naming the turn from 0, where it does not end after it begins, for a time or a collar outside 0 to
// 10^9 s, and for a speaker's number above 999; kUndefined where no speech of the reference is left to score.
// O(n log n + n a^2 + s^3) for n turns, a speakers at once and s speakers on the larger side.
Result<DiarizationError> diarization_error(std::span<const SpeakerTurn> reference,
                                           std::span<const SpeakerTurn> hypothesis, double collar_s = 0.25);

}  // namespace voiceprint
