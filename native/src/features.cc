#include "voiceprint/features.h"

#include <utility>

#include "spectrogram.h"

namespace voiceprint {

FeatureExtractor::FeatureExtractor() = default;
FeatureExtractor::FeatureExtractor(FeatureExtractor&&) noexcept = default;
FeatureExtractor& FeatureExtractor::operator=(FeatureExtractor&&) noexcept = default;
FeatureExtractor::~FeatureExtractor() = default;

Result<FeatureExtractor> FeatureExtractor::create(FeatureKind kind, const FbankOptions& fbank,
                                                  const SpectrogramOptions& spectrogram) {
  FeatureExtractor extractor;
  if (kind == FeatureKind::kFbank) {
    Result<Fbank> created = Fbank::create(fbank);
    if (!created) return created.error();
    extractor.fbank_ = std::make_unique<Fbank>(std::move(*created));
  } else {
    Result<std::unique_ptr<Spectrogram>> created = Spectrogram::create(kind, spectrogram);
    if (!created) return created.error();
    extractor.spectrogram_ = std::move(*created);
  }
  return extractor;
}

std::int32_t FeatureExtractor::sample_rate_hz() const {
  return fbank_ ? fbank_->options().sample_rate_hz : spectrogram_->sample_rate_hz();
}

std::size_t FeatureExtractor::num_bins() const {
  return fbank_ ? static_cast<std::size_t>(fbank_->options().num_mel_bins) : spectrogram_->num_bins();
}

std::size_t FeatureExtractor::num_frames(std::size_t num_samples) const {
  return fbank_ ? fbank_->num_frames(num_samples) : spectrogram_->num_frames(num_samples);
}

void FeatureExtractor::compute(std::span<const float> samples, std::span<float> features) {
  if (fbank_) return fbank_->compute(samples, features);
  spectrogram_->compute(samples, features);
}

FeatureMatrix FeatureExtractor::compute(std::span<const float> samples) {
  FeatureMatrix features;
  features.num_bins = num_bins();
  features.values.resize(num_frames(samples.size()) * features.num_bins);
  compute(samples, features.values);
  return features;
}

}  // namespace voiceprint
