// Batch normalisation folded into its neighbours, which leaves the network's function as it is and makes it smaller:
//   conv or linear, then batch norm     w' = w s, b' = (b - mean) s + shift        with s = weight / sqrt(var +
//   epsilon) batch norm, then linear             w' = w diag(s), b' = b + w (shift - mean s)
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/network.h"
#include "run/safetensors.h"

namespace voiceprint::trainer {

// Weights by parameter name, in float32.
using Weights = std::map<std::string, std::vector<float>>;

// The tensors `prefix`<parameter> of `file`. TrainerError names the one that is missing or has another size.
Weights weights_of(const Network& network, const TensorFile& file, const std::string& path, const std::string& prefix);

struct Folded {
  std::vector<bool> removed;        // by node: a batch norm that is folded away
  std::map<int, std::string> bias;  // by node: the bias that a conv or linear layer has after folding
  Weights weights;                  // of what is left
};
Folded fold(const Network& network, Weights weights);

// Weights of the whole network that do the same as folded ones: what was folded away becomes the identity. `folded` has
// the names that fold() leaves.
Weights unfolded(const Network& network, Weights folded);

}  // namespace voiceprint::trainer
