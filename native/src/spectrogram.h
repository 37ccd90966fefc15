// Spectrogram, mel-spectrogram and MFCC: the definitions stand in voiceprint/features.h. One object, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "mel_bank.h"
#include "real_fft.h"
#include "voiceprint/features.h"

namespace voiceprint {

class Spectrogram {
 public:
  // `kind` is not kFbank. kInvalidArgument names the option.
  static Result<std::unique_ptr<Spectrogram>> create(FeatureKind kind, const SpectrogramOptions& options);

  std::int32_t sample_rate_hz() const { return sample_rate_hz_; }
  std::size_t num_bins() const;
  std::size_t num_frames(std::size_t num_samples) const;
  void compute(std::span<const float> samples, std::span<float> features);

 private:
  Spectrogram(FeatureKind kind, const SpectrogramOptions& options, std::size_t length, std::size_t shift);
  void power_of_frame(std::span<const float> samples, std::size_t frame);

  FeatureKind kind_;
  std::int32_t sample_rate_hz_;
  std::size_t shift_;
  RealFft fft_;
  MelBank bank_;                // empty for kSpectrogram
  std::vector<float> window_;   // [frame length], Hann
  std::vector<float> cosines_;  // [num_coefficients][row_size_], kMfcc only; times 10 / ln 10
  std::size_t row_size_;        // num_mel_bins, rounded up to a multiple of 8
  std::vector<float> frame_;    // [frame length]
  std::vector<float> power_;    // [frame length / 2 + 1], then zeros for the bank's padding
  std::vector<float> log_mel_;  // [frames][row_size_], kMfcc only: the whole utterance, for its highest value
};

}  // namespace voiceprint
