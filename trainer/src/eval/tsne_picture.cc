#include "eval/tsne_picture.h"

#include <algorithm>
#include <map>
#include <set>

#include "error.h"
#include "eval/tsne.h"

namespace voiceprint::trainer {
namespace {

constexpr std::size_t kMostSpeakers = 16, kMostRecordings = 40;

// The recordings of the speakers that are shown, speaker by speaker.
std::vector<std::vector<std::uint32_t>> choose(const TrialList& list, const Speakers& speakers,
                                               const std::vector<EmbeddedFile>& embeddings) {
  std::map<std::uint32_t, std::set<std::uint32_t>> recordings;
  const auto note = [&](std::uint32_t utterance) {
    if (!embeddings[utterance].embedding.empty()) recordings[speakers.of_utterance[utterance]].insert(utterance);
  };
  for (const EnrolledModel& model : list.models) std::for_each(model.utterances.begin(), model.utterances.end(), note);
  for (const Trial& trial : list.trials) note(trial.test);
  std::vector<std::vector<std::uint32_t>> chosen;
  for (const auto& [speaker, own] : recordings) chosen.emplace_back(own.begin(), own.end());
  std::stable_sort(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  if (chosen.size() > kMostSpeakers) chosen.resize(kMostSpeakers);
  for (auto& own : chosen) {
    if (own.size() > kMostRecordings) own.resize(kMostRecordings);
  }
  return chosen;
}

}  // namespace

Picture tsne_picture(const TrialSet& set, const Speakers& speakers, const std::vector<EmbeddedFile>& embeddings) {
  // Filled circles, triangles, squares and diamonds: with 8 colours, 32 looks.
  constexpr int kPointTypes[] = {7, 9, 5, 13};
  Picture picture{
      "tsne",
      "Embeddings (t-SNE)",
      "Each mark is a recording, each colour and shape a speaker (those with most recordings). Recordings that "
      "the network takes for one speaker lie together; distances between groups mean little.",
      {}};
  for (const TrialList& list : set.lists) {
    const auto chosen = choose(list, speakers, embeddings);
    std::vector<float> points;
    std::size_t count = 0, dimension = 0;
    for (const auto& own : chosen) {
      for (const std::uint32_t utterance : own) {
        const std::vector<float>& embedding = embeddings[utterance].embedding;
        points.insert(points.end(), embedding.begin(), embedding.end());
        dimension = embedding.size(), ++count;
      }
    }
    if (count < 4) continue;
    const auto plane = take(tsne(points, dimension));
    std::string script = "set title " + gnuplot_text(list.condition) +
                         "\nset size square\nset border 15\nset offsets graph 0.05, graph 0.05, graph 0.05, graph "
                         "0.05\nunset xtics\nunset ytics\nunset grid\nunset key\n";
    std::string plot;
    std::size_t next = 0;
    for (std::size_t s = 0; s < chosen.size(); ++s) {
      const std::string block = "$speaker" + std::to_string(s);
      script += block + " << EOD\n";
      for (std::size_t i = 0; i < chosen[s].size(); ++i, ++next)
        script += std::to_string(plane[next][0]) + " " + std::to_string(plane[next][1]) + "\n";
      script += "EOD\n";
      plot += (plot.empty() ? "plot " : ", ") + block + " with points pt " +
              std::to_string(kPointTypes[s / kPaletteSize % 4]) + " ps 0.4 lc rgb '" + kPalette[s % kPaletteSize] + "'";
    }
    picture.panels.push_back({script + plot + "\n"});
  }
  return picture;
}

}  // namespace voiceprint::trainer
