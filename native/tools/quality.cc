// voiceprint-quality FILE...: speech and signal quality of audio files.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "voiceprint/audio_file.h"
#include "voiceprint/front_end.h"

namespace {

std::string names_of(std::uint32_t reasons) {
  static const std::pair<voiceprint::QualityReason, const char*> kNames[] = {
      {voiceprint::kTooShort, "too_short"}, {voiceprint::kTooQuiet, "too_quiet"},
      {voiceprint::kClipped, "clipped"},    {voiceprint::kNoisy, "noisy"},
      {voiceprint::kNoSpeech, "no_speech"}, {voiceprint::kBandLimited, "band_limited"}};
  std::string names;
  for (const auto& [bit, name] : kNames)
    if (reasons & bit) names += (names.empty() ? "" : ",") + std::string(name);
  return names.empty() ? "ok" : names;
}

// Streams the file through the front end: a recording of hours needs no more memory than one of seconds.
voiceprint::Result<voiceprint::Quality> measure(const std::string& path) {
  voiceprint::Result<voiceprint::FrontEnd> front_end = voiceprint::Error{};
  voiceprint::Result<void> pushed;
  const auto info =
      voiceprint::stream_audio_file(path, [&](const voiceprint::AudioInfo& audio, std::span<const float> mono) {
        if (!front_end) front_end = voiceprint::FrontEnd::create({}, audio.sample_rate_hz);
        pushed = front_end ? front_end->push(mono) : voiceprint::Result<void>(front_end.error());
        return pushed.ok();
      });
  if (!info) return info.error();
  if (pushed) pushed = front_end->finish();
  if (!pushed) return voiceprint::Error{pushed.error().code, path + ": " + pushed.error().message};
  return front_end->quality();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Prints how much speech an audio file holds and how good it is."};
  std::vector<std::string> paths;
  app.add_option("FILE", paths, "WAV, FLAC, Ogg or MP3")->required();
  CLI11_PARSE(app, argc, argv);

  int status = 0;
  std::printf("duration_s net_speech_s level_dbfs peak_dbfs clipped snr_db bandwidth_hz reasons file\n");
  for (const std::string& path : paths) {
    const auto quality = measure(path);
    if (!quality) {
      std::fprintf(stderr, "voiceprint-quality: %s\n", quality.error().message.c_str());
      status = 1;
      continue;
    }
    const auto number = [](float value) { return static_cast<double>(value); };
    std::printf("%.2f %.2f %.1f %.1f %.4f %.1f %.0f %s %s\n", number(quality->duration_s),
                number(quality->net_speech_s), number(quality->level_dbfs), number(quality->peak_dbfs),
                number(quality->clipped_fraction), number(quality->snr_db), number(quality->bandwidth_hz),
                names_of(voiceprint::quality_reasons(*quality, {})).c_str(), path.c_str());
  }
  return status;
}
