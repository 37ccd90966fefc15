// Long-term statistics by their definition, and the linear discriminant by the equation that it solves.
#include "run/lda.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "expect_error.h"
#include "model/architectures.h"
#include "model/torch_network.h"
#include "run/checkpoint.h"
#include "run/embedder.h"
#include "run/training_step.h"
#include "small_packs.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

// Of x[t][bin], in the order of long_term_statistics, with plain loops.
std::vector<double> statistics_by_definition(const std::vector<std::vector<double>>& x, std::size_t coefficients) {
  const std::size_t frames = x.size(), bins = x[0].size();
  const auto series = [&](const auto& value, std::size_t count) {
    std::vector<double> s(count);
    for (std::size_t t = 0; t < count; ++t) s[t] = value(t);
    return s;
  };
  const auto moment = [](const std::vector<double>& s, int power, bool about_mean) {
    double mean = 0, sum = 0;
    for (const double v : s) mean += v / static_cast<double>(s.size());
    for (const double v : s) sum += std::pow(v - (about_mean ? mean : 0.0), power);
    return sum / static_cast<double>(s.size());
  };
  std::vector<double> means, spreads, skewnesses, lags[2];
  for (std::size_t b = 0; b < bins; ++b) {
    const std::vector<double> s = series([&](std::size_t t) { return x[t][b]; }, frames);
    means.push_back(moment(s, 1, false));
    spreads.push_back(std::sqrt(moment(s, 2, true)));
    skewnesses.push_back(moment(s, 3, true) / std::pow(spreads.back(), 3));
    for (const std::size_t lag : {1u, 5u})
      lags[lag == 5].push_back(
          std::sqrt(moment(series([&](std::size_t t) { return x[t + lag][b] - x[t][b]; }, frames - lag), 2, true)));
  }
  std::vector<std::vector<double>> cepstrum(coefficients);
  for (std::size_t k = 0; k < coefficients; ++k) {
    cepstrum[k] = series(
        [&](std::size_t t) {
          double sum = 0;
          for (std::size_t b = 0; b < bins; ++b)
            sum += (x[t][b] - means[b]) * std::cos(std::numbers::pi / static_cast<double>(bins) *
                                                   (static_cast<double>(b) + 0.5) * static_cast<double>(k));
          return sum * std::sqrt((k == 0 ? 1.0 : 2.0) / static_cast<double>(bins));
        },
        frames);
  }
  std::vector<double> all = means;
  const auto append = [&](const std::vector<double>& part) { all.insert(all.end(), part.begin(), part.end()); };
  append(spreads), append(skewnesses), append(lags[0]), append(lags[1]);
  for (const auto& c : cepstrum) all.push_back(std::sqrt(moment(c, 2, false)));
  for (const auto& a : cepstrum) {
    for (const auto& b : cepstrum) {
      double dot = 0;
      for (std::size_t t = 0; t < frames; ++t) dot += a[t] * b[t] / static_cast<double>(frames);
      all.push_back(dot / std::sqrt(moment(a, 2, false) * moment(b, 2, false)));
    }
  }
  return all;
}

TEST(LongTermStatistics, EqualTheirDefinition) {
  torch::manual_seed(3);
  // Of 21 bins the highest, a twentieth, is left out.
  const torch::Tensor features = torch::randn({2, 57, 21}) + torch::randn({1, 1, 21}) + torch::randn({2, 57, 1});
  Network network;
  network.set_output(long_term_statistics(network, network.input(21)));
  const torch::Tensor result = TorchNetwork(std::move(network)).forward(features);
  ASSERT_EQ(result.size(1), 5 * 20 + 20 + 400);
  for (std::int64_t row = 0; row < 2; ++row) {
    std::vector<std::vector<double>> x(57, std::vector<double>(20));
    for (std::int64_t t = 0; t < 57; ++t) {
      for (std::int64_t b = 0; b < 20; ++b)
        x[static_cast<std::size_t>(t)][static_cast<std::size_t>(b)] = features[row][t][b].item<double>();
    }
    const std::vector<double> wanted = statistics_by_definition(x, 20);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_NEAR(result[row][static_cast<std::int64_t>(i)].item<double>(), wanted[i], 2e-5) << row << " " << i;
  }
}

TEST(LongTermStatistics, AreFiniteForOneFrameAndForConstantOnes) {
  Network network;
  network.set_output(long_term_statistics(network, network.input(80)));
  const TorchNetwork model(std::move(network));
  for (const std::int64_t frames : {1, 2, 7, 8, 100})
    EXPECT_TRUE(model.forward(torch::zeros({1, frames, 80})).isfinite().all().item<bool>()) << frames;
}

const torch::Tensor kNone = torch::empty({0, 6});  // no changes

// 60 speakers with 1 to 5 recordings in 6 dimensions of different size; speakers differ in two of them.
struct Recordings {
  torch::Tensor vectors;
  std::vector<std::int64_t> speakers;

