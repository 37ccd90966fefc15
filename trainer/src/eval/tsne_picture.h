// Embeddings in the plane: a panel per condition, recordings coloured by speaker.
#pragma once

#include <vector>

#include "eval/gnuplot.h"
#include "eval/trial_list.h"
#include "eval/utterance_facts.h"
#include "run/embedded_file.h"

namespace voiceprint::trainer {

// At most 16 speakers of each condition (those with most recordings) and 40 recordings of each; conditions with fewer
// than 4 embeddings have no panel.
Picture tsne_picture(const TrialSet& set, const Speakers& speakers, const std::vector<EmbeddedFile>& embeddings);

}  // namespace voiceprint::trainer
