// Each loss against its formula, written as scalar loops in double over angles, and its gradients against central
// differences of that formula.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "loss/classification_head.h"
#include "loss/contrastive.h"
#include "optim/optimizer.h"

namespace voiceprint::trainer {
namespace {

using Row = std::vector<double>;
using Matrix = std::vector<Row>;

struct Problem {
  Matrix embeddings, weight;
  Row bias;
  std::vector<std::size_t> labels;
};

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += a[d] * b[d];
  return sum;
}

// --- The formulas ---

// Cosines to the nearest sub-center of each class, or a linear layer's output.
Matrix slow_scores(const LossConfig& config, const Problem& p) {
  const auto centers = static_cast<std::size_t>(config.sub_centers);
  Matrix scores;
  for (const Row& embedding : p.embeddings) {
    Row row;
    for (std::size_t c = 0; c < p.weight.size() / centers; ++c) {
      double best = -2;
      for (std::size_t k = c * centers; k < (c + 1) * centers; ++k)
        best = std::max(best, dot(embedding, p.weight[k]) / std::sqrt(dot(p.weight[k], p.weight[k])));
      row.push_back(config.kind == "cross_entropy" ? dot(embedding, p.weight[c]) + p.bias[c] : best);
    }
    scores.push_back(row);
  }
  return scores;
}

double slow_cross_entropy(const Row& logits, std::size_t label, double smoothing) {
  double sum = 0, loss = 0;
  for (const double logit : logits) sum += std::exp(logit);
  for (std::size_t j = 0; j < logits.size(); ++j) {
    const double share = smoothing / static_cast<double>(logits.size()) + (j == label ? 1 - smoothing : 0);
    loss -= share * (logits[j] - std::log(sum));
  }
  return loss;
}

double slow_wider(double cosine, double margin, const LossConfig& config) {
  const double angle = std::acos(cosine);
  if (angle + margin < std::numbers::pi) return std::cos(angle + margin);
  return cosine - (config.fallback == "sine" ? margin * std::sin(margin) : 1 - std::cos(margin));
}

double slow_narrower(double cosine, double margin) {
  const double angle = std::acos(cosine);
  return angle > margin ? std::cos(angle - margin) : cosine + 1 - std::cos(margin);
}

double slow_row(const LossConfig& config, Row cosine, std::size_t label, double margin) {
  if (config.kind == "aam") {
    std::vector<std::size_t> others;
    for (std::size_t j = 0; j < cosine.size(); ++j) {
      if (j != label) others.push_back(j);
    }
    std::sort(others.begin(), others.end(), [&](std::size_t a, std::size_t b) { return cosine[a] > cosine[b]; });
    for (std::size_t n = 0; n < std::min<std::size_t>(others.size(), static_cast<std::size_t>(config.inter_top_k)); ++n)
      cosine[others[n]] = slow_narrower(cosine[others[n]], config.inter_margin * margin / config.margin);
    if (!config.easy_margin || cosine[label] > 0) cosine[label] = slow_wider(cosine[label], margin, config);
  }
  if (config.kind == "am" || config.kind == "arm") cosine[label] -= margin;
  if (config.kind != "cross_entropy") {
    for (double& c : cosine) c *= config.scale;
  }
  if (config.kind == "arm") {
    const double target = cosine[label];
    for (double& c : cosine) c = c < target ? 0 : c;
  }
  return slow_cross_entropy(cosine, label, config.label_smoothing);
}

double slow_sphereface2_row(const LossConfig& config, const Row& cosine, std::size_t label, double margin, double b) {
  const auto g = [&](double z) {
    const double base = (z + 1) / 2;
    return 2 * std::copysign(std::pow(std::abs(base), config.sphereface2_t), base) - 1;
  };
  const bool angular = config.sphereface2_type == "A";
  double total = 0;
  for (std::size_t j = 0; j < cosine.size(); ++j) {
    if (j == label) {
      const double z = angular ? g(slow_wider(cosine[j], margin, config)) : g(cosine[j]) - margin;
      total += config.sphereface2_lambda * std::log1p(std::exp(-(config.scale * z + b)));
    } else {
      const double z = angular ? g(slow_narrower(cosine[j], margin)) : g(cosine[j]) + margin;
      total += (1 - config.sphereface2_lambda) * std::log1p(std::exp(config.scale * z + b));
    }
  }
  return total;
}

double slow_triplet(const LossConfig& config, const Problem& p, double margin) {
  double triplet = 0, positive_bound = 0, negative_bound = 0;
  int both = 0, positives = 0, negatives = 0;
  for (std::size_t i = 0; i < p.labels.size(); ++i) {
    double positive = 9, negative = -9;
    for (std::size_t j = 0; j < p.labels.size(); ++j) {
      const double cosine = dot(p.embeddings[i], p.embeddings[j]);
      if (p.labels[j] != p.labels[i])
        negative = std::max(negative, cosine);
      else if (j != i)
        positive = std::min(positive, cosine);
    }
    if (positive < 9) positive_bound += std::max(0.0, config.triplet_positive - positive), ++positives;
    if (negative > -9) negative_bound += std::max(0.0, negative - config.triplet_negative), ++negatives;
    if (positive < 9 && negative > -9) triplet += std::max(0.0, negative - positive + margin), ++both;
  }
  const auto mean = [](double sum, int count) { return count > 0 ? sum / count : 0.0; };
  return mean(triplet, both) +
         config.triplet_weight * (mean(positive_bound, positives) + mean(negative_bound, negatives));
}

double slow_loss(const LossConfig& config, const Problem& p, double margin) {
  const Matrix scores = slow_scores(config, p);
  double total = 0;
  for (std::size_t i = 0; i < scores.size(); ++i)
    total += config.kind == "sphereface2" ? slow_sphereface2_row(config, scores[i], p.labels[i], margin, p.bias[0])
                                          : slow_row(config, scores[i], p.labels[i], margin);
  total /= static_cast<double>(scores.size());
  return config.kind == "triplet" ? total + slow_triplet(config, p, margin) : total;
}

// --- The same problem as tensors ---

torch::Tensor to_tensor(const Matrix& rows) {
  std::vector<torch::Tensor> tensors;
  for (const Row& row : rows) tensors.push_back(torch::tensor(row, torch::kFloat64));
  return torch::stack(tensors);
}

torch::Tensor to_labels(const std::vector<std::size_t>& labels) {
  return torch::tensor(std::vector<std::int64_t>(labels.begin(), labels.end()), torch::kInt64);
}

ClassificationHead head_of(const LossConfig& config, const Problem& p) {
  ClassificationHead head(config, static_cast<std::int64_t>(p.weight[0].size()),
                          static_cast<std::int64_t>(p.weight.size()) / config.sub_centers);
  head->to(torch::kFloat64);
  const torch::NoGradGuard no_gradient;
  head->weight.copy_(to_tensor(p.weight));
  if (head->bias.defined()) head->bias.copy_(torch::tensor(p.bias, torch::kFloat64));
  return head;
}

constexpr std::size_t kClasses = 5, kDim = 4;

// Five classes and seven crops. The first lies nearly opposite to its class (beyond pi - margin), the fourth nearly on
// a class that is not its own (nearer than a margin).
Problem make_problem(const LossConfig& config) {
  torch::manual_seed(11);
  const auto centers = static_cast<std::size_t>(config.sub_centers);
  Problem p;
  p.labels = {0, 0, 1, 2, 3, 4, 4};
  const auto random_row = [] {
    const torch::Tensor row = torch::randn({static_cast<std::int64_t>(kDim)}, torch::kFloat64);
    return Row(row.const_data_ptr<double>(), row.const_data_ptr<double>() + kDim);
  };
  for (std::size_t i = 0; i < kClasses * centers; ++i) p.weight.push_back(random_row());
  for (std::size_t i = 0; i < p.labels.size(); ++i) {
    Row row = random_row();
    for (std::size_t d = 0; d < kDim; ++d) {
      if (i == 0) row[d] = 0.1 * row[d] - p.weight[0][d];
      if (i == 3) row[d] = 0.1 * row[d] + p.weight[4 * centers][d];
    }
    const double length = std::sqrt(dot(row, row));
    for (double& x : row) x /= length;
    p.embeddings.push_back(row);
  }
  if (config.kind == "sphereface2") p.bias = {-0.7};
  if (config.kind == "cross_entropy") p.bias = {0.3, -0.2, 0.1, 0.5, -0.4};
  return p;
}

LossConfig loss_of(const std::string& kind) {
  LossConfig config;
  config.kind = kind, config.scale = 10, config.margin = 0.9;
  return config;
}

std::vector<LossConfig> every_loss() {
  std::vector<LossConfig> losses(15, loss_of("aam"));
  losses[1].easy_margin = true;
  losses[2].fallback = "cosine";
  losses[3].sub_centers = 3;
  losses[4].inter_top_k = 2, losses[4].inter_margin = 0.4;
  losses[5].label_smoothing = 0.1;
  losses[6].sub_centers = 2, losses[6].inter_top_k = 50, losses[6].fallback = "cosine", losses[6].label_smoothing = 0.2;
  losses[7] = loss_of("am"), losses[7].sub_centers = 2;
  losses[8] = loss_of("arm");
  losses[9] = loss_of("cross_entropy"), losses[9].label_smoothing = 0.1;
  losses[10] = loss_of("sphereface2");
  losses[11] = loss_of("sphereface2"), losses[11].sub_centers = 2, losses[11].sphereface2_lambda = 0.6;
  losses[12] = loss_of("sphereface2"), losses[12].sphereface2_type = "A", losses[12].sphereface2_t = 1.5;
  losses[13] = loss_of("sphereface2"), losses[13].sphereface2_type = "A", losses[13].sphereface2_t = 2.5,
  losses[13].fallback = "cosine";
  losses[14] = loss_of("triplet"), losses[14].triplet_weight = 0.5, losses[14].label_smoothing = 0.1;
  return losses;
}

TEST(Loss, EqualsItsFormula) {
  for (const LossConfig& config : every_loss()) {
    const Problem p = make_problem(config);
    for (const double margin : {0.0, 0.2, 0.9}) {
      const double loss =
          head_of(config, p)->forward(to_tensor(p.embeddings), to_labels(p.labels), margin).item<double>();
      EXPECT_NEAR(loss, slow_loss(config, p, margin), 1e-8) << config.kind << " " << margin;
    }
  }
}

// d loss() / d x by central differences of fourth order: near a cosine of 1 the second order is too coarse.
template <typename LossOf>
double slow_gradient(double& x, LossOf&& loss) {
  constexpr double kStep = 1e-5;
  const double before = x;
  const auto at = [&](double steps) {
    x = before + steps * kStep;
    return loss();
  };
  const double gradient = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * kStep);
  x = before;
  return gradient;
}

