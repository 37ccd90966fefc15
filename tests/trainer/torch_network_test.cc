// The architectures under LibTorch: any length, unit vectors, one batch learned by heart.
#include "model/torch_network.h"

#include <gtest/gtest.h>

#include "model/architectures.h"
#include "model/presets.h"

namespace voiceprint::trainer {
namespace {

// As small as the architecture allows.
ModelConfig small(const std::string& kind) {
  ModelConfig config = model_preset(kind);
  const bool over_time = config.channels == 512 || config.channels == 1024;
  config.channels = over_time ? 32 : 4;
  if (config.mfa_channels > 0) config.mfa_channels = 32;
  if (config.res2_scale == 8) config.res2_scale = 4;
  config.base_width = 64;
  config.embedding_dim = 16, config.attention_channels = 8, config.se_channels = 8, config.growth = 8;
  return config;
}

class EveryArchitecture : public ::testing::TestWithParam<std::string> {
 protected:
  EveryArchitecture()
      : num_bins_(GetParam() == "redimnet2_b2" ? 12 : 8), network_(build_network(small(GetParam()), num_bins_)) {
    at::set_num_threads(1);  // small networks lose by more
  }
  torch::Tensor features(std::int64_t batch, std::int64_t frames) const {
    return torch::randn({batch, frames, num_bins_});
  }
  std::int64_t num_bins_;
  TorchNetwork network_;
};

TEST_P(EveryArchitecture, TakesAnyLengthAndGivesUnitVectors) {
  torch::manual_seed(1);
  const TorchNetwork network = network_.copy();
  for (const std::int64_t frames : {1, 2, 7, 98, 237}) {
    const torch::Tensor embedding = network.forward(features(3, frames));
    EXPECT_EQ(embedding.sizes(), (std::vector<std::int64_t>{3, 16})) << frames;
    EXPECT_TRUE(torch::allclose(embedding.norm(2, 1), torch::ones(3))) << frames;
  }
}

TEST_P(EveryArchitecture, LearnsOneBatchByHeart) {
  torch::manual_seed(2);
  const torch::Tensor x = features(8, 24), labels = torch::arange(8).div(2, "floor");
  const torch::Tensor head = torch::randn({4, 16}, torch::requires_grad());
  std::vector<torch::Tensor> parameters = network_.parameters();
  parameters.push_back(head);
  torch::optim::Adam optimizer(parameters, torch::optim::AdamOptions(3e-3));
  double loss = 0;
  for (int step = 0; step < 150; ++step) {
    const torch::Tensor value = torch::nn::functional::cross_entropy(10 * network_.forward(x).matmul(head.t()), labels);
    optimizer.zero_grad();
    value.backward();
    optimizer.step();
    loss = value.item<double>();
    if (loss < 0.02) break;
  }
  EXPECT_LT(loss, 0.02);
  for (const torch::Tensor& parameter : network_.parameters()) EXPECT_TRUE(parameter.grad().defined());
}

INSTANTIATE_TEST_SUITE_P(, EveryArchitecture, ::testing::ValuesIn(model_kinds()),
                         [](const auto& info) { return info.param; });

// Nodes whose arithmetic is not one LibTorch call, against plain loops.
TEST(TorchNetwork, RepeatsCutsAndPadsTime) {
  Network n;
  const Network::Value x = n.transpose(n.input(2), {0, 2, 1});
  n.set_output(n.cut_time(n.repeat_time(n.pad_time(x, 4, 1), 3), n.repeat_time(x, 2)));
  const torch::Tensor in = torch::arange(10, torch::kFloat32).view({1, 5, 2});
  const torch::Tensor out = TorchNetwork(n).forward(in);
  ASSERT_EQ(out.sizes(), (std::vector<std::int64_t>{1, 2, 10}));
  for (std::int64_t t = 0; t < 10; ++t) {
    for (std::int64_t c = 0; c < 2; ++c)
      EXPECT_EQ(out[0][c][t].item<float>(), in[0][std::min<std::int64_t>(t / 3, 4)][c].item<float>());
  }
}

TEST(TorchNetwork, VarianceIsUnbiasedAndZeroForOneFrame) {
  Network n;
  n.set_output(n.variance(n.transpose(n.input(2), {0, 2, 1})));
  const TorchNetwork network(n);
  const torch::Tensor in = torch::tensor({1.f, 5.f, 3.f, 5.f, 8.f, 5.f}).view({1, 3, 2});
  EXPECT_NEAR(network.forward(in)[0][0].item<double>(), 13.0, 1e-5);  // of 1, 3, 8
  EXPECT_EQ(network.forward(in)[0][1].item<double>(), 0.0);
  EXPECT_EQ(network.forward(in.narrow(1, 0, 1))[0][0].item<double>(), 0.0);
}

}  // namespace
}  // namespace voiceprint::trainer