  Recordings() {
    torch::manual_seed(4);
    const torch::Tensor between = torch::tensor({0.0, 3.0, 0.0, 0.0, 2.0, 0.1}),
                        scale = torch::tensor({9.0, 1.0, 0.1, 30.0, 0.01, 1.0});
    std::vector<torch::Tensor> rows;
    for (std::int64_t speaker = 0; speaker < 60; ++speaker) {
      const torch::Tensor own = torch::randn({6}) * between;
      for (std::int64_t i = 0; i < 1 + speaker % 5; ++i)
        rows.push_back((own + torch::randn({6}) + 4) * scale), speakers.push_back(speaker);
    }
    vectors = torch::stack(rows);
  }
};

TEST(Discriminant, SolvesItsEquation) {
  const Recordings data;
  const LdaConfig options{.dim = 3, .cap = 3, .copy_share = 0.5, .spread_share = 0.2, .ridge = 0.05};
  const torch::Tensor changes = torch::randn({40, 6}) * torch::tensor({3.0, 0.1, 0.0, 9.0, 0.004, 1.0});
  const Projection p = fit_discriminant(data.vectors, data.speakers, changes, options);
  // C and S by plain loops over pairs of dimensions, of statistics divided by their deviation.
  const auto n = static_cast<std::size_t>(data.vectors.size(0));
  std::vector<std::vector<double>> z(n, std::vector<double>(6));
  for (std::size_t d = 0; d < 6; ++d) {
    double mean = 0, square = 0;
    for (std::size_t i = 0; i < n; ++i)
      z[i][d] = data.vectors[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(d)].item<double>();
    for (std::size_t i = 0; i < n; ++i) mean += z[i][d] / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) square += (z[i][d] - mean) * (z[i][d] - mean) / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) z[i][d] = (z[i][d] - mean) / std::sqrt(square);
  }
  torch::Tensor c = torch::zeros({6, 6}, torch::kFloat64), w = torch::zeros({6, 6}, torch::kFloat64);
  double total = 0;
  for (std::int64_t speaker = 0; speaker < 60; ++speaker) {
    std::vector<std::size_t> own;
    for (std::size_t i = 0; i < n; ++i) {
      if (data.speakers[i] == speaker) own.push_back(i);
    }
    const double count = static_cast<double>(own.size()), weight = own.size() < 2 ? 0 : std::min(1.0, 3 / count);
    total += weight * count;
    for (std::int64_t a = 0; a < 6; ++a) {
      for (std::int64_t b = 0; b < 6; ++b) {
        double mean_a = 0, mean_b = 0, within = 0, all = 0;
        for (const std::size_t i : own)
          mean_a += z[i][static_cast<std::size_t>(a)] / count, mean_b += z[i][static_cast<std::size_t>(b)] / count;
        for (const std::size_t i : own) {
          within += (z[i][static_cast<std::size_t>(a)] - mean_a) * (z[i][static_cast<std::size_t>(b)] - mean_b);
          all += z[i][static_cast<std::size_t>(a)] * z[i][static_cast<std::size_t>(b)] / static_cast<double>(n);
        }
        w[a][b] += weight * within, c[a][b] += all;
      }
    }
  }
  w = w / total;
  // The projection acts on the statistics themselves: v = row * deviation.
  const torch::Tensor deviation = data.vectors.to(torch::kFloat64).std(0, false);
  torch::Tensor moved = torch::zeros({6, 6}, torch::kFloat64);
  for (std::int64_t i = 0; i < 40; ++i) {
    const torch::Tensor change = changes[i].to(torch::kFloat64) / deviation;
    moved += torch::outer(change, change) / 40;
  }
  const torch::Tensor s = w + 0.2 * c + 0.5 * moved + 0.05 * w.trace() / 6 * torch::eye(6, torch::kFloat64);
  const torch::Tensor v = p.weight.to(torch::kFloat64) * deviation;
  EXPECT_TRUE(torch::allclose(torch::matmul(torch::matmul(v, s), v.t()), torch::eye(3, torch::kFloat64), 1e-4, 1e-4));
  double before = 1e9;
  for (std::int64_t i = 0; i < 3; ++i) {
    const torch::Tensor cv = torch::mv(c, v[i]), sv = torch::mv(s, v[i]);
    const double lambda = torch::dot(v[i], cv).item<double>();
    EXPECT_TRUE(torch::allclose(cv, lambda * sv, 1e-4, 1e-4)) << i;
    EXPECT_LE(lambda, before);
    before = lambda;
  }
  // The mean recording lies at the origin.
  EXPECT_TRUE(torch::allclose(torch::mv(p.weight, data.vectors.mean(0)) + p.bias, torch::zeros(3), 0, 1e-4));
}

