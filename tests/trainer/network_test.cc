// The architectures: their published sizes, and what is said of parameters that do not fit.
#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "expect_error.h"
#include "model/architectures.h"
#include "model/presets.h"

namespace voiceprint::trainer {
namespace {

ModelConfig with(const std::string& kind, std::int64_t embedding_dim = 0) {
  ModelConfig config = model_preset(kind);
  if (embedding_dim > 0) config.embedding_dim = embedding_dim;
  return config;
}

std::int64_t size_of(const ModelConfig& config, std::int64_t num_bins = 80) {
  return build_network(config, num_bins).num_parameters();
}

// Exact sizes, counted from the layers of the two systems that this one replaces and of their successors.
TEST(Architectures, HaveTheExactSizesOfMvectorAndGroove) {
  EXPECT_EQ(size_of(with("ecapa_tdnn_groove")), 4'720'768);
  EXPECT_EQ(size_of(with("ecapa_tdnn_groove", 192)), 4'523'968);
  ModelConfig wide = with("ecapa_tdnn_groove");
  wide.channels = 1024, wide.se_channels = 512;
  EXPECT_EQ(size_of(wide), 11'741'568);
  EXPECT_EQ(size_of(with("ecapa_tdnn_mvector_1_0")), 6'186'560);
  EXPECT_EQ(size_of(with("ecapa_tdnn_mvector")), 6'194'048);
  EXPECT_EQ(size_of(with("tdnn")), 2'639'552);
  EXPECT_EQ(size_of(with("res2net_mvector")), 5'087'296);
  EXPECT_EQ(size_of(with("resnet_se")), 7'812'920);
  EXPECT_EQ(size_of(with("cam_plus_plus")), 6'848'544);
  EXPECT_EQ(size_of(with("eres2net")), 6'610'688);
  EXPECT_EQ(size_of(with("eres2net_large")), 55'165'024);
  EXPECT_EQ(size_of(with("eres2net_v2_mvector")), 5'458'202);
  for (const auto& [kind, pooling, size] : {std::tuple{"ecapa_tdnn_mvector_1_0", "sap", 5'888'576},
                                            {"ecapa_tdnn_mvector_1_0", "tap", 5'493'696},
                                            {"ecapa_tdnn_mvector_1_0", "tsp", 5'791'680},
                                            {"res2net_mvector", "sap", 4'689'984},
                                            {"res2net_mvector", "tap", 4'163'520},
                                            {"res2net_mvector", "tsp", 4'560'832},
                                            {"resnet_se", "sap", 6'819'640},
                                            {"resnet_se", "tap", 5'503'672},
                                            {"resnet_se", "tsp", 6'496'952},
                                            {"tdnn", "sap", 2'540'224},
                                            {"tdnn", "tap", 2'408'512},
                                            {"tdnn", "tsp", 2'507'840}}) {
    ModelConfig config = with(kind);
    config.pooling = pooling;
    EXPECT_EQ(size_of(config), size) << kind << " " << pooling;
  }
  for (const auto& [kind, size] :
       {std::pair{"tdnn", 2'770'880}, {"res2net_mvector", 5'611'840}, {"resnet_se", 9'123'896}}) {
    ModelConfig config = with(kind);
    config.global_context = config.attention_norm = true;
    EXPECT_EQ(size_of(config), size) << kind << " with global context";
  }
}

// Sizes as published, in millions, to the digits that were published.
TEST(Architectures, HaveThePublishedSizes) {
  const auto millions = [](const ModelConfig& config, std::int64_t num_bins = 80) {
    return static_cast<double>(size_of(config, num_bins)) / 1e6;
  };
  EXPECT_NEAR(millions(with("ecapa_tdnn_wespeaker")), 6.191, 0.0005);
  ModelConfig config = with("ecapa_tdnn_wespeaker");
  config.channels = 1024;
  EXPECT_NEAR(millions(config), 14.657, 0.0005);
  EXPECT_NEAR(millions(with("ecapa_tdnn_speechbrain")), 20.77, 0.005);
  EXPECT_NEAR(millions(with("x_vector")), 4.611, 0.0005);
  EXPECT_NEAR(millions(with("resnet34")), 6.634, 0.0005);
  config = with("resnet34", 192), config.embedding_layers = 2;
  EXPECT_NEAR(millions(config), 6.34, 0.005);  // 3D-Speaker's
  EXPECT_NEAR(millions(with("cam_plus_plus", 512)), 7.176, 0.0005);
  EXPECT_NEAR(millions(with("eres2net")), 6.611, 0.0005);
  EXPECT_NEAR(millions(with("eres2net_v2")), 17.86, 0.005);
  EXPECT_NEAR(millions(with("res2net")), 4.03, 0.005);
  // Counted there with one weight per row for the first stage's sum of one map, which is constant.
  EXPECT_NEAR(millions(with("redimnet2_b0"), 72) + 12 * 72e-6, 1.127, 0.0005);
  EXPECT_NEAR(millions(with("redimnet2_b1"), 72) + 16 * 72e-6, 2.178, 0.0005);
  EXPECT_NEAR(millions(with("redimnet2_b2"), 72) + 20 * 72e-6, 3.698, 0.0005);
}

// 76 of 80 bins: 5 statistics each, 30 deviations and 900 correlations of the cepstrum, projected to 64 values.
TEST(Architectures, JoinStatisticsToAnyNetwork) {
  EXPECT_EQ(size_of(with("statistics")), (5 * 76 + 30 + 900 + 1) * 64);
  ModelConfig config = with("resnet34");
  const std::int64_t alone = size_of(config);
  config.statistics_dim = 64;
  EXPECT_EQ(size_of(config), alone + size_of(with("statistics")));
  EXPECT_EQ(build_network(config, 80).embedding_dim(), 256 + 64);
}

TEST(Architectures, StandSideBySide) {
  ModelConfig config = with("resnet34");
  const std::int64_t alone = size_of(config);
  config.members = 3;
  EXPECT_EQ(size_of(config), 3 * alone);
  EXPECT_EQ(build_network(config, 80).embedding_dim(), 3 * 256);
  config.statistics_dim = 64;
  EXPECT_EQ(build_network(config, 80).embedding_dim(), 3 * 256 + 64);
}

TEST(Architectures, SayWhatDoesNotFit) {
  EXPECT_ERROR(build_network(with("redimnet2_b2"), 80), "needs a multiple of 12 feature bins");
}

TEST(Architectures, NameEveryParameterOnce) {
  for (const std::string& kind : model_kinds()) {
    const Network network = build_network(with(kind), kind == "redimnet2_b2" ? 72 : 80);
    std::set<std::string> names;
    for (const Parameter& parameter : network.parameters())
      EXPECT_TRUE(names.insert(parameter.name).second) << kind << ": " << parameter.name;
    EXPECT_EQ(network.shape(network.output()), (Extents{kDynamic, network.embedding_dim()})) << kind;
  }
}

}  // namespace
}  // namespace voiceprint::trainer
