#include "voiceprint/audio_file.h"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "test_signals.h"
#include "wav_bytes.h"

namespace voiceprint {
namespace {

using testing::TemporaryFile;

void write_bytes(const std::string& path, const testing::Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void write_sndfile(const std::string& path, int format, const std::vector<float>& interleaved, int channels, int rate) {
  SF_INFO info{};
  info.format = format;
  info.channels = channels;
  info.samplerate = rate;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
  const sf_count_t frames = static_cast<sf_count_t>(interleaved.size()) / channels;
  ASSERT_EQ(sf_writef_float(file, interleaved.data(), frames), frames);
  sf_close(file);
}

void expect_error(const std::string& path, ErrorCode code) {
  const Result<AudioBuffer> read = read_audio_file(path);
  ASSERT_FALSE(read) << path;
  EXPECT_EQ(read.error().code, code) << read.error().message;
  EXPECT_NE(read.error().message.find(path), std::string::npos) << "the error does not name the file";
}

TEST(AudioFile, WavSurvivesARoundTrip) {
  const TemporaryFile file(".wav");
  const std::vector<float> samples = testing::noise(50000, 0.9f);
  ASSERT_TRUE(write_wav16(file.path(), samples, 22050));
  const Result<AudioBuffer> read = read_audio_file(file.path());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->sample_rate_hz, 22050);
  ASSERT_EQ(read->samples.size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_NEAR(read->samples[i], samples[i], 0.5001 / 32768);
}

TEST(AudioFile, WritingSaturatesAndRefusesNonFinite) {
  const TemporaryFile file(".wav");
  ASSERT_TRUE(write_wav16(file.path(), std::vector<float>{2.f, -2.f, 1.f}, 16000));
  EXPECT_EQ(read_audio_file(file.path())->samples, (std::vector<float>{32767 / 32768.f, -1.f, 32767 / 32768.f}));
  const auto nan = write_wav16(file.path(), std::vector<float>{std::numeric_limits<float>::quiet_NaN()}, 16000);
  EXPECT_EQ(nan.error().code, ErrorCode::kNonFiniteSample);
  EXPECT_EQ(write_wav16("/nowhere/at/all.wav", {}, 16000).error().code, ErrorCode::kIo);
}

TEST(AudioFile, ReadsFlacExactlyAndMixesChannels) {
  const TemporaryFile file(".flac");
  write_sndfile(file.path(), SF_FORMAT_FLAC | SF_FORMAT_PCM_16, {0.5f, 0.f, -0.25f, -0.75f}, 2, 44100);
  const Result<AudioBuffer> read = read_audio_file(file.path());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->sample_rate_hz, 44100);
  ASSERT_EQ(read->samples.size(), 2u);
  EXPECT_NEAR(read->samples[0], 0.25f, 1e-4);
  EXPECT_NEAR(read->samples[1], -0.5f, 1e-4);
}

TEST(AudioFile, ReadsLossyFormats) {
  const std::vector<float> samples = testing::tone(32000, 440, 16000);
  const struct {
    const char* suffix;
    int format;
    int rate;  // Opus plays at 48 kHz, whatever was encoded
  } kinds[] = {{".opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000},
               {".ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 16000},
               {".mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16000}};
  for (const auto& kind : kinds) {
    const TemporaryFile file(kind.suffix);
    write_sndfile(file.path(), kind.format, samples, 1, 16000);
    const Result<AudioBuffer> read = read_audio_file(file.path());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->sample_rate_hz, kind.rate) << kind.suffix;
    EXPECT_NEAR(static_cast<double>(read->samples.size()) / kind.rate, 2.0, 0.16) << kind.suffix;
    EXPECT_NEAR(testing::root_mean_square(read->samples), 0.3536, 0.02) << kind.suffix;
  }
}

TEST(AudioFile, StreamsInBlocksUntilTheSinkHasEnough) {
  const TemporaryFile file(".wav");
  ASSERT_TRUE(write_wav16(file.path(), testing::noise(100000), 8000));
  std::size_t blocks = 0, samples = 0;
  const auto info = stream_audio_file(file.path(), [&](const AudioInfo& header, std::span<const float> mono) {
    EXPECT_EQ(header.num_frames, 100000u);
    ++blocks;
    samples += mono.size();
    return samples < 40000;
  });
  ASSERT_TRUE(info);
  EXPECT_GE(samples, 40000u);
  EXPECT_LT(samples, 100000u);
  EXPECT_GT(blocks, 1u);
}

TEST(AudioFile, ReadsAWavHeaderBehindLongNotes) {
  const TemporaryFile file(".wav");
  testing::WavFields fields;
  testing::put_id(fields.before_data, "LIST");
  testing::put(fields.before_data, 300000, 4);
  fields.before_data.resize(fields.before_data.size() + 300000);
  write_bytes(file.path(), testing::make_wav(fields, {0, 0x40}));
  const Result<AudioBuffer> read = read_audio_file(file.path());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->samples, std::vector<float>{0.5f});
}

TEST(AudioFile, RefusesBadFiles) {
  expect_error("/nowhere/at/all.wav", ErrorCode::kIo);
  expect_error(std::filesystem::temp_directory_path().string(), ErrorCode::kIo);
  const TemporaryFile file(".wav");
  write_bytes(file.path(), {});
  expect_error(file.path(), ErrorCode::kEmptyAudio);
  const std::string text = "This is a text that someone renamed to recording.wav, alas.";
  write_bytes(file.path(), testing::Bytes(text.begin(), text.end()));
  expect_error(file.path(), ErrorCode::kUnsupportedFormat);
  write_bytes(file.path(), testing::make_wav({.data_size = 1000}, testing::Bytes(500)));
  expect_error(file.path(), ErrorCode::kTruncated);
  write_bytes(file.path(), testing::make_wav({.channels = 0}, testing::Bytes(500)));
  expect_error(file.path(), ErrorCode::kCorruptData);
  write_bytes(file.path(), testing::make_wav({.tag = 3, .bits = 32},
                                             testing::float_bytes({0.f, std::numeric_limits<float>::infinity()})));
  expect_error(file.path(), ErrorCode::kNonFiniteSample);
}

TEST(AudioFile, RefusesATruncatedFlac) {
  const TemporaryFile whole(".flac"), cut(".flac");
  write_sndfile(whole.path(), SF_FORMAT_FLAC | SF_FORMAT_PCM_16, testing::noise(100000), 1, 16000);
  std::ifstream input(whole.path(), std::ios::binary);
  testing::Bytes bytes{std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
  for (double share : {0.3, 0.7, 0.999}) {
    write_bytes(cut.path(),
                testing::Bytes(bytes.begin(),
                               bytes.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(bytes.size()))));
    expect_error(cut.path(), ErrorCode::kTruncated);
  }
}

TEST(AudioFile, ReadsTheCorpusWhole) {
  const std::string folder = testing::speech_folder();
  if (folder.empty()) GTEST_SKIP() << "no real speech here (set VOICEPRINT_SPEECH)";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder + "/dev")) {
    if (entry.path().extension() != ".opus" || ++files % 20 != 0) continue;
    const Result<AudioBuffer> read = read_audio_file(entry.path().string());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->sample_rate_hz, 48000);  // the rate that Opus decodes at
    EXPECT_FALSE(read->samples.empty());
  }
  EXPECT_GT(files, 1000u);
}

}  // namespace
}  // namespace voiceprint
