// Speech that is none, for tests of training: "voices", each with a pitch and two resonances of its own.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "data/pack.h"
#include "random.h"
#include "run/config.h"

namespace voiceprint::trainer {

// 1.5 s at 16 kHz.
inline std::vector<float> voice(int speaker, int recording) {
  Random random{static_cast<std::uint64_t>(speaker), static_cast<std::uint64_t>(recording)};
  const double pitch = 90 + 25 * speaker + random.uniform(-2, 2), low = 400 + 90 * speaker, high = 1200 + 170 * speaker;
  std::vector<float> samples(24000);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / 16000;
    double x = 0;
    for (int h = 1; h * pitch < 4000; ++h) {
      const double f = h * pitch;
      x += (std::exp(-std::pow((f - low) / 150, 2)) + 0.6 * std::exp(-std::pow((f - high) / 250, 2))) *
           std::sin(2 * 3.14159265358979 * f * t + h);
    }
    samples[i] = static_cast<float>(0.2 * x + 0.002 * random.normal());
  }
  return samples;
}

// Speakers "0", "1", ...
inline void write_voices(const std::string& path, int speakers, int recordings, int first_speaker = 0) {
  PackWriter writer(path);
  for (int s = first_speaker; s < first_speaker + speakers; ++s) {
    for (int r = 0; r < recordings; ++r) writer.add(std::to_string(r), std::to_string(s), "", voice(s, r));
  }
  writer.finish(16000, {});
}

// Seconds of training on the CPU.
inline Config small_config(const std::string& pack) {
  Config config;
  config.data.pack = pack;
  config.data.min_crop_s = config.data.max_crop_s = 0.5;
  config.data.speakers_per_batch = 8, config.data.crops_per_speaker = 2;
  config.model.channels = 16, config.model.mfa_channels = 48, config.model.attention_channels = 8,
  config.model.se_channels = 8, config.model.embedding_dim = 16;
  config.loss.margin_start = 0, config.loss.margin_end = 0.5;
  config.optim.precision = "fp32", config.optim.ema_decay = 0.9, config.optim.lr = 5e-3;
  config.run.steps = 60, config.run.log_every = 10, config.run.checkpoint_every = 20, config.run.threads = 1,
  config.run.device = "cpu";
  return config;
}

}  // namespace voiceprint::trainer
