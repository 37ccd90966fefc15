#include "data/batch_plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_set>

#include "data/permutation.h"
#include "error.h"

namespace voiceprint::trainer {
namespace {

constexpr double kSimilarLength = 1.1;  // longest over shortest recording of a pool, when there are enough

// Where what is shuffled gets its keys from.
enum Shuffle : std::uint64_t { kSchedule = 0x5c4ed, kVoices, kRecordings, kVoiceRecordings };

// `take` different items of 0..n-1. Successive ordinals take them in shuffled passes; what does not fill a take at the
// end of a pass is left out of that pass.
std::vector<std::uint64_t> take_shuffled(std::initializer_list<std::uint64_t> key, std::uint64_t n, std::uint64_t take,
                                         std::uint64_t ordinal) {
  const std::uint64_t takes = n / take;
  const Permutation order({Random(key).bits(), ordinal / takes}, n);
  std::vector<std::uint64_t> items(take);
  for (std::uint64_t i = 0; i < take; ++i) items[i] = order(ordinal % takes * take + i);
  return items;
}

std::size_t draw_weighted(Random& random, const std::vector<double>& cumulative) {
  const double at = random.uniform(0, cumulative.back());
  const auto index = std::upper_bound(cumulative.begin(), cumulative.end(), at) - cumulative.begin();
  return std::min(static_cast<std::size_t>(index), cumulative.size() - 1);
}

}  // namespace

BatchPlanner::BatchPlanner(const Config& config, const Pack& pack, const EffectChoices& choices)
    : config_(config), pack_(pack), choices_(choices), extractor_(make_extractor(config)) {
  if (num_speakers() < 2)
    throw TrainerError(config.data.pack + ": has " + std::to_string(num_speakers()) +
                       " speaker; training needs at least 2, better hundreds");
  for (const auto& [name, recordings] : recordings_together()) {
    if (config.data.whole_utterances) {
      for (const auto& similar : by_length(recordings)) add_pool(similar, name);
    } else {
      add_pool(recordings, name);
    }
  }
  for (Pool& pool : pools_) {
    const std::uint64_t items = config.data.sampler == "random" ? pool.recordings.size() : pool.voices.size();
    pool.first_slot = num_slots_;
    num_slots_ += std::max<std::uint64_t>(1, (items + pool.per_batch / 2) / pool.per_batch);
  }
}

std::map<std::string, std::vector<std::uint32_t>> BatchPlanner::recordings_together() const {
  const std::string& pack = config_.data.pack;
  std::map<std::string, std::vector<std::uint32_t>> together;
  for (std::size_t i = 0; i < pack_.records().size(); ++i) {
    const std::string group =
        config_.data.groups ? ": group \"" + pack_.groups()[pack_.records()[i].group] + "\"" : std::string();
    together[pack + group].push_back(static_cast<std::uint32_t>(i));
  }
  if (!config_.data.groups) return together;
  const auto fills_batch = [&](const std::vector<std::uint32_t>& recordings) {
    std::set<std::uint32_t> speakers;
    for (const std::uint32_t recording : recordings) speakers.insert(pack_.records()[recording].speaker);
    return speakers.size() >= static_cast<std::size_t>(config_.data.speakers_per_batch);
  };
  const auto join_small = [&](const auto& joined_name) {
    std::map<std::string, std::vector<std::uint32_t>> result;
    for (const auto& [name, recordings] : together) {
      auto& target = result[fills_batch(recordings) ? name : joined_name(name)];
      target.insert(target.end(), recordings.begin(), recordings.end());
    }
    together = std::move(result);
  };
  join_small([](const std::string& name) {
    const std::size_t slash = name.rfind('/');
    const std::size_t group = name.rfind(": group ");
    return slash == std::string::npos || slash < group ? name : name.substr(0, slash) + "/*\"";
  });
  const std::string rest = pack + ": groups too small for a batch, together";
  join_small([&](const std::string&) { return rest; });
  if (const auto small = together.find(rest);
      small != together.end() && together.size() > 1 && !fills_batch(small->second)) {
    const std::vector<std::uint32_t> recordings = std::move(small->second);
    together.erase(small);
    auto& fewest = std::min_element(together.begin(), together.end(), [](const auto& a, const auto& b) {
                     return a.second.size() < b.second.size();
                   })->second;
    fewest.insert(fewest.end(), recordings.begin(), recordings.end());
  }
  return together;
}

double BatchPlanner::usable_seconds(std::uint32_t recording) const {
  const double seconds = static_cast<double>(pack_.records()[recording].num_samples) / pack_.sample_rate_hz();
  return std::clamp(seconds, config_.data.min_crop_s, config_.data.max_crop_s);
}

std::uint64_t BatchPlanner::wanted_per_batch(double seconds) const {
  const DataConfig& data = config_.data;
  const std::int64_t most =
      data.sampler == "random" ? data.speakers_per_batch * data.crops_per_speaker : data.speakers_per_batch;
  if (!data.whole_utterances) return static_cast<std::uint64_t>(most);
  return static_cast<std::uint64_t>(static_cast<double>(most) * data.max_crop_s / seconds);
}

// From the longest to the shortest; a list ends where the next would be too different, once it fills a batch.
std::vector<std::vector<std::uint32_t>> BatchPlanner::by_length(std::vector<std::uint32_t> recordings) const {
  std::stable_sort(recordings.begin(), recordings.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return usable_seconds(a) > usable_seconds(b); });
  std::vector<std::vector<std::uint32_t>> lists(1);
  std::map<std::uint32_t, std::int64_t> recordings_of;
  std::uint64_t items = 0;  // what counts towards a batch
  const auto full = [&] {
    return !lists.back().empty() && items >= wanted_per_batch(usable_seconds(lists.back().back()));
  };
  for (const std::uint32_t recording : recordings) {
    if (full() && usable_seconds(lists.back().front()) > kSimilarLength * usable_seconds(recording)) {
      lists.emplace_back();
      recordings_of.clear(), items = 0;
    }
    lists.back().push_back(recording);
    const std::int64_t now = ++recordings_of[pack_.records()[recording].speaker];
    const std::int64_t needed = config_.data.sampler == "balanced" ? config_.data.crops_per_speaker : 1;
    items += config_.data.sampler == "random" || now == needed;
  }
  if (lists.size() > 1 && !full()) {
    lists[lists.size() - 2].insert(lists[lists.size() - 2].end(), lists.back().begin(), lists.back().end());
    lists.pop_back();
  }
  return lists;
}