void expect_gradient(const torch::Tensor& gradient, const torch::Tensor& expected, const std::string& what) {
  ASSERT_EQ(gradient.sizes(), expected.sizes()) << what;
  EXPECT_LT((gradient - expected).abs().max().item<double>(), 1e-7) << what;
}

// The slow gradient by each of `rows`, which `loss` reads.
template <typename LossOf>
torch::Tensor slow_gradients(Matrix& rows, LossOf&& loss) {
  Matrix gradients;
  for (Row& row : rows) {
    gradients.emplace_back();
    for (double& x : row) gradients.back().push_back(slow_gradient(x, loss));
  }
  return to_tensor(gradients);
}

TEST(Loss, GradientEqualsCentralDifferencesOfItsFormula) {
  for (const LossConfig& config : every_loss()) {
    for (const double margin : {0.2, 0.9}) {
      Problem p = make_problem(config);
      ClassificationHead head = head_of(config, p);
      const torch::Tensor embeddings = to_tensor(p.embeddings).set_requires_grad(true);
      head->forward(embeddings, to_labels(p.labels), margin).backward();
      const auto loss = [&] { return slow_loss(config, p, margin); };
      const std::string name = config.kind + " " + std::to_string(margin);
      expect_gradient(embeddings.grad(), slow_gradients(p.embeddings, loss), name + " embeddings");
      expect_gradient(head->weight.grad(), slow_gradients(p.weight, loss), name + " weight");
      if (!head->bias.defined()) continue;
      Row bias_gradient;
      for (double& b : p.bias) bias_gradient.push_back(slow_gradient(b, loss));
      expect_gradient(head->bias.grad(), torch::tensor(bias_gradient, torch::kFloat64), name + " bias");
    }
  }
}

