// A problem small enough to train in milliseconds: three clusters in four dimensions.

#ifndef EBM_TESTS_MODEL_OFFLINE_TRAIN_TINY_PROBLEM_H_
#define EBM_TESTS_MODEL_OFFLINE_TRAIN_TINY_PROBLEM_H_

#include <cstdint>

#include "model/core/random.h"
#include "model/offline/train/recipe.h"
#include "model/offline/train/training_data.h"

namespace ebm::testing {

inline constexpr int64_t kTinyDimension = 4;
inline constexpr int32_t kTinyClasses = 3;

// Row i has class i mod 3 and lies around +0.6 in that coordinate, -0.3 elsewhere.
inline LabelledData TinyRows(int64_t n, uint64_t seed) {
  LabelledData data{MatrixBuffer(n, kTinyDimension), {}};
  for (int64_t i = 0; i < n; ++i) {
    const std::span<float> row = data.rows.row(i);
    FillNormal({.seed = seed, .chain = static_cast<uint32_t>(i)}, row);
    const auto label = static_cast<int32_t>(i % kTinyClasses);
    for (int64_t j = 0; j < kTinyDimension; ++j) row[j] = 0.1F * row[j] + (j == label ? 0.6F : -0.3F);
    data.labels.push_back(label);
  }
  return data;
}

inline TrainingData TinyData() {
  return {.train = TinyRows(50, 1),
          .validation = TinyRows(30, 2),
          .test = TinyRows(30, 3),
          .input_shape = {2, 2},
          .class_labels = {"0", "1", "2"},
          .columns = {{.range = {-1.0F, 1.0F}}},
          .name = "tiny",
          .sha256 = "0123"};
}

inline ModelSpec TinySpec() {
  return {.input_shape = {2, 2},
          .network = MlpSpec{.hidden_widths = {8, 8}},
          .activation = "elu",
          .class_labels = {"0", "1", "2"},
          .columns = {{.range = {-1.0F, 1.0F}}}};
}

inline ModelSpec TinyResnetSpec() {
  ModelSpec spec = TinySpec();
  spec.network = ResnetSpec{.hidden_widths = {8, 8}, .blocks_per_group = 1};
  return spec;
}

// Every part of a recipe in use: replay, warm-up, average, penalty.
inline Recipe TinyRecipe() {
  Recipe recipe;
  recipe.name = "tiny";
  recipe.hidden_widths = {8, 8};
  recipe.learning_rate = 0.01;
  recipe.warmup_batches = 5;
  recipe.batch_size = 16;
  recipe.max_epochs = 6;
  recipe.average_decay = 0.9;
  recipe.energy_penalty = 0.01;
  recipe.chains = {.sampler = {.steps = 3, .kernel = Langevin{.step_size = 0.1F, .noise_scale = 0.05F}},
                   .buffer_size = 40,
                   .refresh_probability = 0.1};
  return recipe;
}

}  // namespace ebm::testing

#endif  // EBM_TESTS_MODEL_OFFLINE_TRAIN_TINY_PROBLEM_H_
