#include "data/stats.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace voiceprint::trainer {
namespace {

nlohmann::json spread(std::vector<double> values) {
  if (values.empty()) return nullptr;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {{"least", values.front()},
          {"median", median},
          {"mean", sum / static_cast<double>(values.size())},
          {"most", values.back()}};
}

}  // namespace

nlohmann::json pack_stats(std::span<const PackRecord> records, std::size_t num_speakers,
                          const std::vector<std::string>& groups, std::int32_t sample_rate_hz) {
  struct Group {
    std::uint64_t records = 0, samples = 0;
    std::set<std::uint32_t> speakers;
  };
  std::vector<double> seconds, speaker_records(num_speakers), speaker_seconds(num_speakers);
  std::vector<Group> by_group(groups.size());
  std::uint64_t samples = 0;
  for (const PackRecord& record : records) {
    seconds.push_back(static_cast<double>(record.num_samples) / sample_rate_hz);
    speaker_records[record.speaker] += 1;
    speaker_seconds[record.speaker] += seconds.back();
    Group& group = by_group[record.group];
    group.records += 1;
    group.samples += record.num_samples;
    group.speakers.insert(record.speaker);
    samples += record.num_samples;
  }
  const auto hours = [&](std::uint64_t count) { return static_cast<double>(count) / sample_rate_hz / 3600; };
  nlohmann::json group_stats = nlohmann::json::object();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    group_stats[groups[i]] = {{"records", by_group[i].records},
                              {"hours", hours(by_group[i].samples)},
                              {"speakers", by_group[i].speakers.size()}};
  }
  return {{"records", records.size()},
          {"hours", hours(samples)},
          {"speakers", num_speakers},
          {"speakers_with_one_record", std::count(speaker_records.begin(), speaker_records.end(), 1.0)},
          {"seconds_per_record", spread(std::move(seconds))},
          {"records_per_speaker", spread(std::move(speaker_records))},
          {"seconds_per_speaker", spread(std::move(speaker_seconds))},
          {"groups", group_stats}};
}

}  // namespace voiceprint::trainer