// Its cosine then comes from LibTorch instead of the standard library.
TEST(Loss, TakesItsMarginFromATensorToo) {
  for (const LossConfig& config : every_loss()) {
    const Problem p = make_problem(config);
    for (const double margin : {0.0, 0.2, 0.9}) {
      std::vector<torch::Tensor> losses, gradients;
      for (const bool in_tensor : {false, true}) {
        ClassificationHead head = head_of(config, p);
        const torch::Tensor embeddings = to_tensor(p.embeddings), labels = to_labels(p.labels);
        losses.push_back(in_tensor ? head->forward(embeddings, labels, torch::full({}, margin, torch::kFloat64))
                                   : head->forward(embeddings, labels, margin));
        losses.back().backward();
        gradients.push_back(head->weight.grad());
      }
      EXPECT_NEAR(losses[1].item<double>(), losses[0].item<double>(), 1e-12) << config.kind << " " << margin;
      EXPECT_LT((gradients[1] - gradients[0]).abs().max().item<double>(), 1e-12) << config.kind << " " << margin;
    }
  }
}

// The problem reaches every branch: each option of AAM changes the loss.
TEST(Loss, EachOptionCounts) {
  const LossConfig plain = loss_of("aam");
  const Problem p = make_problem(plain);
  const auto loss_with = [&](const LossConfig& config) {
    return head_of(config, p)->forward(to_tensor(p.embeddings), to_labels(p.labels), 0.9).item<double>();
  };
  std::vector<LossConfig> changed(4, plain);
  changed[0].easy_margin = true;
  changed[1].fallback = "cosine";
  changed[2].inter_top_k = 1;
  changed[3].label_smoothing = 0.1;
  for (const LossConfig& config : changed) EXPECT_GT(std::abs(loss_with(config) - loss_with(plain)), 1e-3);
  EXPECT_LT(loss_with(changed[0]), loss_with(plain));  // easier
  EXPECT_GT(loss_with(changed[2]), loss_with(plain));  // harder
}

