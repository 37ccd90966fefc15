#include "data/crop_effects.h"

#include <algorithm>
#include <utility>

#include "error.h"
#include "voiceprint/resampler.h"

namespace voiceprint::trainer {
namespace {

constexpr double kSampleRateHz = 16000;

NoiseRun draw_run(Random& random, std::span<const PackRecord> recordings) {
  NoiseRun run;
  run.recording = random.below(recordings.size());
  run.start = random.below(recordings[run.recording].num_samples);
  return run;
}

std::vector<NoiseRun> draw_voices(Random& random, const AugmentConfig& config, std::span<const PackRecord> voices) {
  const auto least = static_cast<std::uint64_t>(config.babble_min_voices),
             most = static_cast<std::uint64_t>(config.babble_max_voices);
  std::vector<NoiseRun> runs(least + random.below(most - least + 1));
  for (NoiseRun& run : runs) run = draw_run(random, voices);
  return runs;
}

AddedNoise draw_noise(Random& random, const AugmentConfig& config, const EffectChoices& choices,
                      std::size_t num_samples) {
  AddedNoise noise;
  noise.snr_db = random.uniform(config.min_snr_db, config.max_snr_db);
  const double kind = random.uniform(), babble_from = 1 - config.noise_babble;
  if (kind < babble_from - config.noise_coloured && !choices.noises.empty()) {
    noise.kind = AddedNoise::Kind::kRecorded;
    noise.runs = {draw_run(random, choices.noises)};
  } else if (kind < babble_from) {
    noise.kind = AddedNoise::Kind::kColoured;
    noise.pole = random.uniform(0.0, 0.98);
    noise.source = random;
    random.skip(Random::kDrawsPerNormal * num_samples);
  } else {
    noise.kind = AddedNoise::Kind::kBabble;
    noise.runs = draw_voices(random, config, choices.voices);
    noise.snr_db = std::max(5.0, noise.snr_db);  // words louder than that are another speaker, not noise
  }
  return noise;
}

std::vector<Mask> draw_masks(Random& random, std::int64_t count, std::int64_t widest, std::size_t limit,
                             std::size_t size) {
  std::vector<Mask> masks(static_cast<std::size_t>(count));
  for (Mask& mask : masks) {
    mask.width = random.below(std::min<std::uint64_t>(static_cast<std::uint64_t>(widest), limit) + 1);
    mask.first = random.below(size - mask.width + 1);
  }
  return masks;
}

std::pair<std::int32_t, std::int32_t> speed_rates(int speed) {
  return speed == 1 ? std::pair{14400, 16000} : std::pair{17600, 16000};
}

}  // namespace

// An effect that is off draws no more than its chance; the newer ones (those tested for > 0) not even that, so that
// batches of older configurations stay what they were.
CropEffects draw_effects(Random& random, const AugmentConfig& config, const EffectChoices& choices,
                         std::size_t num_samples, std::size_t num_frames, std::size_t num_bins) {
  CropEffects effects;
  if (config.time_shift > 0 && random.chance(config.time_shift)) {
    effects.shift =
        static_cast<std::int64_t>(random.uniform(-config.time_shift_ms, config.time_shift_ms) * kSampleRateHz / 1000);
  }
  if (random.chance(config.room)) effects.room = random.below(choices.num_rooms);
  if (random.chance(config.device)) {
    if (choices.num_devices > 0 && random.chance(config.device_measured)) {
      effects.device = random.below(choices.num_devices);
    } else {
      const double db = config.device_db;
      const auto band = [&](double low_hz, double high_hz, double most_db) {
        EqualiserBand result;
        result.q = random.uniform(0.3, 1.0);
        result.gain_db = random.uniform(-most_db, most_db);
        result.frequency_hz = random.uniform(low_hz, high_hz);
        return result;
      };
      effects.equaliser = std::array{band(80, 400, 0.75 * db), band(400, 2000, 0.5 * db), band(2000, 7000, db)};
    }
  }
  if (random.chance(config.noise)) effects.noise = draw_noise(random, config, choices, num_samples);
  if (config.babble > 0 && random.chance(config.babble)) {
    effects.babble.emplace();
    effects.babble->kind = AddedNoise::Kind::kBabble;
    effects.babble->snr_db = random.uniform(config.babble_min_snr_db, config.babble_max_snr_db);
    effects.babble->runs = draw_voices(random, config, choices.voices);
  }
  if (random.chance(config.gain)) effects.gain_db = random.uniform(-config.gain_db, config.gain_db);
  if (config.clip > 0 && random.chance(config.clip)) effects.clipped_share = random.uniform(0, config.clip_share);
  if (random.chance(config.codec)) effects.codec = draw_codec(random, config);
  if (random.chance(config.spec)) {
    effects.masked_frames =
        draw_masks(random, config.spec_time_masks, config.spec_time_frames, num_frames / 4, num_frames);
    effects.masked_bins = draw_masks(random, config.spec_freq_masks, config.spec_bins, num_bins / 2, num_bins);
  }
  return effects;
}

int draw_speed(Random& random, const AugmentConfig& config) {
  return random.chance(config.speed) ? 1 + static_cast<int>(random.below(2)) : 0;
}

std::size_t samples_before_speed(std::size_t length, int speed) {
  if (speed == 0) return length;
  const auto [from, to] = speed_rates(speed);
  return length * static_cast<std::size_t>(from) / static_cast<std::size_t>(to) + 1;
}

std::vector<float> change_speed(std::vector<float> samples, int speed, std::size_t length) {
  if (speed != 0) {
    const auto [from, to] = speed_rates(speed);
    samples = take(resample(samples, from, to));
  }
  samples.resize(length, 0.0f);
  return samples;
}

}  // namespace voiceprint::trainer
