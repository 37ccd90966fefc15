// The loss against formulas written another way, and its gradients against finite differences.
#include <gtest/gtest.h>

#include <cmath>

#include "loss/aam_softmax.h"

namespace voiceprint::trainer {
namespace {

torch::Tensor unit_rows(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  torch::manual_seed(seed);
  return torch::nn::functional::normalize(torch::randn({rows, columns}),
                                          torch::nn::functional::NormalizeFuncOptions().dim(1));
}

// Cross-entropy on s * cos(theta + m), angle by angle, in double.
double slow_aam(const torch::Tensor& embeddings, const torch::Tensor& weight, const torch::Tensor& labels, double scale,
                double margin, std::int64_t sub_centers) {
  double total = 0;
  for (std::int64_t i = 0; i < embeddings.size(0); ++i) {
    std::vector<double> logits;
    for (std::int64_t c = 0; c < weight.size(0) / sub_centers; ++c) {
      double best = -2;
      for (std::int64_t k = 0; k < sub_centers; ++k) {
        double dot = 0, length = 0;
        for (std::int64_t d = 0; d < weight.size(1); ++d) {
          const double w = weight[c * sub_centers + k][d].item<double>();
          dot += w * embeddings[i][d].item<double>(), length += w * w;
        }
        best = std::max(best, dot / std::sqrt(length));
      }
      const bool target = labels[i].item<std::int64_t>() == c;
      logits.push_back(scale * (target ? std::cos(std::acos(best) + margin) : best));
    }
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit);
    total += std::log(sum) - logits[static_cast<std::size_t>(labels[i].item<std::int64_t>())];
  }
  return total / static_cast<double>(embeddings.size(0));
}

TEST(AamSoftmax, EqualsTheAngleFormula) {
  for (const std::int64_t sub_centers : {1, 3}) {
    LossConfig config;
    config.scale = 20, config.sub_centers = sub_centers;
    AamSoftmax head(config, 8, 5);
    const torch::Tensor embeddings = unit_rows(6, 8, 3), labels = torch::tensor({0, 1, 2, 3, 4, 0}, torch::kInt64);
    for (const double margin : {0.0, 0.2, 0.5}) {
      const torch::NoGradGuard no_gradient;
      EXPECT_NEAR(head->forward(embeddings, labels, margin).item<double>(),
                  slow_aam(embeddings, head->weight, labels, 20, margin, sub_centers), 1e-4);
    }
  }
}

TEST(AamSoftmax, GradientEqualsFiniteDifferences) {
  LossConfig config;
  config.scale = 10;
  AamSoftmax head(config, 4, 3);
  head->to(torch::kFloat64);
  const torch::Tensor labels = torch::tensor({0, 2}, torch::kInt64);
  torch::Tensor embeddings = unit_rows(2, 4, 5).to(torch::kFloat64).set_requires_grad(true);
  head->forward(embeddings, labels, 0.3).backward();
  const torch::Tensor gradient = embeddings.grad().clone();
  const torch::NoGradGuard no_gradient;
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t d = 0; d < 4; ++d) {
      const auto shifted = [&](double by) {
        torch::Tensor moved = embeddings.clone();
        moved[i][d] += by;
        return head->forward(moved, labels, 0.3).item<double>();
      };
      EXPECT_NEAR(gradient[i][d].item<double>(), (shifted(1e-5) - shifted(-1e-5)) / 2e-5, 1e-6);
    }
  }
}

TEST(AamSoftmax, IsFiniteWhereTheCosineIsOne) {
  AamSoftmax head(LossConfig{}, 4, 3);
  torch::Tensor embeddings = torch::nn::functional::normalize(head->weight.detach().clone(),
                                                              torch::nn::functional::NormalizeFuncOptions().dim(1))
                                 .set_requires_grad(true);
  const torch::Tensor loss = head->forward(embeddings, torch::arange(3, torch::kInt64), 0.2);
  loss.backward();
  EXPECT_TRUE(std::isfinite(loss.item<double>()));
  EXPECT_TRUE(embeddings.grad().isfinite().all().item<bool>());
  EXPECT_TRUE(head->weight.grad().isfinite().all().item<bool>());
  EXPECT_EQ(head->accuracy.item<float>(), 1.0f);
}

TEST(AamSoftmax, FallsSteadilyBeyondPiMinusMargin) {
  LossConfig config;
  config.scale = 1;
  AamSoftmax head(config, 2, 1);
  const torch::NoGradGuard no_gradient;
  head->weight.copy_(torch::tensor({{1.0f, 0.0f}}));
  // One class: the loss is constant, so read the logit from a second, far class.
  AamSoftmax pair(config, 2, 2);
  pair->weight.copy_(torch::tensor({{1.0f, 0.0f}, {0.0f, 1.0f}}));
  double before = -1;
  for (double angle = 2.5; angle <= 3.14; angle += 0.02) {
    const torch::Tensor embedding =
        torch::tensor({{static_cast<float>(std::cos(angle)), static_cast<float>(-std::sin(angle))}});
    const double loss = pair->forward(embedding, torch::zeros({1}, torch::kInt64), 0.4).item<double>();
    const double other = -std::sin(angle);  // the other class's cosine
    const double target = -std::log(std::exp(loss) - 1) + other;
    if (before > -1) {
      EXPECT_LT(target, before + 1e-5) << angle;
    }
    before = target;
  }
}

TEST(Contrastive, EqualsTheDirectFormula) {
  const torch::Tensor embeddings = unit_rows(6, 8, 7), labels = torch::tensor({0, 0, 1, 1, 1, 2}, torch::kInt64);
  double total = 0;
  int counted = 0;
  for (int i = 0; i < 6; ++i) {
    double sum = 0, positives = 0, count = 0;
    for (int j = 0; j < 6; ++j) {
      if (j == i) continue;
      const double similarity = 15.0 * embeddings[i].dot(embeddings[j]).item<double>();
      sum += std::exp(similarity);
      if (labels[i].item<int>() == labels[j].item<int>()) positives += similarity, ++count;
    }
    if (count > 0) total += std::log(sum) - positives / count, ++counted;
  }
  EXPECT_NEAR(contrastive_loss(embeddings, labels).item<double>(), total / counted, 1e-4);
}

}  // namespace
}  // namespace voiceprint::trainer
