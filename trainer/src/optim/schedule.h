// Learning rate and margin as functions of the step alone, so that a resumed run follows the same curves.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "run/config.h"

namespace voiceprint::trainer {

// From `from` down to `to` along half a cosine, `progress` in 0..1.
inline double half_cosine(double from, double to, double progress) {
  return to + 0.5 * (from - to) * (1.0 + std::cos(std::numbers::pi * progress));
}

// A linear warm-up to `lr`, times a curve. With i = step, N = steps:
//   warmup_cosine  half a cosine down to final_lr, from the end of the warm-up to the end of the run
//   cosine         half a cosine down to final_lr over cosine_span N, from step 0
//   exponential    lr exp(i / N ln(final_lr / lr)), from step 0
//   step           lr step_gamma^k after k times step_share N, never below final_lr
inline double learning_rate(const OptimConfig& optim, std::int64_t step, std::int64_t steps) {
  const double i = static_cast<double>(step), n = static_cast<double>(steps), at = i / n;
  const double warmup_steps = std::max(1.0, optim.warmup * n);
  if (optim.schedule == "warmup_cosine") {
    if (at < optim.warmup) return optim.lr * (i + 1) / warmup_steps;
    return half_cosine(optim.lr, optim.final_lr, (at - optim.warmup) / std::max(1e-9, 1.0 - optim.warmup));
  }
  double rate = 0;
  if (optim.schedule == "cosine") {
    rate = half_cosine(optim.lr, optim.final_lr, std::min(1.0, at / optim.cosine_span));
  } else if (optim.schedule == "exponential") {
    rate = optim.lr * std::exp(at * std::log(optim.final_lr / optim.lr));
  } else {
    const double falls = std::floor(i / (optim.step_share * n) + 1e-9);  // a whole number in spite of rounding
    rate = std::max(optim.final_lr, optim.lr * std::pow(optim.step_gamma, falls));
  }
  return rate * (at < optim.warmup ? std::min(1.0, (i + 1) / warmup_steps) : 1.0);
}

// initial_margin before margin_start, `margin` after margin_end (shares of all steps). Between them, with r from 0 to
// 1:
//   linear       initial + (margin - initial) r
//   exponential  initial + (margin - initial) (1 - 0.001^r): half of it at r = 0.1, 99.9 % just before the end
inline double margin_at(const LossConfig& loss, std::int64_t step, std::int64_t steps) {
  const double at = static_cast<double>(step) / static_cast<double>(steps);
  if (at >= loss.margin_end) return loss.margin;
  if (at <= loss.margin_start) return loss.initial_margin;
  const double range = loss.margin - loss.initial_margin, span = loss.margin_end - loss.margin_start;
  if (loss.margin_schedule == "linear") return loss.initial_margin + range * (at - loss.margin_start) / span;
  return loss.initial_margin + range * (1.0 - std::pow(1e-3, (at - loss.margin_start) / span));
}

}  // namespace voiceprint::trainer
