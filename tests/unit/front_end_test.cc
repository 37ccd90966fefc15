#include "voiceprint/front_end.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "test_signals.h"
#include "voiceprint/audio_file.h"
#include "voiceprint/resampler.h"

namespace voiceprint {
namespace {

std::vector<float> speech(double seconds, int rate_hz = 16000) {
  const std::vector<float> once =
      *resample(read_audio_file(testing::data_file("speech_flite.wav"))->samples, 16000, rate_hz);
  std::vector<float> samples(static_cast<std::size_t>(seconds * rate_hz));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = once[i % once.size()];
  return samples;
}

FrontEnd run(const std::vector<float>& samples, int rate_hz = 16000, std::size_t block = 0,
             const FrontEndOptions& options = {}) {
  Result<FrontEnd> front_end = FrontEnd::create(options, rate_hz);
  EXPECT_TRUE(front_end) << front_end.error().message;
  if (block == 0) block = samples.size();
  for (std::size_t at = 0; at < samples.size(); at += block)
    EXPECT_TRUE(front_end->push(std::span(samples).subspan(at, std::min(block, samples.size() - at))));
  EXPECT_TRUE(front_end->finish());
  return std::move(*front_end);
}

TEST(FrontEnd, GivesNormalisedSegmentsOfSpeech) {
  const FrontEnd front_end = run(speech(25));
  ASSERT_GE(front_end.num_segments(), 2u);
  EXPECT_GT(front_end.quality().net_speech_s, 15);
  EXPECT_NEAR(front_end.quality().duration_s, 25, 1e-3);
  std::size_t frames = 0;
  for (std::size_t i = 0; i < front_end.num_segments(); ++i) {
    const FeatureMatrix& segment = front_end.segment(i);
    EXPECT_LE(segment.num_frames(), 998u);  // 10 s
    double sum = 0;
    for (std::size_t t = 0; t < segment.num_frames(); ++t) sum += static_cast<double>(segment.frame(t)[20]);
    EXPECT_NEAR(sum / static_cast<double>(segment.num_frames()), 0, 1e-5);
    frames += segment.num_frames();
  }
  EXPECT_NEAR(static_cast<double>(frames) * 160, static_cast<double>(front_end.speech().size()),
              400.0 * static_cast<double>(front_end.num_segments()));
  EXPECT_EQ(quality_reasons(front_end.quality(), {}), kQualityOk);
}

// What diarization embeds: features of parts of the speech, without segments of its own.
TEST(FrontEnd, FeaturesOfPartsAreThoseOfSegments) {
  FrontEnd whole = run(speech(25));
  const std::size_t all = whole.speech().size(), count = whole.num_segments();
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(whole.features(i * all / count, (i + 1) * all / count).values, whole.segment(i).values);
  }
  FrontEnd bare = run(speech(25), 16000, 0, {.crop = {.max_segment_s = 0, .max_speech_s = 3600}});
  EXPECT_EQ(bare.num_segments(), 0u);
  EXPECT_TRUE(std::equal(bare.speech().begin(), bare.speech().end(), whole.speech().begin(), whole.speech().end()));
  EXPECT_EQ(bare.features(0, all).num_frames(), 1 + (all - 400) / 160);
  EXPECT_EQ(bare.features(100, 200).num_frames(), 0u);
}

TEST(FrontEnd, TellsWhereEachStretchOfSpeechLies) {
  std::vector<float> samples = speech(4);
  samples.resize(6 * 16000, 0.0f);
  const std::vector<float> more = speech(8);
  samples.insert(samples.end(), more.begin(), more.end());
  const FrontEnd all = run(samples), little = run(samples, 16000, 0, {.crop = {.max_segment_s = 1, .max_speech_s = 4}});
  ASSERT_GE(all.speech_intervals().size(), 2u);
  std::size_t begin = 0;
  for (const FrontEnd::Interval& interval : all.speech_intervals()) {
    EXPECT_NEAR(static_cast<double>(interval.speech_end - begin),
                16000 * (static_cast<double>(interval.end_s) - static_cast<double>(interval.begin_s)), 1);
    const auto first = static_cast<std::size_t>(std::lround(interval.begin_s * 16000));
    for (const std::size_t i : {begin, interval.speech_end - 1}) EXPECT_EQ(all.speech()[i], samples[first + i - begin]);
    begin = interval.speech_end;
  }
  EXPECT_EQ(begin, all.speech().size());
  EXPECT_EQ(little.speech_intervals().size(), all.speech_intervals().size());
  EXPECT_EQ(little.speech_intervals().back().speech_end, 4u * 16000);
}

// Less their level, features keep the long-term spectrum; less that as well, they are those of every bin's own mean.
TEST(FrontEnd, MayKeepTheLongTermSpectrum) {
  FrontEndOptions options;
  options.mean_normalisation = MeanNormalisation::kLevel;
  const FrontEnd kept = run(speech(5), 16000, 0, options), gone = run(speech(5));
  ASSERT_EQ(kept.num_segments(), gone.num_segments());
  for (std::size_t i = 0; i < kept.num_segments(); ++i) {
    FeatureMatrix segment = kept.segment(i);
    double sum = 0;
    for (const float value : segment.values) sum += static_cast<double>(value);
    EXPECT_NEAR(sum / static_cast<double>(segment.values.size()), 0, 1e-5);
    EXPECT_NE(segment.values, gone.segment(i).values);
    subtract_mean(segment.values, segment.num_bins);
    for (std::size_t k = 0; k < segment.values.size(); ++k)
      ASSERT_NEAR(segment.values[k], gone.segment(i).values[k], 1e-5);
  }
}

TEST(FrontEnd, DoesNotDependOnHowAudioIsCut) {
  FrontEndOptions options;
  options.crop.window_s = 5;  // several windows in little audio
  for (int rate : {16000, 44100, 8000}) {
    const std::vector<float> samples = speech(18, rate);
    const FrontEnd whole = run(samples, rate, 0, options);
    for (std::size_t block : {std::size_t{128}, std::size_t{4097}, std::size_t{100000}}) {
      const FrontEnd pieces = run(samples, rate, block, options);
      ASSERT_EQ(pieces.num_segments(), whole.num_segments());
      for (std::size_t i = 0; i < whole.num_segments(); ++i)
        EXPECT_EQ(pieces.segment(i).values, whole.segment(i).values);
      EXPECT_TRUE(
          std::equal(pieces.speech().begin(), pieces.speech().end(), whole.speech().begin(), whole.speech().end()));
      const Quality a = pieces.quality(), b = whole.quality();
      EXPECT_EQ(a.net_speech_s, b.net_speech_s);
      EXPECT_EQ(a.level_dbfs, b.level_dbfs);
      EXPECT_EQ(a.snr_db, b.snr_db);
      EXPECT_EQ(a.bandwidth_hz, b.bandwidth_hz);
      EXPECT_EQ(a.clipped_fraction, b.clipped_fraction);
    }
  }
}

TEST(FrontEnd, ResetMakesItAsNew) {
  const std::vector<float> samples = speech(4);
  Result<FrontEnd> front_end = FrontEnd::create({}, 16000);
  ASSERT_TRUE(front_end->push(testing::noise(20000)));
  ASSERT_TRUE(front_end->finish());
  EXPECT_EQ(front_end->push(samples).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(front_end->finish().error().code, ErrorCode::kInvalidArgument);
  front_end->reset();
  ASSERT_TRUE(front_end->push(samples));
  ASSERT_TRUE(front_end->finish());
  EXPECT_EQ(front_end->segment(0).values, run(samples).segment(0).values);
}

TEST(FrontEnd, FillsInQuality) {
  const std::vector<float> clean = speech(6);
  const Quality quality = run(clean).quality();
  EXPECT_GT(quality.snr_db, 20);
  EXPECT_GT(quality.bandwidth_hz, 5500);
  EXPECT_EQ(quality.clipped_fraction, 0);
  EXPECT_LT(quality.peak_dbfs, 0.01f);
  EXPECT_GT(quality.level_dbfs, -40);

  std::vector<float> clipped = clean, quiet = clean, noisy = clean;
  const std::vector<float> hiss = testing::noise(clean.size(), 0.15f);
  for (std::size_t i = 0; i < clean.size(); ++i) {
    clipped[i] = std::clamp(10 * clean[i], -1.0f, 1.0f);
    quiet[i] = 0.01f * clean[i];
    noisy[i] = 0.3f * clean[i] + hiss[i];
  }
  EXPECT_TRUE(quality_reasons(run(clipped).quality(), {}) & kClipped);
  EXPECT_TRUE(quality_reasons(run(quiet).quality(), {}) & kTooQuiet);
  EXPECT_LT(run(noisy).quality().snr_db, 8);
  EXPECT_NE(quality_reasons(run(noisy).quality(), {}), kQualityOk);
}

TEST(FrontEnd, TelephoneSpeechIsLegal) {
  const AudioBuffer telephone = *read_audio_file(testing::data_file("speech_telephone.wav"));
  const FrontEnd front_end = run(telephone.samples, telephone.sample_rate_hz);
  EXPECT_EQ(telephone.sample_rate_hz, 8000);
  EXPECT_EQ(quality_reasons(front_end.quality(), {}), kQualityOk);
  EXPECT_LT(front_end.quality().bandwidth_hz, 4300);
}

TEST(FrontEnd, WithoutSpeechHasNoSegmentsButAReason) {
  for (const std::vector<float>& samples : {std::vector<float>(48000, 0.0f), testing::noise(48000, 0.3f),
                                            testing::noise(800, 0.3f), std::vector<float>(1, 0.5f)}) {
    const FrontEnd front_end = run(samples);
    EXPECT_EQ(front_end.num_segments(), 0u);
    EXPECT_TRUE(quality_reasons(front_end.quality(), {}) & kNoSpeech);
    EXPECT_TRUE(front_end.speech().empty());
    EXPECT_TRUE(front_end.speech_intervals().empty());
  }
}

TEST(FrontEnd, FiftyMillisecondsAreInconclusive) {
  const std::vector<float> samples = speech(3);
  const FrontEnd front_end = run(std::vector<float>(samples.begin() + 8000, samples.begin() + 8800));
  EXPECT_TRUE(is_inconclusive(quality_reasons(front_end.quality(), {})));
}

TEST(FrontEnd, IntervalsLieWhereTheSpeechIs) {
  std::vector<float> samples(32000, 0.0f);
  const std::vector<float> voice = speech(3);
  samples.insert(samples.end(), voice.begin(), voice.end());
  const FrontEnd front_end = run(samples);
  ASSERT_FALSE(front_end.speech_intervals().empty());
  EXPECT_GT(front_end.speech_intervals().front().begin_s, 1.8f);
  EXPECT_LE(front_end.speech_intervals().back().end_s, 5.0f);
}

// Three hours, in blocks: little memory (at most max_speech_s of speech and one and a half windows) and little time.
TEST(FrontEnd, TakesThreeHours) {
  const std::vector<float> minute = speech(60);
  Result<FrontEnd> front_end = FrontEnd::create({}, 16000);
  for (int i = 0; i < 180; ++i) ASSERT_TRUE(front_end->push(minute));
  ASSERT_TRUE(front_end->finish());
  EXPECT_NEAR(front_end->quality().duration_s, 10800, 0.01);
  EXPECT_GT(front_end->quality().net_speech_s, 5000);
  EXPECT_EQ(front_end->speech().size(), 960000u);
  EXPECT_EQ(front_end->num_segments(), 6u);
}

TEST(FrontEnd, RefusesBadSamplesAndNamesThem) {
  Result<FrontEnd> front_end = FrontEnd::create({}, 16000);
  ASSERT_TRUE(front_end->push(testing::noise(1000)));
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    const Result<void> pushed = front_end->push(std::vector<float>{0.f, bad});
    ASSERT_FALSE(pushed);
    EXPECT_EQ(pushed.error().code, ErrorCode::kNonFiniteSample);
    EXPECT_NE(pushed.error().message.find("1001"), std::string::npos);
  }
  EXPECT_EQ(front_end->push(std::vector<float>{1e30f}).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(FrontEnd::create({}, 16000)->finish().error().code, ErrorCode::kEmptyAudio);
}

TEST(FrontEnd, TakesSamplesBeyondFullScale) {
  std::vector<float> loud = speech(4);
  for (float& sample : loud) sample *= 1000;
  EXPECT_GT(run(loud).quality().net_speech_s, 2);
}

TEST(FrontEnd, RefusesOptionsOutOfRange) {
  const auto expect = [](const FrontEndOptions& options, int rate, const std::string& name) {
    const Result<FrontEnd> front_end = FrontEnd::create(options, rate);
    ASSERT_FALSE(front_end) << name;
    EXPECT_EQ(front_end.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(front_end.error().message.find(name), std::string::npos) << front_end.error().message;
  };
  for (int rate : {0, -1, 7999, 192001, 10'000'000}) expect({}, rate, "input_rate_hz");
  expect({.crop = {.window_s = 4}}, 16000, "window_s");
  expect({.crop = {.max_segment_s = 0.5f}}, 16000, "max_segment_s");
  expect({.crop = {.max_segment_s = 0, .max_speech_s = 0.5f}}, 16000, "max_speech_s");
  expect({.crop = {.max_speech_s = 9}}, 16000, "max_speech_s");
  expect({.fbank = {.num_mel_bins = 1}}, 16000, "num_mel_bins");
  expect({.fbank = {.sample_rate_hz = 8000, .high_frequency_hz = 4000}}, 16000, "sample_rate_hz");
  expect({.vad = {.margin_db = -1}}, 16000, "margin_db");
}

}  // namespace
}  // namespace voiceprint
