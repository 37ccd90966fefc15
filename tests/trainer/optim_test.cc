// Schedules against closed forms; optimiser groups, clipping, loss scaling and weight averages against scalar formulas.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <numbers>

#include "expect_error.h"
#include "optim/loss_scaler.h"
#include "optim/optimizer.h"
#include "optim/precision.h"
#include "optim/schedule.h"
#include "optim/weight_average.h"

namespace voiceprint::trainer {
namespace {

// --- Schedules ---

OptimConfig schedule_of(const std::string& kind, double warmup) {
  OptimConfig optim;
  optim.schedule = kind, optim.lr = 1e-3, optim.final_lr = 1e-5, optim.warmup = warmup;
  return optim;
}

TEST(Schedule, WarmupCosine) {
  const OptimConfig optim = schedule_of("warmup_cosine", 0.1);
  EXPECT_NEAR(learning_rate(optim, 0, 1000), 1e-5, 1e-12);
  EXPECT_NEAR(learning_rate(optim, 99, 1000), 1e-3, 1e-12);
  EXPECT_NEAR(learning_rate(optim, 550, 1000), (1e-3 + 1e-5) / 2, 1e-9);
  EXPECT_NEAR(learning_rate(optim, 1000, 1000), 1e-5, 1e-12);
}

TEST(Schedule, Cosine) {
  OptimConfig optim = schedule_of("cosine", 0);
  EXPECT_NEAR(learning_rate(optim, 0, 1000), 1e-3, 1e-12);
  EXPECT_NEAR(learning_rate(optim, 250, 1000), 1e-5 + 0.99e-3 * 0.5 * (1 + std::sqrt(0.5)), 1e-12);
  EXPECT_NEAR(learning_rate(optim, 1000, 1000), 1e-5, 1e-12);
  optim.cosine_span = 1.2;  // half-way down at 0.6 of the run, and not yet at the bottom at its end
  EXPECT_NEAR(learning_rate(optim, 600, 1000), (1e-3 + 1e-5) / 2, 1e-12);
  EXPECT_NEAR(learning_rate(optim, 1000, 1000), 1e-5 + 0.99e-3 * 0.5 * (1 - std::sqrt(0.75)), 1e-12);
  optim.cosine_span = 0.5;  // and stays there
  EXPECT_NEAR(learning_rate(optim, 800, 1000), 1e-5, 1e-15);
  optim = schedule_of("cosine", 0.1);
  EXPECT_NEAR(learning_rate(optim, 49, 1000), 0.5 * learning_rate(schedule_of("cosine", 0), 49, 1000), 1e-12);
}

TEST(Schedule, Exponential) {
  const OptimConfig optim = schedule_of("exponential", 0);
  EXPECT_NEAR(learning_rate(optim, 0, 1000), 1e-3, 1e-12);
  EXPECT_NEAR(learning_rate(optim, 500, 1000), 1e-4, 1e-12);  // the geometric mean
  EXPECT_NEAR(learning_rate(optim, 1000, 1000), 1e-5, 1e-12);
  const OptimConfig warm = schedule_of("exponential", 0.04);
  EXPECT_NEAR(learning_rate(warm, 9, 1000), 0.25 * 1e-3 * std::pow(0.01, 0.009), 1e-12);
  EXPECT_NEAR(learning_rate(warm, 39, 1000), 1e-3 * std::pow(0.01, 0.039), 1e-12);
  EXPECT_NEAR(learning_rate(warm, 500, 1000), 1e-4, 1e-12);
}

TEST(Schedule, Step) {
  OptimConfig optim = schedule_of("step", 0);
  optim.step_share = 0.3, optim.step_gamma = 0.1;
  for (const std::int64_t steps : {10, 1000, 2700}) {
    EXPECT_NEAR(learning_rate(optim, 0, steps), 1e-3, 1e-12);
    EXPECT_NEAR(learning_rate(optim, steps * 3 / 10 - 1, steps), 1e-3, 1e-12);
    EXPECT_NEAR(learning_rate(optim, steps * 3 / 10, steps), 1e-4, 1e-12);
    EXPECT_NEAR(learning_rate(optim, steps * 6 / 10 - 1, steps), 1e-4, 1e-12);
    EXPECT_NEAR(learning_rate(optim, steps * 6 / 10, steps), 1e-5, 1e-12);
    EXPECT_NEAR(learning_rate(optim, steps * 9 / 10, steps), 1e-5, 1e-12);  // 1e-6 but for final_lr
  }
  optim.warmup = 0.5;
  EXPECT_NEAR(learning_rate(optim, 349, 1000), 0.7 * 1e-4, 1e-12);
}

TEST(Schedule, MarginGrowsLinearly) {
  LossConfig loss;
  loss.margin = 0.3, loss.margin_start = 0.2, loss.margin_end = 0.6;
  EXPECT_EQ(margin_at(loss, 0, 100), 0.0);
  EXPECT_NEAR(margin_at(loss, 40, 100), 0.15, 1e-12);
  EXPECT_EQ(margin_at(loss, 60, 100), 0.3);
  loss.initial_margin = 0.1;
  EXPECT_EQ(margin_at(loss, 20, 100), 0.1);
  EXPECT_NEAR(margin_at(loss, 30, 100), 0.15, 1e-12);
  EXPECT_EQ(margin_at(loss, 99, 100), 0.3);
}

TEST(Schedule, MarginGrowsExponentially) {
  LossConfig loss;
  loss.margin = 0.3, loss.initial_margin = 0.1, loss.margin_start = 0.2, loss.margin_end = 0.6;
  loss.margin_schedule = "exponential";
  EXPECT_EQ(margin_at(loss, 20, 100), 0.1);
  EXPECT_NEAR(margin_at(loss, 40, 100), 0.1 + 0.2 * (1 - std::sqrt(0.001)), 1e-12);
  EXPECT_NEAR(margin_at(loss, 24, 100), 0.1 + 0.2 * (1 - std::exp(0.1 * std::log(1e-3))), 1e-12);
  EXPECT_EQ(margin_at(loss, 60, 100), 0.3);
  loss.margin_start = loss.margin_end = 0.5;
  EXPECT_EQ(margin_at(loss, 49, 100), 0.1);
  EXPECT_EQ(margin_at(loss, 50, 100), 0.3);
}

// --- Optimisers ---

TEST(Precision, AutoIsBf16WhereTheDeviceKnowsIt) {
  for (const char* given : {"bf16", "fp16", "fp32"}) EXPECT_EQ(precision_on(torch::kCPU, given), given);
  EXPECT_EQ(precision_on(torch::Device(torch::kCUDA, 1), "auto"), "bf16");
  std::ifstream cpuinfo("/proc/cpuinfo");
  const std::string text(std::istreambuf_iterator<char>(cpuinfo), {});
  if (text.find("avx") == std::string::npos) GTEST_SKIP() << "no x86 processor, or not on Linux";
  EXPECT_EQ(precision_on(torch::kCPU, "auto"), text.find("avx512bw") == std::string::npos ? "fp32" : "bf16");
}

struct Parameters {
  std::vector<torch::Tensor> backbone, head;
  std::vector<torch::Tensor> all() const {
    std::vector<torch::Tensor> tensors = backbone;
    tensors.insert(tensors.end(), head.begin(), head.end());
    return tensors;
  }
};

// A weight and a vector each, all ones.
Parameters ones() {
  const auto tensor = [](std::vector<std::int64_t> shape) { return torch::ones(shape).set_requires_grad(true); };
  return {{tensor({3, 2}), tensor({3})}, {tensor({4, 3}), tensor({1})}};
}

TEST(Optimizer, DecaysEachGroupAtItsRate) {
  for (const char* kind : {"adamw", "sgd", "adam"}) {
    OptimConfig config;
    config.kind = kind, config.weight_decay = 0.1, config.head_weight_decay = 0.3;
    config.backbone_lr_scale = 0.5, config.head_lr_scale = 2;
    const Parameters parameters = ones();
    const auto optimizer = make_optimizer(config, parameters.backbone, parameters.head);
    set_learning_rate(*optimizer, config, 0.01);
    for (torch::Tensor& parameter : parameters.all()) parameter.mutable_grad() = torch::zeros_like(parameter);
    optimizer->step();
    // With no gradient only the decay moves a weight, by rate x decay x 1: decoupled in AdamW, with the Nesterov
    // factor 1 + 0.9 in SGD, normalised to the rate itself in Adam.
    const double backbone_rate = 0.005, head_rate = 0.02;
    double backbone_fall = backbone_rate * 0.1, head_fall = head_rate * 0.3;
    if (config.kind == "sgd") backbone_fall *= 1.9, head_fall *= 1.9;
    if (config.kind == "adam") backbone_fall = backbone_rate, head_fall = head_rate;
    EXPECT_NEAR(parameters.backbone[0][2][1].item<double>(), 1 - backbone_fall, 1e-6) << kind;
    EXPECT_NEAR(parameters.head[0][3][2].item<double>(), 1 - head_fall, 1e-6) << kind;
    EXPECT_EQ(parameters.backbone[1][2].item<float>(), 1.0f) << kind;
    EXPECT_EQ(parameters.head[1][0].item<float>(), 1.0f) << kind;
  }
}

// One step on f(w) = sum a w^2 / 2, whose gradient differs at each step.
void toy_step(torch::optim::Optimizer& optimizer, const std::vector<torch::Tensor>& parameters) {
  optimizer.zero_grad();
  torch::Tensor loss = torch::zeros({});
  for (const torch::Tensor& parameter : parameters)
    loss = loss + (torch::arange(1, parameter.numel() + 1).view_as(parameter) * parameter.square()).sum() / 2;
  loss.backward();
  optimizer.step();
}

// The fused kernels run on the CPU too. `most`: of 20 steps; they divide and take roots in another order.
TEST(Optimizer, FusedStepsEqualPlainOnes) {
  for (const char* kind : {"adamw", "adam", "sgd"}) {
    OptimConfig config;
    config.kind = kind, config.weight_decay = 0.1, config.head_weight_decay = 0.3, config.head_lr_scale = 2;
    const Parameters plain = ones(), fused = ones();
    const auto by_one = make_optimizer(config, plain.backbone, plain.head),
               at_once = make_optimizer(config, fused.backbone, fused.head);
    for (int i = 0; i < 20; ++i) {
      const double lr = 1e-3 * (1 + i % 3);
      set_learning_rate(*by_one, config, lr), set_learning_rate(*at_once, config, lr);
      for (std::size_t p = 0; p < 4; ++p) {
        // The second parameter is frozen at first.
        const torch::Tensor gradient = p == 1 && i < 5 ? torch::Tensor() : (plain.all()[p] * (i + 1)).detach().sin();
        plain.all()[p].mutable_grad() = gradient;
        fused.all()[p].mutable_grad() = gradient.defined() ? gradient.clone() : gradient;
      }
      by_one->step();
      if (i == 7)
        at_once->step();  // one follows the other
      else
        step_fused(*at_once);
    }
    for (std::size_t p = 0; p < 4; ++p) {
      EXPECT_LE((plain.all()[p] - fused.all()[p]).abs().max().item<double>(), 1e-6) << kind << p;
      EXPECT_GT((fused.all()[p] - 1).abs().max().item<double>(), 1e-3) << kind << p;
    }
    TensorFile plain_state, fused_state;
    store_optimizer(plain_state, *by_one), store_optimizer(fused_state, *at_once);
    ASSERT_EQ(plain_state.tensors.size(), fused_state.tensors.size());
    if (std::string(kind) != "sgd") {
      EXPECT_EQ(fused_state.at("optim/1/step", "").data, plain_state.at("optim/1/step", "").data);
    }
  }
}

// The rates are float32 numbers, so that nothing is rounded on the way: the same bits.
TEST(Optimizer, FusedStepsReadTheirNumbersFromATensor) {
  for (const char* kind : {"adamw", "adam", "sgd"}) {
    OptimConfig config;
    config.kind = kind, config.weight_decay = 0.1, config.head_lr_scale = 2;
    const Parameters whole = ones(), parts = ones();
    const auto in_one = make_optimizer(config, whole.backbone, whole.head),
               in_parts = make_optimizer(config, parts.backbone, parts.head);
    for (int i = 0; i < 12; ++i) {
      const double lr = (1 + i % 3) / 512.0;
      set_learning_rate(*in_one, config, lr), set_learning_rate(*in_parts, config, lr);
      for (std::size_t p = 0; p < 4; ++p) {
        // The second parameter is frozen at first.
        const torch::Tensor gradient = p == 1 && i < 5 ? torch::Tensor() : (whole.all()[p] * (i + 1)).detach().sin();
        whole.all()[p].mutable_grad() = gradient;
        parts.all()[p].mutable_grad() = gradient.defined() ? gradient.clone() : gradient;
      }
      step_fused(*in_one);
      const std::vector<float> numbers = step_numbers(*in_parts);
      ASSERT_EQ(numbers.size(), 4 + 4);
      EXPECT_EQ(numbers[3], static_cast<float>(2 * lr));
      if (config.kind != "sgd") {
        EXPECT_EQ(numbers[4], static_cast<float>(i + 1));
        EXPECT_EQ(numbers[5], static_cast<float>(std::max(1, i - 4)));
      }
      step_fused(*in_parts, torch::tensor(numbers));
      count_step(*in_parts);
    }
    for (std::size_t p = 0; p < 4; ++p) EXPECT_TRUE(torch::equal(parts.all()[p], whole.all()[p])) << kind << p;
    TensorFile whole_state, parts_state;
    store_optimizer(whole_state, *in_one), store_optimizer(parts_state, *in_parts);
    ASSERT_EQ(parts_state.tensors.size(), whole_state.tensors.size());
    for (const auto& [name, tensor] : whole_state.tensors)
      EXPECT_EQ(parts_state.at(name, "").data, tensor.data) << kind << " " << name;
  }
}

TEST(Optimizer, StepOnTheCpuIsThePlainOne) {
  OptimConfig config;
  const Parameters plain = ones(), ours = ones();
  const auto reference = make_optimizer(config, plain.backbone, plain.head),
             optimizer = make_optimizer(config, ours.backbone, ours.head);
  for (std::size_t p = 0; p < 4; ++p) {
    plain.all()[p].mutable_grad() = torch::full_like(plain.all()[p], 0.3).detach();
    ours.all()[p].mutable_grad() = torch::full_like(plain.all()[p], 0.3).detach();
  }
  reference->step(), step(*optimizer);
  for (std::size_t p = 0; p < 4; ++p) EXPECT_TRUE(torch::equal(ours.all()[p], plain.all()[p])) << p;
}

TEST(Optimizer, ResumesExactly) {
  for (const char* kind : {"adamw", "adam", "sgd"}) {
    OptimConfig config;
    config.kind = kind;
    const Parameters whole = ones();
    auto optimizer = make_optimizer(config, whole.backbone, whole.head);
    TensorFile file;
    store_optimizer(file, *optimizer);
    EXPECT_TRUE(file.tensors.empty());  // no step yet, no state
    std::vector<torch::Tensor> moving = whole.all();
    moving.erase(moving.begin() + 1);  // a parameter that never gets a gradient
    for (int i = 0; i < 5; ++i) toy_step(*optimizer, moving);

    store_optimizer(file, *optimizer);
    const Parameters parts = ones();
    {
      const torch::NoGradGuard no_gradient;
      for (std::size_t i = 0; i < 4; ++i) parts.all()[i].copy_(whole.all()[i]);
    }
    const auto resumed = make_optimizer(config, parts.backbone, parts.head);
    restore_optimizer(file, "checkpoint", *resumed);
    std::vector<torch::Tensor> resumed_moving = parts.all();
    resumed_moving.erase(resumed_moving.begin() + 1);
    for (int i = 0; i < 3; ++i) toy_step(*optimizer, moving), toy_step(*resumed, resumed_moving);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(torch::equal(parts.all()[i], whole.all()[i])) << kind << i;

    config.kind = std::string(kind) == "sgd" ? "adamw" : "sgd";
    const auto other = make_optimizer(config, parts.backbone, parts.head);
    EXPECT_ERROR(restore_optimizer(file, "checkpoint", *other),
                 config.kind == "sgd" ? "optim/0/momentum" : "optim/0/step");
  }
}

TEST(Clipping, ScalesToTheJointNorm) {
  torch::manual_seed(2);
  const auto with_gradients = [] {
    std::vector<torch::Tensor> parameters;
    for (const std::int64_t size : {1, 7, 300}) {
      parameters.push_back(torch::zeros({size}).set_requires_grad(true));
      parameters.back().mutable_grad() = torch::arange(1, size + 1, torch::kFloat32).sin();
    }
    parameters.push_back(torch::zeros({5}).set_requires_grad(true));  // no gradient
    return parameters;
  };
  const std::vector<torch::Tensor> clipped = with_gradients(), reference = with_gradients(), left = with_gradients();
  double squares = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::int64_t d = 0; d < left[i].numel(); ++d) squares += std::pow(left[i].grad()[d].item<double>(), 2);
  }
  EXPECT_NEAR(clip_gradients(clipped, 2.0).item<double>(), std::sqrt(squares), 1e-4);
  torch::nn::utils::clip_grad_norm_(reference, 2.0);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(torch::equal(clipped[i].grad(), reference[i].grad()));
    EXPECT_TRUE(torch::allclose(clipped[i].grad(), left[i].grad() * (2.0 / std::sqrt(squares))));
  }
  EXPECT_FALSE(clipped[3].grad().defined());
  clip_gradients(left, 1000.0);
  EXPECT_TRUE(torch::equal(left[2].grad(), torch::arange(1, 301, torch::kFloat32).sin()));
  EXPECT_EQ(clip_gradients({torch::zeros({2})}, 1.0).item<float>(), 0.0f);
}

