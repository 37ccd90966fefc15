#include "crop_parameters.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "error.h"

namespace voiceprint::trainer {
void check_crop_parameters(std::span<const CropParameters> rows, std::int32_t num_samples, std::int64_t pcm_samples,
                           std::int32_t num_responses) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const CropParameters& crop = rows[row];
    const auto require = [row](const char* field, std::int64_t value, std::int64_t low, std::int64_t high) {
      if (value < low || value > high)
        throw TrainerError("crop " + std::to_string(row) + ": " + field + " is " + std::to_string(value) +
                           "; it must be " + std::to_string(low) + ".." + std::to_string(high));
    };
    const auto require_run = [&](const char* count_field, std::int64_t count, std::int64_t most,
                                 const char* offset_field, std::int64_t offset, std::int64_t samples_per_value) {
      require(count_field, count, 0, std::min(most, pcm_samples / samples_per_value));
      require(offset_field, offset, 0, pcm_samples - count * samples_per_value);
      if (samples_per_value > 1 && offset % 2 != 0)
        throw TrainerError("crop " + std::to_string(row) + ": " + offset_field + " is " + std::to_string(offset) +
                           "; floats and masks need an even one");
    };
    require_run("speech_samples", crop.speech_samples, num_samples, "speech_offset", crop.speech_offset,
                samples_taken(1, crop.speech_is_float != 0));
    require_run("noise_samples", crop.noise_samples, pcm_samples, "noise_offset", crop.noise_offset,
                samples_taken(1, crop.noise_is_float != 0));
    require("frame_masks", crop.frame_masks, 0, pcm_samples);
    require("bin_masks", crop.bin_masks, 0, pcm_samples);
    require_run("masks", static_cast<std::int64_t>(crop.frame_masks) + crop.bin_masks, pcm_samples, "mask_offset",
                crop.mask_offset, kSamplesPerMask);
    require("room", crop.room, -1, num_responses - 1);
    require("device", crop.device, -1, num_responses - 1);
    if (!(crop.noise_ratio >= 0) || !std::isfinite(crop.noise_ratio) || !std::isfinite(crop.gain))
      throw TrainerError("crop " + std::to_string(row) +
                         ": noise_ratio and gain must be finite, noise_ratio not negative");
  }
}

}  // namespace voiceprint::trainer
