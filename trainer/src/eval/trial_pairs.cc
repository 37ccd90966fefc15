#include "eval/trial_pairs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "data/layouts.h"
#include "error.h"
#include "random.h"

namespace voiceprint::trainer {
namespace {

constexpr std::size_t kMostPairs = 200'000'000;

struct Recording {
  std::uint32_t utterance;
  std::uint32_t speaker;  // within the corpus
  std::string group;
};

// The trials of one corpus. Models are single recordings.
class PairMaker {
 public:
  PairMaker(const std::string& corpus, const std::string& path, const PairOptions& options,
            const std::vector<Recording>& recordings)
      : options_(options), recordings_(recordings) {
    list_.condition = corpus, list_.path = path;
    for (std::size_t i = 0; i < recordings.size(); ++i) {
      if (recordings[i].speaker >= by_speaker_.size()) by_speaker_.resize(recordings[i].speaker + 1);
      by_speaker_[recordings[i].speaker].push_back(i);
    }
  }

  TrialList make(const TrialSet& set) {
    const std::string where = list_.path + ": corpus " + list_.condition;
    if (by_speaker_.size() < 2) throw TrainerError(where + " has one speaker; there is nobody to compare with");
    if (options_.sampled > 0)
      sample();
    else
      take_all();
    const bool any_target =
        std::any_of(list_.trials.begin(), list_.trials.end(), [](const Trial& t) { return t.target; });
    const bool any_nontarget =
        std::any_of(list_.trials.begin(), list_.trials.end(), [](const Trial& t) { return !t.target; });
    if (!any_target) throw TrainerError(where + " has no speaker with two recordings, so no target trial");
    if (!any_nontarget)
      throw TrainerError(where +
                         " has no two speakers of one language or genre, so no non-target trial; pass --any-impostor");
    for (EnrolledModel& model : list_.models) model.name = set.utterances[model.utterances.front()];
    return std::move(list_);
  }

 private:
  bool may_meet(std::size_t a, std::size_t b) const {
    return !options_.same_group || recordings_[a].speaker == recordings_[b].speaker ||
           recordings_[a].group == recordings_[b].group;
  }

  void add(std::size_t a, std::size_t b) {
    const auto [model, is_new] =
        models_.try_emplace(recordings_[a].utterance, static_cast<std::uint32_t>(list_.models.size()));
    if (is_new) list_.models.push_back({"", {recordings_[a].utterance}});
    list_.trials.push_back({model->second, recordings_[b].utterance, recordings_[a].speaker == recordings_[b].speaker});
  }

  void take_all() {
    if (recordings_.size() * (recordings_.size() - 1) / 2 > kMostPairs)
      throw TrainerError(list_.path + ": " + std::to_string(recordings_.size()) +
                         " recordings make more pairs than memory holds; pass --pairs N for a sample");
    for (std::size_t a = 0; a < recordings_.size(); ++a) {
      for (std::size_t b = a + 1; b < recordings_.size(); ++b) {
        if (may_meet(a, b)) add(a, b);
      }
    }
  }

  // Draws until enough, or until draws bring nothing new: then hardly a pair is left.
  template <typename Draw>
  void draw_pairs(const Draw& draw) {
    std::set<std::pair<std::size_t, std::size_t>> seen;
    for (std::int64_t vain = 0; static_cast<std::int64_t>(seen.size()) < options_.sampled && vain < 10000;) {
      auto [a, b] = draw();
      if (a > b) std::swap(a, b);
      if (a == b || !may_meet(a, b) || !seen.emplace(a, b).second) {
        ++vain;
        continue;
      }
      vain = 0;
      add(a, b);
    }
  }

  void sample() {
    Random random{0x7261697270, options_.seed, static_cast<std::uint64_t>(recordings_.size())};
    std::vector<std::size_t> repeated;  // speakers with two recordings
    for (std::size_t s = 0; s < by_speaker_.size(); ++s) {
      if (by_speaker_[s].size() > 1) repeated.push_back(s);
    }
    const auto any_of = [&](std::size_t s) { return by_speaker_[s][random.below(by_speaker_[s].size())]; };
    if (!repeated.empty()) {
      draw_pairs([&] {
        const std::size_t speaker = repeated[random.below(repeated.size())];
        return std::pair(any_of(speaker), any_of(speaker));
      });
    }
    draw_pairs([&] {
      const std::size_t a = random.below(by_speaker_.size()), b = random.below(by_speaker_.size());
      if (a == b) return std::pair<std::size_t, std::size_t>(0, 0);
      return std::pair(any_of(a), any_of(b));
    });
  }

  const PairOptions& options_;
  const std::vector<Recording>& recordings_;
  std::vector<std::vector<std::size_t>> by_speaker_;
  TrialList list_;
  std::map<std::uint32_t, std::uint32_t> models_;
};

}  // namespace

TrialPairs make_trial_pairs(const PairOptions& options) {
  const Listing listing = list_recordings({options.recordings, options.root, options.layout, true});
  TrialPairs pairs;
  std::map<std::string, std::vector<Recording>> corpora;
  std::map<std::string, std::map<std::string, std::uint32_t>> speakers;
  for (const ListedRecording& recording : listing.recordings) {
    std::string corpus = recording.group.substr(0, recording.group.find('/'));
    if (corpus.empty()) corpus = std::filesystem::path(options.recordings + "/").parent_path().stem().string();
    auto& known = speakers[corpus];
    const std::uint32_t speaker =
        known.try_emplace(recording.speaker, static_cast<std::uint32_t>(known.size())).first->second;
    const std::uint32_t utterance = pairs.set.utterance(recording.name);
    if (utterance < pairs.files.size())
      throw TrainerError(options.recordings + ": " + recording.name + " is listed twice; remove one");
    pairs.files.push_back(recording.path);
    pairs.facts.push_back({recording.speaker, corpus, "", "", ""});
    corpora[corpus].push_back({utterance, speaker, recording.group});
  }
  for (const auto& [corpus, recordings] : corpora)
    pairs.set.lists.push_back(PairMaker(corpus, options.recordings, options, recordings).make(pairs.set));
  return pairs;
}

}  // namespace voiceprint::trainer
