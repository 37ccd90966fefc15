// A Network as an ONNX graph: input "fbank" [batch, frames, bins], output "embedding" [batch, embedding_dim].
#pragma once

#include "onnx/folding.h"
#include "onnx/graph_builder.h"

namespace voiceprint::trainer {

void build_graph(GraphBuilder& graph, const Network& network, const Folded& folded);

}  // namespace voiceprint::trainer