void BatchPlanner::add_pool(const std::vector<std::uint32_t>& recordings, const std::string& name) {
  const DataConfig& data = config_.data;
  std::map<std::uint32_t, std::vector<std::uint32_t>> by_speaker;
  double shortest_s = data.max_crop_s;
  for (const std::uint32_t recording : recordings) {
    by_speaker[pack_.records()[recording].speaker].push_back(recording);
    shortest_s = std::min(shortest_s, usable_seconds(recording));
  }
  Pool pool;
  double sum = 0;
  for (auto& [speaker, own] : by_speaker) {
    std::sort(own.begin(), own.end());
    if (data.sampler == "balanced" && own.size() < static_cast<std::size_t>(data.crops_per_speaker)) continue;
    double seconds = 0;
    for (const std::uint32_t recording : own)
      seconds += static_cast<double>(pack_.records()[recording].num_samples) / pack_.sample_rate_hz();
    sum += std::pow(std::min(seconds, data.speaker_weight_cap_s), data.speaker_weight_power);
    pool.cumulative_weight.push_back(sum);
    for (std::size_t i = 0; i < own.size(); ++i)
      pool.recordings.emplace_back(static_cast<std::uint32_t>(pool.voices.size()), static_cast<std::uint32_t>(i));
    pool.voices.push_back({speaker, own});
  }

  const bool random = data.sampler == "random";
  const std::uint64_t items = random ? pool.recordings.size() : pool.voices.size();
  const std::int64_t needed = random ? data.speakers_per_batch * data.crops_per_speaker : data.speakers_per_batch;
  if (items < static_cast<std::uint64_t>(needed)) {
    std::string has = name + ": has " + std::to_string(items) + (random ? " recordings" : " speakers");
    if (data.sampler == "balanced")
      has += " with at least data.crops_per_speaker = " + std::to_string(data.crops_per_speaker) + " recordings";
    throw TrainerError(has + ", fewer than data.speakers_per_batch " + (random ? "* data.crops_per_speaker = " : "= ") +
                       std::to_string(needed) + "; lower that key" +
                       (data.groups ? " or set data.groups to false" : ""));
  }
  pool.per_batch = std::min(items, wanted_per_batch(shortest_s));
  pools_.push_back(std::move(pool));
}

std::vector<BatchPlanner::Choice> BatchPlanner::draw_voices(Random& random, const Pool& pool) const {
  std::vector<Choice> choices;
  std::unordered_set<std::size_t> drawn;
  while (choices.size() < pool.per_batch) {
    const std::size_t voice = draw_weighted(random, pool.cumulative_weight);
    if (drawn.insert(voice).second) choices.push_back({&pool.voices[voice], {}});
  }
  return choices;
}

std::vector<BatchPlanner::Choice> BatchPlanner::next_voices(std::uint64_t index, std::uint64_t ordinal) const {
  const Pool& pool = pools_[index];
  std::vector<Choice> choices;
  for (const std::uint64_t voice :
       take_shuffled({config_.run.seed, kVoices, index}, pool.voices.size(), pool.per_batch, ordinal))
    choices.push_back({&pool.voices[voice], {}});
  return choices;
}

