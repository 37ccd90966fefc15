// ECAPA-TDNN as ONNX: the layers of model/ecapa_tdnn.cc, from the parameter names used there.
#pragma once

#include "onnx/graph_builder.h"
#include "run/config.h"

namespace voiceprint::trainer {

// Adds the graph fbank [batch, frames, bins] -> embedding [batch, embedding_dim] (unit length).
void build_ecapa_tdnn(GraphBuilder& graph, const ModelConfig& config);

}  // namespace voiceprint::trainer
