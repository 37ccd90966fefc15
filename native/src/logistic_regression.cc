#include "logistic_regression.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace voiceprint {
namespace {

double logit(double p) {
  return std::log(p / (1 - p));
}

double sigmoid(double x) {
  if (x >= 0) return 1 / (1 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1 + e);
}

// ln(1 + e^x) without overflow.
double softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

Error undefined(const std::string& message) {
  return {ErrorCode::kUndefined, message};
}

// One class with standardised features, each row ending in a 1 for the offset.
struct Rows {
  std::vector<double> values;  // [n][width + 1]
  std::vector<double> weights;
  double sign = 1;  // +1 targets, -1 non-targets
};

Result<Rows> make_rows(const RegressionClass& trials, std::size_t width, double class_weight, double sign,
                       const char* what) {
  const std::size_t count = trials.features.size() / width;
  if (count == 0) return undefined(std::string("no ") + what + " trials: a calibration needs both kinds");
  if (!trials.weights.empty() && trials.weights.size() != count)
    return Error{ErrorCode::kInvalidArgument, "calibration needs one weight per score or none"};
  for (double value : trials.features)
    if (!std::isfinite(value))
      return Error{ErrorCode::kNonFiniteSample,
                   "a score or quality measure is not a finite number; score the trials again"};
  double sum = trials.weights.empty() ? static_cast<double>(count) : 0;
  for (double weight : trials.weights) {
    if (!(weight >= 0) || !std::isfinite(weight))
      return Error{ErrorCode::kInvalidArgument, "a calibration weight is negative or not finite"};
    sum += weight;
  }
  if (!(sum > 0)) return undefined("all calibration weights are 0; weigh some trial");
  Rows rows;
  rows.sign = sign;
  rows.values.reserve(count * (width + 1));
  rows.weights.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double weight = trials.weights.empty() ? 1.0 : trials.weights[i];
    if (weight == 0) continue;
    rows.weights.push_back(class_weight * weight / sum);
    const double* row = &trials.features[i * width];
    rows.values.insert(rows.values.end(), row, row + width);
    rows.values.push_back(1);
  }
  return rows;
}

double linear(const double* row, const std::vector<double>& w) {
  double sum = 0;
  for (std::size_t k = 0; k < w.size(); ++k) sum += row[k] * w[k];
  return sum;
}

// Solves a x = b for a symmetric, positive definite a ([n][n]) by Cholesky's decomposition.
std::vector<double> solve(std::vector<double> a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(std::max(sum, 1e-300)) : sum / a[j * n + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
  return b;
}

bool are_separated(const Rows& targets, const Rows& nontargets, const std::vector<double>& w) {
  double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
  for (std::size_t i = 0; i < targets.weights.size(); ++i)
    lowest = std::min(lowest, linear(&targets.values[i * w.size()], w));
  for (std::size_t i = 0; i < nontargets.weights.size(); ++i)
    highest = std::max(highest, linear(&nontargets.values[i * w.size()], w));
  return lowest >= highest;
}

}  // namespace

