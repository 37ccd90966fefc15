// Kaldi-compatible log-mel filter bank features ("Fbank").
//
// Per frame: subtract the mean, pre-emphasise (the first sample is its own predecessor), Povey window, zero-padded FFT,
// power spectrum, triangles drawn in mel = 1127 ln(1 + f/700), natural logarithm of max(energy, 1.1920929e-07). Samples
// are in [-1, 1] (Kaldi's own tools use +-32768: a constant offset that mean normalisation removes, but for the floor).
// Source: Kaldi feat/feature-fbank, feat/mel-computations; snip_edges = true, dither = 0, use_energy = false.
// Tables are computed in double and stored as float; no fast-math: native and wasm agree bit for bit.
// Thread-safety: one object, one thread (it owns its FFT buffers).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "voiceprint/result.h"

namespace voiceprint {

struct FbankOptions {
  std::int32_t sample_rate_hz = 16000;  // 8000..48000
  std::int32_t num_mel_bins = 80;       // 4..256
  float low_frequency_hz = 20.0f;       // >= 0
  float high_frequency_hz = 8000.0f;    // above low, at most half the sample rate
  float frame_length_ms = 25.0f;        // 5..100
  float frame_shift_ms = 10.0f;         // 1..frame length
  float preemphasis = 0.97f;            // 0..1
};

// [num_frames][num_bins], row-major and contiguous.
struct FeatureMatrix {
  std::vector<float> values;
  std::size_t num_bins = 0;
  std::size_t num_frames() const { return num_bins == 0 ? 0 : values.size() / num_bins; }
  std::span<const float> frame(std::size_t t) const { return {values.data() + t * num_bins, num_bins}; }
};

// One mel triangle: weights of the spectrum bins from `first` on.
struct MelTriangle {
  std::uint32_t first = 0;    // spectrum bin
  std::uint32_t weights = 0;  // index into FbankTables::weights
  std::uint32_t count = 0;    // a multiple of 8: padded with zeros, up to 8 bins beyond the spectrum
};

// What compute_frame() reads, for other implementations of it (the trainer's CUDA kernels).
struct FbankTables {
  std::size_t fft_size = 0;                // the frame length, rounded up to a power of two
  std::span<const float> window;           // [frame_length], Povey
  std::span<const MelTriangle> triangles;  // [num_mel_bins]
  std::span<const float> weights;          // all triangles' weights, one after another
};

class Fbank {
 public:
  static Result<Fbank> create(const FbankOptions& options);  // kInvalidArgument names the option
  Fbank(Fbank&&) noexcept;
  Fbank& operator=(Fbank&&) noexcept;
  ~Fbank();

  const FbankOptions& options() const;
  std::size_t frame_length() const;  // samples: 400
  std::size_t frame_shift() const;   // samples: 160
  FbankTables tables() const;        // views, valid as long as this object
  // 0 below one frame, else 1 + (num_samples - frame_length) / frame_shift.
  std::size_t num_frames(std::size_t num_samples) const;

  // One frame: `samples.size()` == frame_length(), `bins.size()` == num_mel_bins. Allocates nothing.
  void compute_frame(std::span<const float> samples, std::span<float> bins);

  // Whole utterance: `features.size()` == num_frames(samples.size()) * num_mel_bins. Allocates nothing.
  void compute(std::span<const float> samples, std::span<float> features);
  FeatureMatrix compute(std::span<const float> samples);

  // Streaming: appends to `features` each frame that `samples` completes; equal to compute() on the joined samples.
  void push(std::span<const float> samples, FeatureMatrix& features);
  void reset();  // forgets streamed samples

 private:
  Fbank();
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

// What is subtracted from the features of an utterance before the network sees them; nothing else is normalised.
//
// kUtterance: from each bin its own mean over all frames: gone are the level, and with it the channel's colour and the
// voice's long-term spectrum. kLevel: from all values their one mean over frames and bins: gone is the level alone.
// Sums are in double.
enum class MeanNormalisation : std::int32_t { kUtterance = 0, kLevel = 1 };
// By MeanNormalisation: the words of manifests and configurations.
inline constexpr const char* kMeanNormalisationNames[] = {"utterance", "level"};

// `features` is [frames][num_bins]; an empty one stays empty.
void subtract_mean(std::span<float> features, std::size_t num_bins,
                   MeanNormalisation normalisation = MeanNormalisation::kUtterance);

}  // namespace voiceprint
