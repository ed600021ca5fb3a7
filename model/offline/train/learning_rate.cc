#include "model/offline/train/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ebm {

double LearningRateAfter(int64_t batches, int64_t batches_per_epoch, const Recipe& recipe) {
  const double warmup =
      recipe.warmup_batches == 0
          ? 1.0
          : std::min(1.0, static_cast<double>(batches + 1) / static_cast<double>(recipe.warmup_batches));
  const double rate = recipe.learning_rate * warmup;
  if (!recipe.cosine_decay) return rate;
  const double epochs = static_cast<double>(batches) / static_cast<double>(batches_per_epoch);
  const double share = std::min(1.0, epochs / static_cast<double>(recipe.max_epochs));
  return rate * 0.5 * (1 + std::cos(std::numbers::pi * share));
}

}  // namespace ebm
