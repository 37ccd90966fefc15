#include "data/analyse_file.h"

#include <optional>

#include "voiceprint/audio_file.h"

namespace voiceprint::trainer {

Result<FrontEnd> analyse_file(const std::string& path, const FrontEndOptions& options) {
  std::optional<FrontEnd> front_end;
  std::optional<Error> failure;
  const auto info = stream_audio_file(path, [&](const AudioInfo& audio, std::span<const float> mono) {
    if (!front_end) {
      auto created = FrontEnd::create(options, audio.sample_rate_hz);
      if (created)
        front_end = std::move(created.value());
      else
        failure = created.error();
    }
    if (!failure) {
      if (const auto pushed = front_end->push(mono); !pushed) failure = pushed.error();
    }
    return !failure;
  });
  if (!failure && !info) return info.error();
  if (!failure) {
    if (const auto finished = front_end->finish(); !finished) failure = finished.error();
  }
  if (failure) return Error{failure->code, path + ": " + failure->message};
  return std::move(*front_end);
}

}  // namespace voiceprint::trainer