Result<std::vector<double>> fit_logistic(const RegressionClass& target_trials, const RegressionClass& nontarget_trials,
                                         double p_target, double penalty, std::span<const char* const> names) {
  if (!(p_target > 0 && p_target < 1)) return Error{ErrorCode::kInvalidArgument, "p_target must be between 0 and 1"};
  const std::size_t width = names.size(), size = width + 1;
  Result<Rows> targets = make_rows(target_trials, width, p_target, 1, "target");
  if (!targets) return targets.error();
  Result<Rows> nontargets = make_rows(nontarget_trials, width, 1 - p_target, -1, "non-target");
  if (!nontargets) return nontargets.error();
  Rows* const classes[] = {&*targets, &*nontargets};

  // Standardised features: Newton's method takes the same steps whatever their units.
  std::vector<double> mean(size, 0), unit(size, 1);
  for (std::size_t k = 0; k < width; ++k) {
    double square = 0, variance = 0;
    for (const Rows* rows : classes)
      for (std::size_t i = 0; i < rows->weights.size(); ++i) mean[k] += rows->weights[i] * rows->values[i * size + k];
    for (const Rows* rows : classes)
      for (std::size_t i = 0; i < rows->weights.size(); ++i) {
        const double value = rows->values[i * size + k];
        square += rows->weights[i] * value * value;
        variance += rows->weights[i] * (value - mean[k]) * (value - mean[k]);
      }
    if (!(variance > 1e-18 * (square + 1e-300)))
      return undefined(std::string(names[k]) + " is the same in all trials: no calibration fits; leave it out or add " +
                       "trials that differ");
    unit[k] = std::sqrt(variance);
    for (Rows* rows : classes)
      for (std::size_t i = 0; i < rows->weights.size(); ++i) {
        double& value = rows->values[i * size + k];
        value = (value - mean[k]) / unit[k];
      }
  }

  // Scores that a threshold separates fit the better the larger the scale, without end.
  std::vector<double> w(size, 0);
  w[0] = 1;
  constexpr const char* kSeparated = "a threshold separates the scores without error: no finite scale fits; add trials";
  if (are_separated(*targets, *nontargets, w)) return undefined(kSeparated);

  const double prior = logit(p_target);
  const auto cost = [&](const std::vector<double>& at) {
    double sum = 0;
    for (const Rows* rows : classes)
      for (std::size_t i = 0; i < rows->weights.size(); ++i)
        sum += rows->weights[i] * softplus(-rows->sign * (linear(&rows->values[i * size], at) + prior));
    for (std::size_t k = 1; k < width; ++k) sum += penalty * at[k] * at[k] / 2;
    return sum;
  };
  w.assign(size, 0);
  double current = cost(w);
  constexpr int kMaxSteps = 200;
  for (int step = 0; step < kMaxSteps; ++step) {
    std::vector<double> gradient(size, 0), hessian(size * size, 0);
    for (const Rows* rows : classes)
      for (std::size_t i = 0; i < rows->weights.size(); ++i) {
        const double* row = &rows->values[i * size];
        const double p = sigmoid(linear(row, w) + prior), weight = rows->weights[i];
        const double g = weight * (rows->sign > 0 ? p - 1 : p), h = weight * p * (1 - p);
        for (std::size_t j = 0; j < size; ++j) {
          gradient[j] -= g * row[j];
          for (std::size_t k = 0; k <= j; ++k) hessian[j * size + k] += h * row[j] * row[k];
        }
      }
    constexpr double kRidge = 1e-12;
    for (std::size_t k = 0; k < size; ++k) {
      hessian[k * size + k] += kRidge;
      if (k == 0 || k == width) continue;
      gradient[k] -= penalty * w[k];
      hessian[k * size + k] += penalty;
    }
    std::vector<double> change = solve(hessian, gradient), next(size);
    const auto move = [&] {
      for (std::size_t k = 0; k < size; ++k) next[k] = w[k] + change[k];
      return cost(next);
    };
    // A full step may overshoot far from the minimum: halve it until the cost falls.
    double next_cost = move();
    for (int halving = 0; next_cost > current && halving < 60; ++halving) {
      for (double& value : change) value /= 2;
      next_cost = move();
    }
    if (!(next_cost <= current)) break;
    const double gain = current - next_cost;
    w = next;
    current = next_cost;
    const bool still = std::all_of(change.begin(), change.end(), [](double value) { return std::abs(value) < 1e-9; });
    if (gain < 1e-15 && still) break;
  }
  if (!(w[0] > 0)) return undefined("higher scores do not mean the same speaker: no positive scale fits");
  if (width > 1 && are_separated(*targets, *nontargets, w)) return undefined(kSeparated);
  for (std::size_t k = 0; k < width; ++k) {
    w[k] /= unit[k];
    w[width] -= w[k] * mean[k];
  }
  return w;
}

}  // namespace voiceprint