// --- Loss scaling ---

// One training step on w with loss `factor` w: gives w's gradient; false if the scaler left the step out.
bool scaled_step(LossScaler& scaler, torch::Tensor& weight, double factor, double* gradient = nullptr) {
  weight.mutable_grad() = torch::Tensor();
  scaler.scaled(weight.sum() * factor).backward();
  const bool finite = scaler.unscale({weight});
  if (gradient != nullptr) *gradient = weight.grad()[0].item<double>();
  scaler.update();
  return finite;
}

TEST(LossScaler, LeavesOutAStepThatOverflowsAndHalves) {
  LossScaler scaler(true, torch::kCPU, 1024.0, 3);
  torch::Tensor weight = torch::ones({2}).set_requires_grad(true);
  EXPECT_EQ(scaler.scaled(torch::full({}, 3.0)).item<float>(), 3072.0f);
  double gradient = 0;
  EXPECT_TRUE(scaled_step(scaler, weight, 0.25, &gradient));
  EXPECT_EQ(gradient, 0.25);
  EXPECT_EQ(scaler.scale().item<float>(), 1024.0f);
  EXPECT_FALSE(scaled_step(scaler, weight, 1e37));  // 1024e37 is beyond float32
  EXPECT_EQ(scaler.scale().item<float>(), 512.0f);
  EXPECT_FALSE(scaled_step(scaler, weight, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ(scaler.scale().item<float>(), 256.0f);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(scaler.scale().item<float>(), 256.0f);  // three good steps in a row, counted anew after a bad one
    EXPECT_TRUE(scaled_step(scaler, weight, 0.25, &gradient));
    EXPECT_EQ(gradient, 0.25);
  }
  EXPECT_EQ(scaler.scale().item<float>(), 512.0f);
}

TEST(LossScaler, ResumesExactly) {
  LossScaler whole(true, torch::kCPU, 1024.0, 3), resumed(true, torch::kCPU);
  torch::Tensor weight = torch::ones({2}).set_requires_grad(true);
  scaled_step(whole, weight, 1e37), scaled_step(whole, weight, 1), scaled_step(whole, weight, 1);
  TensorFile file;
  whole.store(file);
  LossScaler parts(true, torch::kCPU, 65536.0, 3);
  parts.restore(file, "checkpoint");
  EXPECT_EQ(parts.scale().item<float>(), 512.0f);
  scaled_step(parts, weight, 1);
  EXPECT_EQ(parts.scale().item<float>(), 1024.0f);  // the third good step
  EXPECT_ERROR(parts.restore(TensorFile{}, "checkpoint"), "scaler/scale");
}

TEST(LossScaler, DoesNothingWhenDisabled) {
  LossScaler scaler(false, torch::kCPU);
  const torch::Tensor loss = torch::ones({});
  EXPECT_TRUE(scaler.scaled(loss).is_same(loss));
  torch::Tensor weight = torch::ones({2}).set_requires_grad(true);
  EXPECT_TRUE(scaled_step(scaler, weight, std::numeric_limits<double>::infinity()));
  TensorFile file;
  scaler.store(file);
  EXPECT_TRUE(file.tensors.empty());
}

// --- Averages ---

TEST(WeightAverage, MeanIsTheArithmeticMeanOfTheLastSteps) {
  torch::manual_seed(5);
  OptimConfig optim;
  optim.average = "mean", optim.average_share = 0.25;
  const std::int64_t steps = 40;
  torch::Tensor average = torch::zeros({8}), buffer = torch::zeros({3}), count = torch::zeros({}, torch::kInt64);
  torch::Tensor average_by_tensor = torch::zeros({8}), buffer_by_tensor = torch::zeros({3});
  torch::Tensor sum = torch::zeros({8}, torch::kFloat64), buffer_sum = torch::zeros({3}, torch::kFloat64);
  for (std::int64_t step = 0; step < steps; ++step) {
    const torch::Tensor weights = torch::randn({8}), statistics = torch::randn({3});
    const double weight = average_weight(optim, step, steps);
    update_average(optim, weight, {average}, {weights}, {buffer, count},
                   {statistics, torch::tensor(step, torch::kInt64)});
    update_average(optim, torch::full({}, weight), {average_by_tensor}, {weights}, {buffer_by_tensor}, {statistics});
    EXPECT_LT((average_by_tensor - average).abs().max().item<double>(), 1e-6) << step;
    EXPECT_LT((buffer_by_tensor - buffer).abs().max().item<double>(), 1e-6) << step;
    if (step < 30) {
      EXPECT_TRUE(torch::equal(average, weights)) << step;  // until then a copy
      EXPECT_TRUE(torch::equal(average_by_tensor, weights)) << step;
      continue;
    }
    sum += weights.to(torch::kFloat64), buffer_sum += statistics.to(torch::kFloat64);
    const double taken = static_cast<double>(step - 29);
    EXPECT_LT((average - sum / taken).abs().max().item<double>(), 1e-6) << step;
    EXPECT_LT((buffer - buffer_sum / taken).abs().max().item<double>(), 1e-6) << step;
  }
  EXPECT_EQ(count.item<std::int64_t>(), 39);
}

TEST(WeightAverage, EmaFollowsItsRecursion) {
  torch::manual_seed(6);
  OptimConfig optim;
  optim.ema_decay = 0.9;
  torch::Tensor average = torch::ones({1}), average_by_tensor = torch::ones({1}), buffer = torch::zeros({1});
  double expected = 1;
  for (std::int64_t step = 0; step < 200; ++step) {
    const torch::Tensor weight = torch::randn({1}), statistic = torch::randn({1});
    const double share = average_weight(optim, step, 200);
    update_average(optim, share, {average}, {weight}, {buffer}, {statistic});
    update_average(optim, torch::full({}, share), {average_by_tensor}, {weight}, {buffer}, {statistic});
    const double decay = std::min(0.9, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
    expected = decay * expected + (1 - decay) * weight.item<double>();
    EXPECT_NEAR(average.item<double>(), expected, 1e-5) << step;
    EXPECT_NEAR(average_by_tensor.item<double>(), expected, 1e-5) << step;
    EXPECT_TRUE(torch::equal(buffer, statistic));
  }
}

}  // namespace
}  // namespace voiceprint::trainer
