#include "voiceprint/resampler.h"

#include <gtest/gtest.h>

#include "test_signals.h"

namespace voiceprint {
namespace {

// Gain in dB of a tone, resampled: power of the output at all frequencies, so that aliases and images count. Away from
// the ends.
double gain_db(double hz, int input_rate, int output_rate) {
  const std::vector<float> input = testing::tone(static_cast<std::size_t>(input_rate), hz, input_rate);
  std::vector<float> output = *resample(input, input_rate, output_rate);
  const std::size_t edge = output.size() / 5;
  output = std::vector<float>(output.begin() + static_cast<std::ptrdiff_t>(edge),
                              output.end() - static_cast<std::ptrdiff_t>(edge));
  return 20 * std::log10(testing::root_mean_square(output) / (0.5 / std::sqrt(2.0)) + 1e-12);
}

const int kRates[] = {8000,  11025, 12000, 17600, 14400, 22050,  24000, 32000,
                      44100, 44101, 48000, 88200, 96000, 176400, 192000};

TEST(Resampler, PassBandIsFlat) {
  for (int rate : kRates)
    for (double share : {0.005, 0.1, 0.5, 0.8, 0.9375}) {
      const double hz = share * 0.5 * std::min(rate, 16000);
      EXPECT_NEAR(gain_db(hz, rate, 16000), 0, 0.1) << rate << " Hz, tone of " << hz;
    }
}

TEST(Resampler, WhatWouldAliasIsEightyDecibelDown) {
  for (int rate : kRates)
    for (double hz :
         {8500.0, 9000.0, 10000.0, 12000.0, 15000.0, 15900.0, 16500.0, 23000.0, 31000.0, 47000.0, 80000.0, 95000.0})
      if (hz < 0.5 * rate) {
        EXPECT_LT(gain_db(hz, rate, 16000), -80) << rate << " Hz, tone of " << hz;
      }
}

// Upsampling leaves images of the tone at multiples of the input rate: what is left when the tone itself is taken away.
TEST(Resampler, ImagesAreEightyDecibelDown) {
  for (int rate : {8000, 11025, 12000, 14400})
    for (double share : {0.1, 0.5, 0.9375}) {
      const double hz = share * 0.5 * rate;
      const std::vector<float> output = *resample(testing::tone(static_cast<std::size_t>(rate), hz, rate), rate, 16000);
      std::vector<float> rest;
      const std::vector<float> ideal = testing::tone(output.size(), hz, 16000);
      double gain = 0, power = 0;
      for (std::size_t i = 3200; i < 12800; ++i) {
        gain += static_cast<double>(output[i]) * static_cast<double>(ideal[i]);
        power += static_cast<double>(ideal[i]) * static_cast<double>(ideal[i]);
      }
      for (std::size_t i = 3200; i < 12800; ++i)
        rest.push_back(
            static_cast<float>(static_cast<double>(output[i]) - gain / power * static_cast<double>(ideal[i])));
      EXPECT_LT(20 * std::log10(testing::root_mean_square(rest) / 0.3536), -80) << rate << " Hz, tone of " << hz;
    }
}

TEST(Resampler, StreamingEqualsOneShot) {
  for (const auto& [from, to] :
       {std::pair{44100, 16000}, {48000, 16000}, {8000, 16000}, {44101, 16000}, {16000, 16000}, {16000, 17600}}) {
    const std::vector<float> input = testing::noise(5000);
    const std::vector<float> whole = *resample(input, from, to);
    Resampler resampler = *Resampler::create(from, to);
    for (std::size_t block : {1u, 3u, 128u, 999u, 5000u}) {
      std::vector<float> pieces;
      for (std::size_t at = 0; at < input.size(); at += block)
        resampler.push(std::span(input).subspan(at, std::min(block, input.size() - at)), pieces);
      resampler.finish(pieces);  // and the object is as new for the next round
      EXPECT_EQ(pieces, whole) << from << " to " << to << " in blocks of " << block;
    }
  }
}

TEST(Resampler, GivesTheStatedNumberOfSamples) {
  for (int from : {8000, 16000, 44100, 44101, 48000, 192000})
    for (std::size_t count : {0u, 1u, 2u, 3u, 100u, 4801u}) {
      const std::uint64_t expected =
          (count * 16000ull + static_cast<std::uint64_t>(from) - 1) / static_cast<std::uint64_t>(from);
      EXPECT_EQ(resample(testing::noise(count), from, 16000)->size(), expected) << from << " " << count;
    }
}

TEST(Resampler, HasNoDelay) {
  for (int rate : {8000, 44100, 48000, 44101}) {
    const std::vector<float> output = *resample(testing::tone(static_cast<std::size_t>(rate), 300, rate), rate, 16000);
    const std::vector<float> ideal = testing::tone(16000, 300, 16000);
    for (std::size_t i = 1000; i < 15000; ++i) ASSERT_NEAR(output[i], ideal[i], 2e-4) << rate << " sample " << i;
  }
}

TEST(Resampler, ResetForgets) {
  Resampler resampler = *Resampler::create(48000, 16000);
  std::vector<float> dropped, output;
  resampler.push(testing::noise(1000), dropped);
  resampler.reset();
  const std::vector<float> input = testing::noise(1000, 0.5f, 2);
  resampler.push(input, output);
  resampler.finish(output);
  EXPECT_EQ(output, *resample(input, 48000, 16000));
}

TEST(Resampler, RefusesRatesOutOfRange) {
  for (const auto& [from, to] :
       {std::pair{999, 16000}, {384001, 16000}, {0, 16000}, {-1, 16000}, {16000, 999}, {16000, 384001}, {383999, 1000}})
    EXPECT_EQ(Resampler::create(from, to).error().code, ErrorCode::kInvalidArgument) << from << " to " << to;
  EXPECT_EQ(resample({}, 0, 1).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace voiceprint
