// From maps of any length to one vector, and from that to the embedding.
#pragma once

#include "model/network.h"
#include "run/config.h"

namespace voiceprint::trainer {

// [batch, channels, time] or [batch, channels, frequency, time] (every row of which is a channel of its own) to
// [batch, K x channels], by config.pooling:
//   asp   attentive statistics: weighted mean and standard deviation (K. Okabe et al., Interspeech 2018), the attention
//         seeing the utterance's mean and deviation too where config.global_context (ECAPA-TDNN)
//   sap   self-attentive: weighted mean
//   tap   mean over time
//   tsp   mean and variance
//   tstp  mean and standard deviation
Network::Value pool_over_time(Network& n, const ModelConfig& config, Network::Value x);

// Normalisation (config.pooled_norm), linear layers (config.embedding_layers), normalisation (config.embedding_norm),
// unit length.
Network::Value embedding_of(Network& n, const ModelConfig& config, Network::Value pooled);

}  // namespace voiceprint::trainer
