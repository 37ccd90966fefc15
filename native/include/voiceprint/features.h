// What the network eats, by kind: Fbank (voiceprint/fbank.h), or spectrogram, mel-spectrogram or MFCC as torchaudio's
// transforms define them.
//
// kSpectrogram: the utterance is continued at both ends by its mirror image (half a frame, the end sample not
// repeated), so that frame t is centred on sample t * shift; frame_length samples times a periodic Hann window; power
// |X|^2 of the discrete Fourier transform of just that length (no zeros added). frame_length / 2 + 1 bins, no
// logarithm.
// kMelSpectrogram: of that, sums under triangles of height 1 drawn in Hz between points that are equally far apart in
// mel = 2595 log10(1 + f/700). No logarithm. A triangle narrower than the spectrum's points may hold none: 0.
// kMfcc: of that, 10 log10(max(power, 1e-10)), raised to at least the utterance's highest value - 80 dB, and its
// orthonormal DCT-II, the first num_coefficients.
// Source: torchaudio.transforms Spectrogram, MelSpectrogram, MFCC with their defaults (center, reflect, power 2, HTK
// scale, no norm; top_db 80), checked against torch.stft. Samples are in [-1, 1].
//
// An utterance is what one call of compute() is given: a segment of the front end, a crop in training. The mirror
// images and the 80 dB floor belong to that stretch alone, so these kinds cannot be streamed frame by frame.
// Thread-safety: one object, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "voiceprint/fbank.h"
#include "voiceprint/result.h"

namespace voiceprint {

enum class FeatureKind : std::int32_t { kFbank = 0, kSpectrogram = 1, kMelSpectrogram = 2, kMfcc = 3 };
// By FeatureKind: the words of manifests and configurations.
inline constexpr const char* kFeatureKindNames[] = {"fbank", "spectrogram", "mel_spectrogram", "mfcc"};

// A kind reads only the options that it has; the others may hold anything.
struct SpectrogramOptions {
  std::int32_t sample_rate_hz = 16000;  // 8000..48000
  std::int32_t num_mel_bins = 128;      // 4..256; not of kSpectrogram
  float low_frequency_hz = 0.0f;        // >= 0; not of kSpectrogram
  float high_frequency_hz = 8000.0f;    // above low, at most half the sample rate; not of kSpectrogram
  float frame_length_ms = 25.0f;        // 5..100, rounded to whole samples, a multiple of 4 of them
  float frame_shift_ms = 12.5f;         // 1..frame length, rounded to whole samples
  std::int32_t num_coefficients = 40;   // 1..num_mel_bins; of kMfcc only
};

class Spectrogram;

class FeatureExtractor {
 public:
  // Reads the options of `kind` only. kInvalidArgument names the option.
  static Result<FeatureExtractor> create(FeatureKind kind, const FbankOptions& fbank,
                                         const SpectrogramOptions& spectrogram);
  FeatureExtractor(FeatureExtractor&&) noexcept;
  FeatureExtractor& operator=(FeatureExtractor&&) noexcept;
  ~FeatureExtractor();

  std::int32_t sample_rate_hz() const;
  // kFbank and kMelSpectrogram: num_mel_bins; kSpectrogram: samples of a frame / 2 + 1; kMfcc: num_coefficients.
  std::size_t num_bins() const;
  // kFbank: as Fbank. Other kinds: 0 up to half a frame, else 1 + num_samples / frame_shift.
  std::size_t num_frames(std::size_t num_samples) const;

  // Whole utterance, without mean normalisation (subtract_mean, the same for every kind): `features.size()` ==
  // num_frames(samples.size()) * num_bins(). Allocates only for a kMfcc utterance longer than all before.
  void compute(std::span<const float> samples, std::span<float> features);
  FeatureMatrix compute(std::span<const float> samples);

 private:
  FeatureExtractor();
  // One of the two is there.
  std::unique_ptr<Fbank> fbank_;
  std::unique_ptr<Spectrogram> spectrogram_;
};

}  // namespace voiceprint