// Targets and other classes at cosines of exactly 1 and -1, in float32.
TEST(Loss, IsFiniteWhereTheCosineIsOneOrMinusOne) {
  for (LossConfig config : every_loss()) {
    config.sub_centers = 1, config.scale = 30;
    ClassificationHead head(config, 3, 3);
    {
      const torch::NoGradGuard no_gradient;
      head->weight.copy_(torch::eye(3));
    }
    const torch::Tensor labels = torch::tensor({0, 0, 0, 1, 1, 2, 1, 0}, torch::kInt64);
    torch::Tensor embeddings = torch::tensor({{1.0f, 0.0f, 0.0f},
                                              {1.0f, 0.0f, 0.0f},
                                              {-1.0f, 0.0f, 0.0f},
                                              {0.0f, 1.0f, 0.0f},
                                              {0.0f, -1.0f, 0.0f},
                                              {0.0f, 0.0f, 1.0f},
                                              {1.0f, 0.0f, 0.0f},
                                              {0.0f, 0.0f, -1.0f}})
                                   .set_requires_grad(true);
    for (const double margin : {0.0, 0.3, 1.5}) {
      const torch::Tensor loss = head->forward(embeddings, labels, margin);
      loss.backward();
      EXPECT_TRUE(std::isfinite(loss.item<double>())) << config.kind << margin;
      EXPECT_TRUE(embeddings.grad().isfinite().all().item<bool>()) << config.kind << margin;
      for (const torch::Tensor& parameter : head->parameters())
        EXPECT_TRUE(parameter.grad().isfinite().all().item<bool>()) << config.kind << margin;
    }
  }
}

