// metrics_bench TRIALS [RESAMPLINGS]: measures that many made-up LLRs of 1,000 speakers, one in ten a target, and
// prints one JSON object: CPU seconds of the measurement alone, on one core, and the largest memory of the whole
// process.
//   /usr/bin/time -v build/release/tests/benchmark/metrics_bench 10000000
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

#include "voiceprint/trial_metrics.h"

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  if (count == 0) {
    std::fprintf(stderr, "usage: metrics_bench TRIALS [RESAMPLINGS]\n");
    return 2;
  }
  voiceprint::TrialMetricsOptions options;
  options.scores_are_llrs = true;
  options.resamplings = argc > 2 ? static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)) : 0;

  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 2);
  std::vector<voiceprint::ScoredTrial> trials(count);
  for (std::size_t i = 0; i < count; ++i) {
    voiceprint::ScoredTrial& trial = trials[i];
    trial.is_target = i % 10 == 0;
    trial.enroll_speaker = random() % 1000;
    trial.test_speaker = trial.is_target ? trial.enroll_speaker : random() % 1000;
    trial.score = normal(random) + (trial.is_target ? 2.0f : -2.0f);
  }

  const std::clock_t start = std::clock();
  const auto metrics = voiceprint::measure_trials(trials, options);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (!metrics) {
    std::fprintf(stderr, "metrics_bench: %s\n", metrics.error().message.c_str());
    return 1;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"trials\": %zu, \"resamplings\": %zu, \"cpu_seconds\": %.3f, \"peak_mib\": %ld, \"eer\": %.6f, "
      "\"min_dcf_001\": "
      "%.6f, "
      "\"cllr\": %.6f, \"min_cllr\": %.6f}\n",
      count, metrics->num_resamplings, seconds, usage.ru_maxrss / 1024, metrics->eer.value,
      metrics->costs[0].min_dcf.value, metrics->cllr.value, metrics->min_cllr.value);
  return 0;
}
