// Several trained networks of one shape become one.
//
// Side by side: models of their own make errors of their own, and the mean of their cosines makes fewer. L. K. Hansen,
// P. Salamon, "Neural network ensembles", TPAMI 1990.
// By the mean of their weights: as large as one of them. It is for networks that were trained on from the same one, as
// otherwise their weights have nothing to do with each other. M. Wortsman et al., "Model soups", ICML 2022.
#pragma once

#include <string>
#include <vector>

namespace voiceprint::trainer {

// Writes `out`: the averaged networks of `checkpoints`, in this order, as model.members; the rest of the configuration
// is the first one's. For evaluation, export, `trainer lda` and as run.init: it holds no optimiser and no head.
// TrainerError: fewer than two, two of another `model` or `features` section (with the key), one that is joined
// already, or statistics alone.
void join_networks(const std::vector<std::string>& checkpoints, const std::string& out);

// Writes `out`: the mean of the weights and batch statistics of the averaged networks; the rest, and TrainerError, as
// above.
void average_networks(const std::vector<std::string>& checkpoints, const std::string& out);

}  // namespace voiceprint::trainer
