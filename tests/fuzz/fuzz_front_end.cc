// Any samples at any rate and of any feature kind, cut anyhow: the front end answers with finite numbers or an error,
// and never depends on the cuts.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "voiceprint/front_end.h"

namespace {

constexpr std::int32_t kRates[] = {8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000};

void require(bool condition) {
  if (!condition) std::abort();
}

// How the samples are made of the input: as they are (NaN, infinities and all), or as 16-bit audio, which gets deeper.
std::vector<float> make_samples(std::span<const std::uint8_t> input, bool raw) {
  std::vector<float> samples(input.size() / (raw ? sizeof(float) : sizeof(std::int16_t)));
  if (raw) {
    if (!samples.empty()) std::memcpy(samples.data(), input.data(), samples.size() * sizeof(float));
    return samples;
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::int16_t value;
    std::memcpy(&value, input.data() + i * sizeof value, sizeof value);
    samples[i] = static_cast<float>(value) / 32768;
  }
  return samples;
}

bool push_all(voiceprint::FrontEnd& front_end, std::span<const float> samples, std::size_t piece) {
  for (std::size_t at = 0; at < samples.size(); at += piece) {
    if (!front_end.push(samples.subspan(at, std::min(piece, samples.size() - at))).ok()) return false;
  }
  return front_end.finish().ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t num_bytes) {
  if (num_bytes < 3) return 0;
  const std::int32_t rate_hz = kRates[input[0] % 8];
  const std::size_t piece = 1 + input[1] * std::size_t{37};
  const std::vector<float> samples = make_samples({input + 3, num_bytes - 3}, input[2] % 4 == 0);

  voiceprint::FrontEndOptions options;
  options.feature_kind = static_cast<voiceprint::FeatureKind>(input[2] / 4 % 4);
  options.mean_normalisation = static_cast<voiceprint::MeanNormalisation>(input[2] / 16 % 2);
  auto whole = voiceprint::FrontEnd::create(options, rate_hz);
  auto cut = voiceprint::FrontEnd::create(options, rate_hz);
  require(whole.ok() && cut.ok());
  const bool accepted = push_all(*whole, samples, samples.size() + 1);
  require(push_all(*cut, samples, piece) == accepted);
  if (!accepted) return 0;

  const voiceprint::Quality &a = whole->quality(), &b = cut->quality();
  for (float value :
       {a.duration_s, a.net_speech_s, a.level_dbfs, a.peak_dbfs, a.clipped_fraction, a.snr_db, a.bandwidth_hz}) {
    require(std::isfinite(value));
  }
  require(std::memcmp(&a, &b, sizeof a) == 0);
  require(whole->num_segments() == cut->num_segments());
  for (std::size_t i = 0; i < whole->num_segments(); ++i) {
    for (float value : whole->segment(i).values) require(std::isfinite(value));
    require(whole->segment(i).values == cut->segment(i).values);
  }
  return 0;
}
