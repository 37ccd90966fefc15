// Networks side by side, by the cosines that they would give alone.
#include "run/join.h"

#include <gtest/gtest.h>

#include "expect_error.h"
#include "run/checkpoint.h"
#include "run/embedder.h"
#include "run/training_step.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

class Join : public ::testing::Test {
 protected:
  Join() {
    config_.model.channels = 16, config_.model.mfa_channels = 16;
    config_.model.embedding_dim = 12, config_.model.res2_scale = 4;
  }
  // A network with random weights.
  std::string save(const std::string& name, std::uint64_t seed) {
    torch::manual_seed(seed);
    const std::string path = folder_ / name;
    TrainingState(config_, 5, torch::kCPU).save(config_, path);
    return path;
  }
  torch::Tensor embed(const std::string& checkpoint) const {
    const std::vector<float> values =
        Embedder::from_checkpoint(checkpoint).embed_batch({features_.const_data_ptr<float>(), 2 * 40 * 80}, 2, 40);
    return torch::tensor(values).view({2, -1});
  }
  double cosine(const std::string& checkpoint) const {
    const torch::Tensor e = embed(checkpoint);
    EXPECT_TRUE(torch::allclose(e.norm(2, 1), torch::ones(2)));
    return torch::dot(e[0], e[1]).item<double>();
  }
  TemporaryFolder folder_;
  Config config_;
  torch::Tensor features_ = torch::randn({2, 40, 80});
};

TEST_F(Join, AveragesTheCosines) {
  const std::string a = save("a", 1), b = save("b", 2), c = save("c", 3), out = folder_ / "joined.safetensors";
  join_networks({a, b, c}, out);
  EXPECT_NEAR(cosine(out), (cosine(a) + cosine(b) + cosine(c)) / 3, 1e-6);
  EXPECT_EQ(embed(out).size(1), 3 * 12);
  EXPECT_EQ(checkpoint_config(read_tensor_file(out), out).model.members, 3);
  // The embeddings themselves lie one behind the other.
  EXPECT_TRUE(torch::allclose(embed(out).slice(1, 12, 24), embed(b) / std::sqrt(3.0), 1e-5, 1e-6));
}

TEST_F(Join, AveragesTheWeights) {
  const std::string a = save("a", 1), b = save("b", 2), c = save("c", 3), out = folder_ / "mean.safetensors";
  average_networks({a, b, c}, out);
  const TensorFile mean = read_tensor_file(out);
  std::size_t compared = 0;
  for (const auto& [name, tensor] : mean.tensors) {
    const std::string source = "average/" + name.substr(std::string("model/").size());
    const std::vector<float> x = read_tensor_file(a).at(source, a).floats(),
                             y = read_tensor_file(b).at(source, b).floats(),
                             z = read_tensor_file(c).at(source, c).floats(), m = tensor.floats();
    ASSERT_EQ(m.size(), x.size()) << name;
    for (std::size_t i = 0; i < m.size(); ++i, ++compared) EXPECT_NEAR(m[i], (x[i] + y[i] + z[i]) / 3, 1e-6) << name;
  }
  EXPECT_GT(compared, 1000u);
  EXPECT_EQ(checkpoint_config(mean, out).model.members, 1);
  EXPECT_EQ(embed(out).size(1), 12);
  // The mean of a network with itself is that network.
  average_networks({a, a}, out);
  EXPECT_TRUE(torch::allclose(embed(out), embed(a), 1e-5, 1e-6));
}

TEST_F(Join, SaysWhatCannotBeJoined) {
  const std::string a = save("a", 1), b = save("b", 2), out = folder_ / "joined.safetensors";
  config_.model.channels = 24;
  const std::string wide = save("wide", 3);
  config_.model.channels = 16, config_.features.mean_normalisation = "level";
  const std::string level = save("level", 4);
  config_.model.kind = "statistics";
  EXPECT_ERROR(join_networks({save("statistics", 5), a}, out), "is statistics alone");
  EXPECT_ERROR(join_networks({a}, out), "two checkpoints or more");
  EXPECT_ERROR(join_networks({a, wide}, out), "model.channels is 24, but 16 in " + a);
  EXPECT_ERROR(join_networks({a, level}, out), "features.mean_normalisation is \"level\"");
  EXPECT_ERROR(join_networks({a, folder_ / "nowhere"}, out), "nowhere");
  join_networks({a, b}, out);
  EXPECT_ERROR(join_networks({a, out}, folder_ / "twice"), "is joined already");
}

}  // namespace
}  // namespace voiceprint::trainer
