// The gradient of a model that is trained against finite differences of its loss.

#ifndef EBM_TESTS_MODEL_OFFLINE_TRAIN_FINITE_DIFFERENCES_H_
#define EBM_TESTS_MODEL_OFFLINE_TRAIN_FINITE_DIFFERENCES_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "model/offline/train/trainable_model.h"

namespace ebm {

// Compares the gradient that the model has computed with finite differences of the loss of its energy.
inline void ExpectGradientOf(const std::function<double()>& loss, double tolerance, TrainableModel& model) {
  constexpr float kStep = 1e-2F;
  for (size_t p = 0; p < model.parameters(); ++p) {
    const std::vector<float> gradient(model.gradient(p).begin(), model.gradient(p).end());
    for (size_t i = 0; i < gradient.size(); ++i) {
      const auto loss_after = [&](float change) {
        model.Change([&](size_t parameter, std::span<float> trained) {
          if (parameter == p) trained[i] += change;
        });
        return loss();
      };
      const double above = loss_after(kStep);
      const double below = loss_after(-2 * kStep);
      loss_after(kStep);
      EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), tolerance) << "parameter " << p << " element " << i;
    }
  }
}

}  // namespace ebm

#endif  // EBM_TESTS_MODEL_OFFLINE_TRAIN_FINITE_DIFFERENCES_H_
