// The architectures of the field. Each takes features [batch, time, bins] and gives embeddings [batch, embedding_dim]
// of unit length; any number of frames from 1 on.
#pragma once

#include "model/network.h"
#include "run/config.h"

namespace voiceprint::trainer {

// Long-term statistics of the features, without any trained layer: [batch, size]. See long_term_statistics.cc.
Network::Value long_term_statistics(Network& n, Network::Value features);

// The network that `config` describes, for features of `num_bins`. TrainerError names the field that does not fit.
Network build_network(const ModelConfig& config, std::int64_t num_bins);
// What the parameters of one of config.members > 1 networks begin with; `member` counts from 1.
std::string member_scope(std::int64_t member);

// ECAPA-TDNN: B. Desplanques, J. Thienpondt, K. Demuynck, Interspeech 2020.
Network::Value ecapa_tdnn(Network& n, const ModelConfig& config, Network::Value features);
// TDNN and x-vector: D. Snyder et al., ICASSP 2018. The x-vector embeds through two layers.
Network::Value tdnn(Network& n, const ModelConfig& config, Network::Value features);
// ResNet34: K. He et al., CVPR 2016, as H. Zeinali et al. 2019 use it for speakers.
Network::Value resnet34(Network& n, const ModelConfig& config, Network::Value features);
// ResNet with squeeze-and-excitation: J. Hu et al., CVPR 2018.
Network::Value resnet_se(Network& n, const ModelConfig& config, Network::Value features);
// Res2Net: S. Gao et al., TPAMI 2021; here with the coarse stem of mvector.
Network::Value res2net_mvector(Network& n, const ModelConfig& config, Network::Value features);
// ERes2Net and ERes2NetV2: Y. Chen et al., Interspeech 2023 and 2024; Res2Net is ERes2Net without its fusion.
Network::Value eres2net(Network& n, const ModelConfig& config, Network::Value features);
// CAM++: H. Wang et al., Interspeech 2023.
Network::Value cam_plus_plus(Network& n, const ModelConfig& config, Network::Value features);
// ReDimNet2 B0-B2: the successor of I. Yakovlev et al., "Reshape Dimensions Network", Interspeech 2024.
Network::Value redimnet2(Network& n, const ModelConfig& config, Network::Value features);

}  // namespace voiceprint::trainer
