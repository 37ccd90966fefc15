// What each training batch consists of: speakers, recordings, crops, labels and augmentation, without the samples.
//
// A plan depends on the configuration, the pack and the step alone, and costs microseconds: a resumed run sees the
// batches that an uninterrupted one would have seen, and a process that makes some rows of a batch knows all others.
//
// data.sampler:
//   speakers  P speakers x K crops; speakers drawn without replacement by weight min(seconds of speech, cap)^power;
//             crops of one speaker come from different recordings as far as there are
//   balanced  P x K; speakers in shuffled passes over all that have at least K recordings, K different recordings each
//   random    P * K recordings from shuffled passes over all recordings: each once per pass
// data.groups: all of a batch from one group (corpus and language) of the pack, in proportion to the groups' weights,
// speakers or recordings. Groups with fewer than P speakers are joined by corpus; what is still too small, altogether,
// and if that will not do either, with the group of the fewest recordings.
// data.whole_utterances: all of a batch from recordings of similar length, cut to the shortest; shorter batches have
// more speakers (random: recordings), so that seconds per batch stay near P * K * max_crop_s.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/crop_effects.h"
#include "data/pack.h"
#include "run/config.h"

namespace voiceprint::trainer {

// `count` samples of a recording, from `begin` on.
struct Segment {
  std::uint32_t recording = 0;
  std::uint64_t begin = 0, count = 0;
};

struct CropPlan {
  std::vector<Segment> speech;  // joined: as many samples as the crop needs before its change of speed
  int speed = 0;                // see change_speed()
  std::int64_t label = 0;       // 0..num_classes-1
  CropEffects effects;
};

struct BatchPlan {
  std::size_t num_samples = 0, num_frames = 0;  // of each crop
  std::vector<CropPlan> crops;                  // those of one speaker are neighbours
};

class BatchPlanner {
 public:
  // `pack` must outlive the planner. TrainerError when it cannot fill a batch.
  BatchPlanner(const Config& config, const Pack& pack, const EffectChoices& choices);

  BatchPlan plan(std::int64_t step) const;

  std::int64_t num_speakers() const { return static_cast<std::int64_t>(pack_.speakers().size()); }
  // Speakers; times three when a change of speed makes a class of its own.
  std::int64_t num_classes() const { return num_speakers() * (speed_makes_classes() ? 3 : 1); }

 private:
  struct Voice {
    std::uint32_t speaker = 0;
    std::vector<std::uint32_t> recordings;
  };
  // What one batch may be drawn from: everything, or a group, or recordings of similar length.
  struct Pool {
    std::vector<Voice> voices;                                        // by speaker
    std::vector<double> cumulative_weight;                            // of the voices
    std::vector<std::pair<std::uint32_t, std::uint32_t>> recordings;  // voice, place in its recordings
    std::uint64_t per_batch = 0;                                      // voices (random: recordings)
    std::uint64_t first_slot = 0;                                     // of the schedule
  };
  // Crops of one voice: the first from this recording, the next from its next.
  struct Choice {
    const Voice* voice;
    std::optional<std::size_t> first;  // none: drawn just before the crops
  };

  // What a batch may be drawn from, by a name for messages: everything, or each group.
  std::map<std::string, std::vector<std::uint32_t>> recordings_together() const;
  bool speed_makes_classes() const { return config_.augment.speed > 0 && config_.augment.speed_classes; }
  double usable_seconds(std::uint32_t recording) const;
  std::vector<std::vector<std::uint32_t>> by_length(std::vector<std::uint32_t> recordings) const;
  void add_pool(const std::vector<std::uint32_t>& recordings, const std::string& name);
  std::uint64_t wanted_per_batch(double seconds) const;

  std::vector<Choice> draw_voices(Random& random, const Pool& pool) const;
  std::vector<Choice> next_voices(std::uint64_t pool, std::uint64_t ordinal) const;
  std::vector<Choice> next_recordings(std::uint64_t pool, std::uint64_t ordinal) const;
  std::vector<Choice> choose(Random& random, std::uint64_t step) const;
  std::vector<Segment> draw_speech(Random& random, const Voice& voice, std::size_t first, std::size_t length) const;

  Config config_;
  const Pack& pack_;
  EffectChoices choices_;
  FeatureExtractor extractor_;
  std::vector<Pool> pools_;
  std::uint64_t num_slots_ = 0;  // batches until every pool had its share
};

}  // namespace voiceprint::trainer
