#include "voiceprint/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "portable_math.h"

namespace voiceprint {
namespace {

double logit(double p) {
  return portable_log(p / (1 - p));
}

double sigmoid(double x) {
  if (x >= 0) return 1 / (1 + portable_exp(-x));
  const double e = portable_exp(x);
  return e / (1 + e);
}

// ln(1 + e^x) without overflow.
double softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

// The trials of one class, with the weight of the class spread over them.
struct Trials {
  std::span<const float> scores;
  std::span<const double> weights;  // empty: all equal
  double class_weight = 0;
  double sign = 1;  // +1 targets, -1 non-targets
  double weight_sum = 0;

  double weight(std::size_t i) const {
    return class_weight * (weights.empty() ? 1.0 / static_cast<double>(scores.size()) : weights[i] / weight_sum);
  }
  bool counts(std::size_t i) const { return weights.empty() || weights[i] > 0; }
  float lowest() const {
    float value = std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (counts(i)) value = std::min(value, scores[i]);
    return value;
  }
  float highest() const {
    float value = -std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (counts(i)) value = std::max(value, scores[i]);
    return value;
  }
};

Error undefined(const char* message) {
  return {ErrorCode::kUndefined, message};
}

Result<Trials> make_trials(std::span<const float> scores, std::span<const double> weights, double class_weight,
                           double sign) {
  Trials trials{scores, weights, class_weight, sign, 0};
  if (!weights.empty() && weights.size() != scores.size())
    return Error{ErrorCode::kInvalidArgument, "calibration needs one weight per score or none"};
  for (float score : scores)
    if (!std::isfinite(score))
      return Error{ErrorCode::kNonFiniteSample, "a score is not a finite number; score the trials again"};
  for (double weight : weights) {
    if (!(weight >= 0) || !std::isfinite(weight))
      return Error{ErrorCode::kInvalidArgument, "a calibration weight is negative or not finite"};
    trials.weight_sum += weight;
  }
  if (!weights.empty() && trials.weight_sum <= 0) return undefined("all calibration weights are 0; weigh some trial");
  return trials;
}

}  // namespace

double to_llr(const Calibration& calibration, double score) {
  return calibration.scale * score + calibration.offset;
}

double to_score(const Calibration& calibration, double llr) {
  return (llr - calibration.offset) / calibration.scale;
}

double posterior(double llr, double p_target) {
  return sigmoid(llr + logit(p_target));
}

double bayes_threshold(double p_target, double c_miss, double c_fa) {
  return portable_log(c_fa / c_miss) - logit(p_target);
}

Result<Calibration> fit_calibration(std::span<const float> target_scores, std::span<const float> nontarget_scores,
                                    double p_target, std::span<const double> target_weights,
                                    std::span<const double> nontarget_weights) {
  if (!(p_target > 0 && p_target < 1)) return Error{ErrorCode::kInvalidArgument, "p_target must be between 0 and 1"};
  if (target_scores.empty()) return undefined("no target trials: a calibration needs both kinds");
  if (nontarget_scores.empty()) return undefined("no non-target trials: a calibration needs both kinds");
  const Result<Trials> targets = make_trials(target_scores, target_weights, p_target, 1);
  if (!targets) return targets.error();
  const Result<Trials> nontargets = make_trials(nontarget_scores, nontarget_weights, 1 - p_target, -1);
  if (!nontargets) return nontargets.error();

  // Scores that a threshold separates fit the better the larger the scale, without end.
  if (targets->lowest() >= nontargets->highest())
    return undefined("a threshold separates the scores without error: no finite scale fits; add trials");

  // Scores are standardised first: Newton's method then takes the same steps whatever their unit.
  double mean = 0, square = 0;
  for (const Trials* trials : {&*targets, &*nontargets})
    for (std::size_t i = 0; i < trials->scores.size(); ++i) {
      const double score = static_cast<double>(trials->scores[i]);
      mean += trials->weight(i) * score;
      square += trials->weight(i) * score * score;
    }
  const double variance = square - mean * mean;
  if (!(variance > 1e-18 * (square + 1e-300))) return undefined("all scores are equal: no calibration fits");
  const double unit = std::sqrt(variance);

  // Minimises C(a, b) = sum of w ln(1 + exp(-sign (a z + b + logit p))).
  const double prior = logit(p_target);
  const auto cost = [&](double a, double b) {
    double sum = 0;
    for (const Trials* trials : {&*targets, &*nontargets})
      for (std::size_t i = 0; i < trials->scores.size(); ++i) {
        const double z = (static_cast<double>(trials->scores[i]) - mean) / unit;
        sum += trials->weight(i) * softplus(-trials->sign * (a * z + b + prior));
      }
    return sum;
  };
  double a = 0, b = 0, current = cost(a, b);
  constexpr int kMaxSteps = 200;
  for (int step = 0; step < kMaxSteps; ++step) {
    double ga = 0, gb = 0, haa = 0, hab = 0, hbb = 0;
    for (const Trials* trials : {&*targets, &*nontargets})
      for (std::size_t i = 0; i < trials->scores.size(); ++i) {
        const double z = (static_cast<double>(trials->scores[i]) - mean) / unit;
        const double p = sigmoid(a * z + b + prior), w = trials->weight(i);
        const double g = w * (trials->sign > 0 ? p - 1 : p), h = w * p * (1 - p);
        ga += g * z;
        gb += g;
        haa += h * z * z;
        hab += h * z;
        hbb += h;
      }
    constexpr double kRidge = 1e-12;
    haa += kRidge;
    hbb += kRidge;
    const double determinant = haa * hbb - hab * hab;
    double da = -(hbb * ga - hab * gb) / determinant, db = -(haa * gb - hab * ga) / determinant;
    // A full step may overshoot far from the minimum: halve it until the cost falls.
    double next = cost(a + da, b + db);
    for (int halving = 0; next > current && halving < 60; ++halving) {
      da /= 2;
      db /= 2;
      next = cost(a + da, b + db);
    }
    if (!(next <= current)) break;
    a += da;
    b += db;
    const double gain = current - next;
    current = next;
    if (gain < 1e-15 && std::abs(da) < 1e-9 && std::abs(db) < 1e-9) break;
  }
  if (!(a > 0)) return undefined("higher scores do not mean the same speaker: no positive scale fits");
  return Calibration{a / unit, b - a * mean / unit};
}

}  // namespace voiceprint
