// voiceprint-fbank FILE: log-mel features of a whole audio file, resampled to 16 kHz.
#include "voiceprint/fbank.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "voiceprint/audio_file.h"
#include "voiceprint/resampler.h"

namespace {

int fail(const voiceprint::Error& error) {
  std::fprintf(stderr, "voiceprint-fbank: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Prints the log-mel filter bank features of an audio file, one frame of 10 ms per line."};
  std::string path;
  voiceprint::FbankOptions options;
  bool raw = false, normalise = false;
  app.add_option("FILE", path, "WAV, FLAC, Ogg or MP3")->required();
  app.add_option("--bins", options.num_mel_bins, "mel bins per frame")->capture_default_str();
  app.add_flag("--raw", raw, "write float32 values without separators instead of text");
  app.add_flag("--subtract-mean", normalise, "subtract each bin's mean, as before the network");
  CLI11_PARSE(app, argc, argv);

  const auto audio = voiceprint::read_audio_file(path);
  if (!audio) return fail(audio.error());
  const auto samples = voiceprint::resample(audio->samples, audio->sample_rate_hz, options.sample_rate_hz);
  if (!samples) return fail(samples.error());
  auto fbank = voiceprint::Fbank::create(options);
  if (!fbank) return fail(fbank.error());
  voiceprint::FeatureMatrix features = fbank->compute(*samples);
  if (normalise) voiceprint::subtract_mean(features.values, features.num_bins);

  if (raw) {
    std::fwrite(features.values.data(), sizeof(float), features.values.size(), stdout);
  } else {
    for (std::size_t t = 0; t < features.num_frames(); ++t)
      for (std::size_t k = 0; k < features.num_bins; ++k)
        std::printf("%.6g%c", static_cast<double>(features.frame(t)[k]), k + 1 < features.num_bins ? ' ' : '\n');
  }
  if (std::fflush(stdout) != 0) return fail({voiceprint::ErrorCode::kIo, "cannot write to standard output"});
  return 0;
}