// The wider the target's angle, the lower its logit, also beyond pi - margin; "cosine" goes on without a step.
TEST(Loss, AamFallsSteadilyBeyondPiMinusMargin) {
  for (const char* fallback : {"sine", "cosine"}) {
    LossConfig config;
    config.scale = 1, config.fallback = fallback;
    ClassificationHead head(config, 2, 2);
    const torch::NoGradGuard no_gradient;
    head->weight.copy_(torch::tensor({{1.0f, 0.0f}, {0.0f, 1.0f}}));
    double before = 2, largest_step = 0;
    for (double angle = 0.01; angle < 3.13; angle += 0.01) {
      const double other = std::sin(angle);
      const torch::Tensor embedding = torch::tensor({{std::cos(angle), other}}, torch::kFloat32);
      const double loss = head->forward(embedding, torch::tensor({0}, torch::kInt64), 0.5).item<double>();
      const double target = -std::log(std::exp(loss) - 1) + other;
      EXPECT_LT(target, before + 1e-5) << angle;
      if (before < 2) largest_step = std::max(largest_step, before - target);
      before = target;
    }
    if (config.fallback == "cosine") {
      EXPECT_LT(largest_step, 0.011);  // no more than the angle moved
    } else {
      EXPECT_GT(largest_step, 0.1);
    }
  }
}

TEST(Head, AccuracyIsMarginFreeOverTheNearestSubCenter) {
  LossConfig config;
  config.sub_centers = 2;
  ClassificationHead head(config, 2, 2);
  const torch::NoGradGuard no_gradient;
  head->weight.copy_(torch::tensor({{1.0f, 0.0f}, {-1.0f, 0.0f}, {0.0f, 1.0f}, {0.0f, -1.0f}}));
  const torch::Tensor embeddings = torch::tensor({{-1.0f, 0.0f}, {0.0f, -1.0f}, {0.8f, 0.6f}, {-0.6f, 0.8f}});
  head->forward(embeddings, torch::tensor({0, 1, 0, 0}, torch::kInt64), 1.5);
  EXPECT_EQ(head->accuracy.item<float>(), 0.75f);

  config.sub_centers = 1, config.kind = "cross_entropy";
  ClassificationHead linear(config, 2, 2);
  linear->weight.zero_();
  linear->bias.copy_(torch::tensor({0.0f, 1.0f}));
  linear->forward(embeddings, torch::tensor({0, 1, 1, 1}, torch::kInt64), 0.0);
  EXPECT_EQ(linear->accuracy.item<float>(), 0.75f);
}

TEST(Head, NamesItsParameters) {
  for (const auto& [kind, bias] : {std::pair{"aam", 0}, {"triplet", 0}, {"sphereface2", 1}, {"cross_entropy", 7}}) {
    LossConfig config;
    config.kind = kind;
    const ClassificationHead head(config, 3, 7);
    const auto parameters = head->named_parameters();
    EXPECT_EQ(parameters["weight"].sizes(), (std::vector<std::int64_t>{7, 3}));
    EXPECT_EQ(parameters.size(), bias > 0 ? 2u : 1u) << kind;
    if (bias > 0) {
      EXPECT_EQ(parameters["bias"].numel(), bias) << kind;
    }
    EXPECT_EQ(head->num_classes(), 7);
  }
}

