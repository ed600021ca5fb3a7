// What the fake model (fake_model.h) says about itself.

#ifndef EBM_TESTS_SERVER_INFERENCE_FAKE_INFO_H_
#define EBM_TESTS_SERVER_INFERENCE_FAKE_INFO_H_

#include <cstddef>

#include "server/batching/chain_engine.h"
#include "server/inference/model.h"

namespace ebm::inference {

// 2 x 2 inputs with values from 0 to 4, scaled to [-1, 1], and three classes.
inline ModelInfo FakeInfo() {
  ModelInfo info = {.name = "fake", .version = "1", .slots = 4};
  info.spec.input_shape = {2, 2};
  info.spec.class_labels = {"low", "middle", "high"};
  info.spec.columns.front().range = {.minimum = 0, .maximum = 4};
  info.spec.columns.front().scaling = {.scale = 0.5F, .offset = -1.0F};
  info.sampler = {.steps = 5, .kernel = Langevin{.step_size = 0.1F, .noise_scale = 0.2F}};
  info.log_density_quantiles = {-10, 0, 10};
  info.has_gradient = true;
  return info;
}

inline ModelInfo CalibratedInfo() {
  ModelInfo info = FakeInfo();
  info.calibration = {.class_temperature = 2,
                      .outlier_score = {.quantities = {kLogDensityQuantity, kMaxLogProbabilityQuantity},
                                        .weights = {1, 1},
                                        .means = {3, 0},
                                        .deviations = {2, 1}}};
  info.calibration_scores = {-1, 0, 0.5F, 2};
  info.hidden_units = 2;
  info.partition = {.log_z = 1.5, .standard_error = 0.25, .chains = 100, .steps = 10};
  return info;
}

// The same, with a base density; its logits and ratios are those of the fake row engine all the same.
inline ModelInfo InfoWithBase() {
  ModelInfo info = CalibratedInfo();
  info.has_base_start = true;
  return info;
}

inline batching::RowShape ShapeOf(const ModelInfo& info) {
  return {.dimension = static_cast<size_t>(info.spec.dimension()),
          .num_classes = static_cast<size_t>(info.spec.num_classes()),
          .hidden_units = static_cast<size_t>(info.hidden_units)};
}

}  // namespace ebm::inference

#endif  // EBM_TESTS_SERVER_INFERENCE_FAKE_INFO_H_