TEST(Discriminant, KeepsWhatTellsSpeakersApart) {
  const Recordings data;
  const Projection p = fit_discriminant(data.vectors, data.speakers, kNone, {.dim = 2});
  const torch::Tensor share = (p.weight * data.vectors.std(0)).square();
  for (std::int64_t i = 0; i < 2; ++i)
    EXPECT_GT((share[i][1] + share[i][4]).item<double>() / share[i].sum().item<double>(), 0.9) << share[i];
}

TEST(Discriminant, LeavesOutWhatHardlyChanges) {
  const Recordings data;
  torch::Tensor vectors = data.vectors.clone();
  vectors.select(1, 2) = 1 + 1e-7 * torch::randn({vectors.size(0)});  // rounding
  const Projection p = fit_discriminant(vectors, data.speakers, kNone, {.dim = 3});
  EXPECT_TRUE(p.weight.select(1, 2).eq(0).all().item<bool>());
  EXPECT_TRUE(p.weight.isfinite().all().item<bool>());
}

TEST(Discriminant, SaysWhatIsMissing) {
  const Recordings data;
  EXPECT_ERROR(fit_discriminant(data.vectors, data.speakers, kNone, {.dim = 7}), "no fewer statistics (6)");
  EXPECT_ERROR(fit_discriminant(data.vectors.slice(0, 0, 2), {0, 0}, kNone, {.dim = 2}), "needs more recordings (2)");
  std::vector<std::int64_t> alone(data.speakers.size());
  for (std::size_t i = 0; i < alone.size(); ++i) alone[i] = static_cast<std::int64_t>(i);
  EXPECT_ERROR(fit_discriminant(data.vectors, alone, kNone, {.dim = 2}), "no speaker has two recordings");
  torch::Tensor broken = data.vectors.clone();
  broken[3][2] = NAN;
  EXPECT_ERROR(fit_discriminant(broken, data.speakers, kNone, {.dim = 2}), "not finite");
}

class LdaCommand : public ::testing::Test {
 protected:
  LdaCommand() {
    write_speech(folder_ / "speech");
    config_.model.kind = "statistics", config_.features.mean_normalisation = "level";
    config_.data.pack = folder_ / "speech", config_.lda.dim = 8;
  }
  torch::Tensor embed(const std::string& checkpoint, const torch::Tensor& features) const {
    const std::vector<float> values =
        Embedder::from_checkpoint(checkpoint)
            .embed_batch({features.const_data_ptr<float>(), static_cast<std::size_t>(features.numel())},
                         features.size(0), features.size(1));
    return torch::tensor(values).view({features.size(0), -1});
  }
  TemporaryFolder folder_;
  Config config_;
};

TEST_F(LdaCommand, JoinsStatisticsToANetworkByTheirCosines) {
  const std::string alone = folder_ / "alone.safetensors", network = folder_ / "network.safetensors",
                    joined = folder_ / "joined.safetensors";
  fit_statistics(config_, "", alone);
  config_.model.kind = "ecapa_tdnn", config_.model.channels = 16, config_.model.mfa_channels = 16;
  config_.model.embedding_dim = 12, config_.model.res2_scale = 4;
  EXPECT_ERROR(fit_statistics(config_, "", joined), "needs --checkpoint");
  TrainingState(config_, 5, torch::kCPU).save(config_, network);
  EXPECT_ERROR(fit_statistics(config_, network, joined), "lda.weight = 0");
  config_.lda.weight = 0.6;
  fit_statistics(config_, network, joined);

  const torch::Tensor features = torch::randn({2, 40, 80});
  const auto cosine = [&](const std::string& checkpoint) {
    const torch::Tensor e = embed(checkpoint, features);
    EXPECT_TRUE(torch::allclose(e.norm(2, 1), torch::ones(2)));
    return torch::dot(e[0], e[1]).item<double>();
  };
  EXPECT_NEAR(cosine(joined), (cosine(network) + 0.6 * cosine(alone)) / 1.6, 1e-6);
  EXPECT_EQ(embed(joined, features).size(1), 12 + 8);
  EXPECT_ERROR(fit_statistics(checkpoint_config(read_tensor_file(joined), joined), joined, joined),
               "has statistics already");
}

TEST_F(LdaCommand, CopiesUnderAugmentationChangeTheFit) {
  config_.augment.noise = 1;
  fit_statistics(config_, "", folder_ / "plain.safetensors");
  config_.lda.copies = 1, config_.lda.copy_share = 1;
  fit_statistics(config_, "", folder_ / "copies.safetensors");
  const torch::Tensor features = torch::randn({1, 40, 80});
  EXPECT_FALSE(torch::allclose(embed(folder_ / "plain.safetensors", features),
                               embed(folder_ / "copies.safetensors", features), 1e-2, 1e-2));
}

}  // namespace
}  // namespace voiceprint::trainer