// Embeddings that are free to move find their classes under each loss, and every parameter of the head takes part.
TEST(Head, LearnsWithEachLoss) {
  for (const LossConfig& loss_config : every_loss()) {
    torch::manual_seed(4);
    ClassificationHead head(loss_config, 8, 6);
    const torch::Tensor embeddings = torch::randn({12, 8}).set_requires_grad(true),
                        labels = torch::arange(12, torch::kInt64).remainder(6);
    std::vector<torch::Tensor> start;
    for (const torch::Tensor& parameter : head->parameters()) start.push_back(parameter.detach().clone());
    OptimConfig config;
    config.weight_decay = config.head_weight_decay = 0;
    const auto optimizer = make_optimizer(config, {embeddings}, head->parameters());
    set_learning_rate(*optimizer, config, 0.05);
    double first = 0, last = 0;
    for (int step = 0; step < 200; ++step) {
      namespace F = torch::nn::functional;
      const torch::Tensor loss = head->forward(F::normalize(embeddings, F::NormalizeFuncOptions().dim(1)), labels, 0.2);
      (step == 0 ? first : last) = loss.item<double>();
      optimizer->zero_grad();
      loss.backward();
      optimizer->step();
    }
    EXPECT_EQ(head->accuracy.item<float>(), 1.0f) << loss_config.kind;
    EXPECT_LT(last, 0.5 * first) << loss_config.kind;
    for (std::size_t i = 0; i < start.size(); ++i)
      EXPECT_FALSE(torch::equal(head->parameters()[i], start[i])) << loss_config.kind;
  }
}

// No other crop of its speaker, or no other speaker: those terms are left out, not guessed.
TEST(Triplet, LeavesOutCropsWithoutAPartner) {
  const LossConfig config = loss_of("triplet");
  Problem p = make_problem(config);
  for (const std::vector<std::size_t>& labels :
       {std::vector<std::size_t>{0, 1, 2, 3, 4, 0, 1}, {0, 1, 2, 3, 4, 0, 0}}) {
    p.labels = labels;
    EXPECT_NEAR(head_of(config, p)->forward(to_tensor(p.embeddings), to_labels(labels), 0.5).item<double>(),
                slow_loss(config, p, 0.5), 1e-8);
  }
  for (const std::vector<std::size_t>& labels : {std::vector<std::size_t>{0, 1, 2, 3, 4}, {2, 2, 2, 2, 2}}) {
    p.labels = labels, p.embeddings.resize(5);
    EXPECT_NEAR(head_of(config, p)->forward(to_tensor(p.embeddings), to_labels(labels), 0.5).item<double>(),
                slow_loss(config, p, 0.5), 1e-8);
  }
}

double slow_contrastive(const Problem& p) {
  double total = 0;
  int counted = 0;
  for (std::size_t i = 0; i < p.labels.size(); ++i) {
    double sum = 0, positives = 0, count = 0;
    for (std::size_t j = 0; j < p.labels.size(); ++j) {
      if (j == i) continue;
      const double similarity = 15.0 * dot(p.embeddings[i], p.embeddings[j]);
      sum += std::exp(similarity);
      if (p.labels[i] == p.labels[j]) positives += similarity, ++count;
    }
    if (count > 0) total += std::log(sum) - positives / count, ++counted;
  }
  return total / counted;
}

TEST(Contrastive, EqualsItsFormulaAndItsCentralDifferences) {
  Problem p = make_problem(LossConfig{});
  const torch::Tensor embeddings = to_tensor(p.embeddings).set_requires_grad(true);
  const torch::Tensor loss = contrastive_loss(embeddings, to_labels(p.labels));
  EXPECT_NEAR(loss.item<double>(), slow_contrastive(p), 1e-8);
  loss.backward();
  expect_gradient(embeddings.grad(), slow_gradients(p.embeddings, [&] { return slow_contrastive(p); }), "embeddings");
}

}  // namespace
}  // namespace voiceprint::trainer
