// Learning rate and margin as functions of the step alone, so that a resumed run follows the same curves.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "run/config.h"

namespace voiceprint::trainer {

// Linear warm-up to `lr`, then half a cosine down to `final_lr`.
inline double learning_rate(const OptimConfig& optim, std::int64_t step, std::int64_t steps) {
  const double at = static_cast<double>(step) / static_cast<double>(steps);
  if (at < optim.warmup)
    return optim.lr * static_cast<double>(step + 1) / std::max(1.0, optim.warmup * static_cast<double>(steps));
  const double progress = (at - optim.warmup) / std::max(1e-9, 1.0 - optim.warmup);
  return optim.final_lr + 0.5 * (optim.lr - optim.final_lr) * (1.0 + std::cos(std::numbers::pi * progress));
}

// 0 before margin_start, the full margin after margin_end (shares of all steps), linear between.
inline double margin_at(const LossConfig& loss, std::int64_t step, std::int64_t steps) {
  const double at = static_cast<double>(step) / static_cast<double>(steps);
  if (at >= loss.margin_end) return loss.margin;
  if (at <= loss.margin_start) return 0.0;
  return loss.margin * (at - loss.margin_start) / (loss.margin_end - loss.margin_start);
}

}  // namespace voiceprint::trainer
