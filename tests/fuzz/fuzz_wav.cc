// Any bytes as a WAV file: what the parser accepts lies inside the file, and decodes to finite samples or an error.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "voiceprint/wav.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// Half of the inputs are wrapped into a RIFF file, so that the fuzzer need not guess the outer layers: 24 bytes of
// format chunk, then data.
std::vector<std::uint8_t> make_file(std::span<const std::uint8_t> input) {
  if (input.empty() || input[0] % 2 == 0) return {input.begin(), input.end()};
  input = input.subspan(1);
  const std::size_t format_bytes = std::min<std::size_t>(input.size(), 24);
  const std::size_t data_bytes = input.size() - format_bytes;
  std::vector<std::uint8_t> file;
  auto put = [&](const char* text) { file.insert(file.end(), text, text + 4); };
  auto put_size = [&](std::size_t size) {
    for (int shift = 0; shift < 32; shift += 8) file.push_back(static_cast<std::uint8_t>(size >> shift));
  };
  put("RIFF");
  put_size(20 + input.size());
  put("WAVE");
  put("fmt ");
  put_size(format_bytes);
  file.insert(file.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(format_bytes));
  put("data");
  put_size(data_bytes);
  file.insert(file.end(), input.begin() + static_cast<std::ptrdiff_t>(format_bytes), input.end());
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t num_bytes) {
  const std::vector<std::uint8_t> file = make_file({input, num_bytes});
  auto format = voiceprint::parse_wav_header(file, file.size());
  if (!format) {
    require(!format.error().message.empty());
    return 0;
  }
  require(format->num_channels >= 1 && format->num_channels <= 64);
  require(format->sample_rate_hz >= 1000 && format->sample_rate_hz <= 768000);
  require(format->num_frames > 0);
  const std::uint64_t data_bytes = format->num_frames * static_cast<std::uint64_t>(format->bytes_per_frame());
  require(format->data_offset <= file.size() && data_bytes <= file.size() - format->data_offset);

  std::vector<float> mono(static_cast<std::size_t>(format->num_frames));
  const auto bytes =
      std::span(file).subspan(static_cast<std::size_t>(format->data_offset), static_cast<std::size_t>(data_bytes));
  if (voiceprint::decode_wav(*format, bytes, mono).ok()) {
    for (float sample : mono) require(std::isfinite(sample));
  }
  return 0;
}
