#include "eval/score_trials.h"

#include <algorithm>

#include "error.h"
#include "voiceprint/scoring.h"

namespace voiceprint::trainer {
namespace {

// An embedding with what the cohort says of it.
struct Side {
  std::vector<float> embedding;
  Quality quality;
  CohortStatistics statistics;
};

Quality quality_of(const std::vector<const Side*>& sides) {
  Quality quality = sides.front()->quality;
  for (std::size_t i = 1; i < sides.size(); ++i) {
    const Quality& other = sides[i]->quality;
    quality.duration_s += other.duration_s, quality.net_speech_s += other.net_speech_s;
    quality.snr_db = std::min(quality.snr_db, other.snr_db);
    quality.bandwidth_hz = std::min(quality.bandwidth_hz, other.bandwidth_hz);
  }
  return quality;
}

class Scorer {
 public:
  Scorer(const TrialSet& set, const std::vector<EmbeddedFile>& embeddings, const ScoringOptions& options,
         const Cohort* cohort)
      : set_(set), embeddings_(embeddings), options_(options), cohort_(cohort), sides_(set.utterances.size()) {}

  // False where the model or the test recording holds no speech.
  bool score(const TrialList& list, const Trial& trial, float& score, QualityMeasures& measures) {
    const Side& test = side(trial.test);
    const std::vector<const Side*>& enrolled = model(list, trial.model);
    if (enrolled.empty() || test.embedding.empty()) return false;
    double sum = 0, cohort_mean = 0;
    for (const Side* one : enrolled) {
      const double raw = take(cosine_score(one->embedding, test.embedding));
      cohort_mean += (one->statistics.mean + test.statistics.mean) / 2 / static_cast<double>(enrolled.size());
      sum += options_.norm ? normalise_score(*options_.norm, raw, one->statistics, test.statistics) : raw;
    }
    score = static_cast<float>(sum / static_cast<double>(enrolled.size()));
    const Quality quality = quality_of(enrolled);
    for (std::size_t i = 0; i < measures.size(); ++i)
      measures[i] = static_cast<float>(quality_measure(static_cast<QualityMeasure>(i), static_cast<double>(score),
                                                       quality, test.quality, cohort_mean));
    return true;
  }

  void begin_list(const TrialList& list) {
    models_.assign(list.models.size(), {});
    means_.assign(list.models.size(), {});
  }

 private:
  Side make_side(const std::vector<float>& embedding, const Quality& quality, const std::string& name) const {
    Side side{embedding, quality, {}};
    if (cohort_ == nullptr || embedding.empty()) return side;
    auto statistics = cohort_statistics(embedding, cohort_->embeddings, options_.top_n);
    if (!statistics) throw TrainerError(name + ": " + statistics.error().message);
    side.statistics = *statistics;
    return side;
  }

  const Side& side(std::uint32_t utterance) {
    if (sides_[utterance].embedding.empty())  // again and again where there is no speech: that is cheap
      sides_[utterance] =
          make_side(embeddings_[utterance].embedding, embeddings_[utterance].quality, set_.utterances[utterance]);
    return sides_[utterance];
  }

  // What a model is scored with: its mean, or each of its recordings; none if all are without speech.
  const std::vector<const Side*>& model(const TrialList& list, std::uint32_t index) {
    std::vector<const Side*>& enrolled = models_[index];
    if (!enrolled.empty()) return enrolled;
    const EnrolledModel& model = list.models[index];
    std::vector<float> rows;
    for (const std::uint32_t utterance : model.utterances) {
      const Side& one = side(utterance);
      if (one.embedding.empty()) continue;
      enrolled.push_back(&one);
      rows.insert(rows.end(), one.embedding.begin(), one.embedding.end());
    }
    if (options_.rule == EnrollRule::kMeanEmbedding && enrolled.size() > 1) {
      means_[index] =
          make_side(take(mean_embedding(rows, enrolled.front()->embedding.size())), quality_of(enrolled), model.name);
      enrolled = {&means_[index]};
    }
    return enrolled;
  }

  const TrialSet& set_;
  const std::vector<EmbeddedFile>& embeddings_;
  const ScoringOptions& options_;
  const Cohort* cohort_;
  std::vector<Side> sides_;  // per utterance, made when first asked for
  std::vector<std::vector<const Side*>> models_;
  std::vector<Side> means_;
};

void check_cohort(const Cohort& cohort, const std::vector<EmbeddedFile>& embeddings, std::size_t top_n) {
  for (const EmbeddedFile& file : embeddings) {
    if (!file.embedding.empty() && file.embedding.size() != cohort.dimension)
      throw TrainerError("the cohort holds embeddings of " + std::to_string(cohort.dimension) +
                         " values, the model gives " + std::to_string(file.embedding.size()) +
                         "; make the cohort with this model");
  }
  if (cohort.size() < std::max<std::size_t>(top_n, 2))
    throw TrainerError("the cohort holds " + std::to_string(cohort.size()) + " speakers, fewer than --top-n " +
                       std::to_string(top_n) + "; give a larger cohort or a smaller --top-n");
}

}  // namespace

ScoredSystem score_trials(const std::string& name, const TrialSet& set, const std::vector<EmbeddedFile>& embeddings,
                          const Speakers& speakers, const ScoringOptions& options, const Cohort* cohort) {
  if (options.norm && cohort == nullptr) throw TrainerError("score normalisation needs a cohort; give --cohort");
  if (cohort != nullptr) check_cohort(*cohort, embeddings, options.top_n);
  ScoredSystem system{name, {}};
  Scorer scorer(set, embeddings, options, cohort);
  for (const TrialList& list : set.lists) {
    scorer.begin_list(list);
    ScoredCondition condition{list.condition, {}, {}, {}, {}, 0};
    std::size_t targets = 0;
    for (const Trial& trial : list.trials) {
      float score = 0;
      QualityMeasures measures{};
      if (!scorer.score(list, trial, score, measures)) {
        ++condition.num_skipped;
        continue;
      }
      const std::uint32_t enroll = list.models[trial.model].utterances.front();
      condition.trials.push_back(
          {score, trial.target, speakers.of_utterance[enroll], speakers.of_utterance[trial.test]});
      condition.recordings.push_back({enroll, trial.test, trial.model});
      condition.measures.push_back(measures);
      targets += trial.target;
    }
    if (targets == 0 || targets == condition.trials.size())
      throw TrainerError(list.path + ": no " + (targets == 0 ? "target" : "non-target") +
                         " trial is left: recordings without speech took " + std::to_string(condition.num_skipped) +
                         " trials; check the recordings, or take the list out");
    system.conditions.push_back(std::move(condition));
  }
  return system;
}

}  // namespace voiceprint::trainer