std::vector<BatchPlanner::Choice> BatchPlanner::next_recordings(std::uint64_t index, std::uint64_t ordinal) const {
  const Pool& pool = pools_[index];
  const std::uint64_t n = pool.recordings.size();
  std::vector<Choice> choices;
  std::optional<Permutation> order;
  for (std::uint64_t i = 0; i < pool.per_batch; ++i) {
    const std::uint64_t at = ordinal * pool.per_batch + i;
    if (i == 0 || at % n == 0) order.emplace(Permutation({config_.run.seed, kRecordings, index, at / n}, n));
    const auto [voice, recording] = pool.recordings[(*order)(at % n)];
    choices.push_back({&pool.voices[voice], recording});
  }
  return choices;
}

std::vector<BatchPlanner::Choice> BatchPlanner::choose(Random& random, std::uint64_t step) const {
  if (config_.data.sampler == "speakers") {
    if (pools_.size() == 1) return draw_voices(random, pools_[0]);
    std::vector<double> cumulative;
    for (const Pool& pool : pools_)
      cumulative.push_back((cumulative.empty() ? 0 : cumulative.back()) + pool.cumulative_weight.back());
    return draw_voices(random, pools_[draw_weighted(random, cumulative)]);
  }
  // In each cycle of num_slots_ steps every pool has its slots, in shuffled order.
  const std::uint64_t cycle = step / num_slots_;
  const std::uint64_t slot = Permutation({config_.run.seed, kSchedule, cycle}, num_slots_)(step % num_slots_);
  std::uint64_t index = pools_.size() - 1;
  while (pools_[index].first_slot > slot) --index;
  const std::uint64_t end = index + 1 < pools_.size() ? pools_[index + 1].first_slot : num_slots_,
                      ordinal = pools_.size() == 1
                                    ? step
                                    : cycle * (end - pools_[index].first_slot) + slot - pools_[index].first_slot;
  return config_.data.sampler == "random" ? next_recordings(index, ordinal) : next_voices(index, ordinal);
}

// A recording that is long enough gives a run from anywhere; a shorter one is used whole and followed by the speaker's
// next.
std::vector<Segment> BatchPlanner::draw_speech(Random& random, const Voice& voice, std::size_t first,
                                               std::size_t length) const {
  std::vector<Segment> speech;
  for (std::size_t i = first, missing = length; missing > 0; ++i) {
    Segment segment;
    segment.recording = voice.recordings[i % voice.recordings.size()];
    const std::uint64_t size = pack_.records()[segment.recording].num_samples;
    segment.begin = size > missing ? random.below(size - missing + 1) : 0;
    segment.count = std::min<std::uint64_t>(missing, size);
    missing -= segment.count;
    speech.push_back(segment);
  }
  return speech;
}

BatchPlan BatchPlanner::plan(std::int64_t step) const {
  const DataConfig& data = config_.data;
  Random random{config_.run.seed, 0xba7c4, static_cast<std::uint64_t>(step)};
  double seconds = data.whole_utterances ? data.max_crop_s : random.uniform(data.min_crop_s, data.max_crop_s);
  const std::int64_t crops = data.sampler == "random" ? 1 : data.crops_per_speaker;
  std::vector<Choice> choices = choose(random, static_cast<std::uint64_t>(step));
  if (data.whole_utterances) {
    for (Choice& choice : choices) {
      const auto& recordings = choice.voice->recordings;
      if (!choice.first) choice.first = random.below(recordings.size());
      for (std::size_t k = 0; k < static_cast<std::size_t>(crops); ++k)
        seconds = std::min(seconds, usable_seconds(recordings[(*choice.first + k) % recordings.size()]));
    }
  }

  BatchPlan plan;
  plan.num_samples = static_cast<std::size_t>(seconds * extractor_.sample_rate_hz());
  plan.num_frames = extractor_.num_frames(plan.num_samples);
  plan.crops.reserve(choices.size() * static_cast<std::size_t>(crops));
  for (const Choice& choice : choices) {
    const int speed = draw_speed(random, config_.augment);
    const std::size_t first = choice.first ? *choice.first : random.below(choice.voice->recordings.size());
    for (std::size_t k = 0; k < static_cast<std::size_t>(crops); ++k) {
      CropPlan crop;
      crop.speed = speed;
      crop.label = choice.voice->speaker + (speed_makes_classes() ? speed * num_speakers() : 0);
      crop.speech = draw_speech(random, *choice.voice, first + k, samples_before_speed(plan.num_samples, speed));
      crop.effects =
          draw_effects(random, config_.augment, choices_, plan.num_samples, plan.num_frames, extractor_.num_bins());
      plan.crops.push_back(std::move(crop));
    }
  }
  return plan;
}

}  // namespace voiceprint::trainer
