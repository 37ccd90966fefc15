// From samples to what the network eats: the one front end of trainer, native tools, wasm, npm and page.
//
// Resample to the model's rate, find speech, join the speech, cut it into segments by the crop policy, and give each
// segment's features (Fbank, unless told otherwise) less their mean (MeanNormalisation). Audio is taken in
// pieces of any size and memory is bounded: windows of `window_s` are analysed one by one, and once `max_speech_s` of
// speech is in hand further audio only counts towards the quality figures. The result does not depend on how the audio
// is cut.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "voiceprint/fbank.h"
#include "voiceprint/features.h"
#include "voiceprint/quality.h"
#include "voiceprint/result.h"
#include "voiceprint/vad.h"

namespace voiceprint {

struct CropPolicy {
  float window_s = 30.0f;  // speech detection window, 5..60
  // Longer speech is cut into equal segments; the voiceprint is the mean of their embeddings. 1..60, or 0: no segments,
  // for who takes features() of parts of the speech.
  float max_segment_s = 10.0f;
  float max_speech_s = 60.0f;  // speech beyond this is not used; up to 3600
};

// The sample rate of the chosen feature kind's options is the model's, and the one of `vad`.
struct FrontEndOptions {
  FeatureKind feature_kind = FeatureKind::kFbank;
  FbankOptions fbank;                                                    // read where feature_kind is kFbank
  SpectrogramOptions spectrogram;                                        // read where it is not
  MeanNormalisation mean_normalisation = MeanNormalisation::kUtterance;  // over each segment
  VadOptions vad;
  CropPolicy crop;
};

class FrontEnd {
 public:
  // `input_rate_hz` 8000..192000. kInvalidArgument names the option.
  static Result<FrontEnd> create(const FrontEndOptions& options, std::int32_t input_rate_hz);
  FrontEnd(FrontEnd&&) noexcept;
  FrontEnd& operator=(FrontEnd&&) noexcept;
  ~FrontEnd();

  // kNonFiniteSample names the sample's index in the recording. Samples beyond [-1, 1] are legal (float WAV).
  Result<void> push(std::span<const float> mono);
  // Ends the recording and computes segments and quality. kEmptyAudio if nothing was pushed. A recording without
  // speech, or shorter than one frame, is no error: it has 0 segments, and its quality says why.
  Result<void> finish();
  void reset();

  // After finish():
  const Quality& quality() const;
  std::size_t num_segments() const;
  const FeatureMatrix& segment(std::size_t index) const;  // mean-normalised
  std::span<const float> speech() const;                  // joined speech at the model's rate, at most max_speech_s
  // Mean-normalised features of samples [begin, end) of speech(), as of a segment. No frames where they are too few.
  // REQUIRES: begin <= end <= speech().size()
  FeatureMatrix features(std::size_t begin, std::size_t end);
  // Speech found, in order: seconds of the recording, and where these samples end in speech(). They begin where those
  // of the interval before end, and are fewer than the interval is long where max_speech_s was reached.
  struct Interval {
    float begin_s = 0, end_s = 0;
    std::size_t speech_end = 0;
  };
  std::span<const Interval> speech_intervals() const;

 private:
  FrontEnd();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace voiceprint
