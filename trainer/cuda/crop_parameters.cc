#include "crop_parameters.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "error.h"
#include "random.h"
#include "run/config.h"

namespace voiceprint::trainer {
namespace {

std::int32_t draw_below(Random& random, std::int32_t n) {
  return static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(n)));
}

}  // namespace

CropParameters draw_crop_parameters(Random& random, const AugmentConfig& config, const CropChoices& choices) {
  CropParameters crop;
  if (random.chance(config.room) && choices.num_rooms > 0) crop.room = draw_below(random, choices.num_rooms);
  if (random.chance(config.device) && choices.num_devices > 0)
    crop.device = choices.num_rooms + draw_below(random, choices.num_devices);
  if (random.chance(config.noise))
    crop.noise_ratio = static_cast<float>(std::pow(10.0, -random.uniform(config.min_snr_db, config.max_snr_db) / 10));
  if (random.chance(config.gain))
    crop.gain = static_cast<float>(std::pow(10.0, random.uniform(-config.gain_db, config.gain_db) / 20));
  if (random.chance(config.spec)) {
    const auto widest = [](std::int64_t wanted, std::int32_t most) {
      return static_cast<std::int32_t>(std::min<std::int64_t>(wanted, most));
    };
    crop.masked_frames = draw_below(random, widest(config.spec_time_frames, choices.num_frames / 4) + 1);
    crop.masked_frame = draw_below(random, choices.num_frames - crop.masked_frames + 1);
    crop.masked_bins = draw_below(random, widest(config.spec_bins, choices.num_bins / 2) + 1);
    crop.masked_bin = draw_below(random, choices.num_bins - crop.masked_bins + 1);
  }
  return crop;
}

void check_crop_parameters(std::span<const CropParameters> rows, std::int32_t num_samples, std::int64_t pcm_samples,
                           std::int32_t num_responses) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const CropParameters& crop = rows[row];
    const auto require = [row](const char* field, std::int64_t value, std::int64_t low, std::int64_t high) {
      if (value < low || value > high)
        throw TrainerError("crop " + std::to_string(row) + ": " + field + " is " + std::to_string(value) +
                           "; it must be " + std::to_string(low) + ".." + std::to_string(high));
    };
    require("speech_samples", crop.speech_samples, 0, std::min<std::int64_t>(num_samples, pcm_samples));
    require("speech_offset", crop.speech_offset, 0, pcm_samples - crop.speech_samples);
    require("noise_samples", crop.noise_samples, 0, pcm_samples);
    require("noise_offset", crop.noise_offset, 0, pcm_samples - crop.noise_samples);
    require("noise_start", crop.noise_start, 0, std::max(0, crop.noise_samples - 1));
    require("room", crop.room, -1, num_responses - 1);
    require("device", crop.device, -1, num_responses - 1);
    if (!(crop.noise_ratio >= 0) || !std::isfinite(crop.noise_ratio) || !std::isfinite(crop.gain))
      throw TrainerError("crop " + std::to_string(row) +
                         ": noise_ratio and gain must be finite, noise_ratio not negative");
  }
}

}  // namespace voiceprint::trainer
