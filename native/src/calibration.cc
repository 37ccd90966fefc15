#include "voiceprint/calibration.h"

#include "logistic_regression.h"
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
  constexpr const char* kNames[] = {"the score"};
  const auto fit =
      fit_logistic({{target_scores.begin(), target_scores.end()}, target_weights},
                   {{nontarget_scores.begin(), nontarget_scores.end()}, nontarget_weights}, p_target, 0, kNames);
  if (!fit) return fit.error();
  return Calibration{(*fit)[0], (*fit)[1]};
}

}  // namespace voiceprint
