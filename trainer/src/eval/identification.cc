#include <algorithm>
#include <map>
#include <set>

#include "error.h"
#include "eval/condition_metrics.h"
#include "voiceprint/scoring.h"

namespace voiceprint::trainer {
namespace {

constexpr std::size_t kEnrolledRecordings = 3;

// Every speaker's recordings that a list names and that hold speech.
using Recordings = std::map<std::uint32_t, std::set<std::uint32_t>>;

Recordings recordings_of(const TrialList& list, const Speakers& speakers, const std::vector<EmbeddedFile>& embeddings) {
  Recordings recordings;
  const auto note = [&](std::uint32_t utterance) {
    if (!embeddings[utterance].embedding.empty()) recordings[speakers.of_utterance[utterance]].insert(utterance);
  };
  for (const EnrolledModel& model : list.models) std::for_each(model.utterances.begin(), model.utterances.end(), note);
  for (const Trial& trial : list.trials) note(trial.test);
  return recordings;
}

// The mean of a speaker's first recordings but the probe.
std::vector<float> voiceprint_of(const std::set<std::uint32_t>& recordings, std::uint32_t probe,
                                 const std::vector<EmbeddedFile>& embeddings) {
  std::vector<float> rows;
  std::size_t taken = 0, dimension = 0;
  for (const std::uint32_t recording : recordings) {
    if (recording == probe || taken == kEnrolledRecordings) continue;
    const std::vector<float>& embedding = embeddings[recording].embedding;
    rows.insert(rows.end(), embedding.begin(), embedding.end());
    dimension = embedding.size(), ++taken;
  }
  return take(mean_embedding(rows, dimension));
}

}  // namespace

std::optional<IdentificationMetrics> measure_identification(const TrialList& list, const Speakers& speakers,
                                                            const std::vector<EmbeddedFile>& embeddings) {
  Recordings recordings = recordings_of(list, speakers, embeddings);
  for (auto at = recordings.begin(); at != recordings.end();) at = at->second.size() < 2 ? recordings.erase(at) : ++at;
  if (recordings.size() < 2) return std::nullopt;

  IdentificationMetrics result;
  std::vector<float> rows;
  std::vector<std::uint32_t> labels;
  std::size_t dimension = 0;
  for (const auto& [speaker, own] : recordings) {
    for (const std::uint32_t recording : own) {
      const std::vector<float>& embedding = embeddings[recording].embedding;
      rows.insert(rows.end(), embedding.begin(), embedding.end());
      labels.push_back(speaker);
      dimension = embedding.size();
    }
  }
  const Recall recall = take(recall_at_k(rows, dimension, labels, kRecallRanks));
  result.recall = recall.at, result.num_probes = recall.num_probes, result.num_speakers = recordings.size();

  // Voiceprints of all recordings serve every probe but their own speaker's.
  std::vector<std::vector<float>> gallery;
  for (const auto& [speaker, own] : recordings) gallery.push_back(voiceprint_of(own, UINT32_MAX, embeddings));
  std::vector<MatedSearch> mated;
  std::vector<float> strangers;
  std::size_t mate = 0;
  for (const auto& [speaker, own] : recordings) {
    for (const std::uint32_t probe : own) {
      std::vector<float> scores;
      for (std::size_t i = 0; i < gallery.size(); ++i) {
        const std::vector<float> voiceprint = i == mate ? voiceprint_of(own, probe, embeddings) : gallery[i];
        scores.push_back(take(cosine_score(voiceprint, embeddings[probe].embedding)));
      }
      mated.push_back(mated_search(scores, mate));
      scores.erase(scores.begin() + static_cast<std::ptrdiff_t>(mate));
      strangers.push_back(*std::max_element(scores.begin(), scores.end()));
    }
    ++mate;
  }
  const IdentificationCurve curve = take(IdentificationCurve::create(mated, strangers));
  for (const double rate : kIdentificationRates) result.rates.push_back(curve.at_false_alarm_rate(rate));
  return result;
}

}  // namespace voiceprint::trainer
