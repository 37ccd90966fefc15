// Speed of the core on one thread. `realtime` is how many seconds of audio one second of computing takes.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "voiceprint/fbank.h"
#include "voiceprint/front_end.h"
#include "voiceprint/resampler.h"
#include "voiceprint/vad.h"

namespace {

constexpr double kSeconds = 10;

// Voice-like audio: a harmonic tone that swells and dies four times a second, in noise. Unlike plain noise it takes
// every path.
std::vector<float> audio(int rate_hz) {
  std::vector<float> samples(static_cast<std::size_t>(kSeconds * rate_hz));
  std::mt19937 random(1);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    double voice = 0;
    for (int k = 1; k < 20; ++k) voice += std::sin(6.2831853 * 140 * k * t) / k;
    const double swell = 0.5 - 0.5 * std::cos(6.2831853 * 4 * t);
    samples[i] = static_cast<float>(0.2 * swell * voice + 0.01 * (static_cast<double>(random()) / 2147483648.0 - 1));
  }
  return samples;
}

void report(benchmark::State& state) {
  state.counters["realtime"] = benchmark::Counter(kSeconds, benchmark::Counter::kIsIterationInvariantRate);
}

void fbank(benchmark::State& state) {
  const std::vector<float> samples = audio(16000);
  voiceprint::Result<voiceprint::Fbank> fbank = voiceprint::Fbank::create({});
  const std::size_t frames = fbank->num_frames(samples.size());
  std::vector<float> features(frames * 80);
  for (auto _ : state) {
    fbank->compute(samples, features);
    benchmark::DoNotOptimize(features.data());
  }
  state.counters["frames_per_second"] =
      benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsIterationInvariantRate);
  report(state);
}
BENCHMARK(fbank);

void resampler(benchmark::State& state) {
  const int rate = static_cast<int>(state.range(0));
  const std::vector<float> samples = audio(rate);
  voiceprint::Result<voiceprint::Resampler> resampler = voiceprint::Resampler::create(rate, 16000);
  std::vector<float> output;
  for (auto _ : state) {
    output.clear();
    resampler->push(samples, output);
    resampler->finish(output);
    benchmark::DoNotOptimize(output.data());
  }
  report(state);
}
BENCHMARK(resampler)->Arg(8000)->Arg(17600)->Arg(44100)->Arg(44101)->Arg(48000)->Arg(192000);

void vad(benchmark::State& state) {
  const std::vector<float> samples = audio(16000);
  for (auto _ : state) benchmark::DoNotOptimize(voiceprint::detect_speech(samples)->num_speech_samples);
  report(state);
}
BENCHMARK(vad);

void front_end(benchmark::State& state) {
  const int rate = static_cast<int>(state.range(0));
  const std::vector<float> samples = audio(rate);
  voiceprint::Result<voiceprint::FrontEnd> front_end = voiceprint::FrontEnd::create({}, rate);
  for (auto _ : state) {
    front_end->reset();
    if (!front_end->push(samples) || !front_end->finish()) state.SkipWithError("the front end refused the audio");
    benchmark::DoNotOptimize(front_end->num_segments());
  }
  report(state);
}
BENCHMARK(front_end)->Arg(16000)->Arg(48000);

}  // namespace

BENCHMARK_MAIN();
