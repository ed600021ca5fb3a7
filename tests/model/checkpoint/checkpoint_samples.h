// A small checkpoint in which every field is set to something other than its default.

#ifndef EBM_TESTS_MODEL_CHECKPOINT_CHECKPOINT_SAMPLES_H_
#define EBM_TESTS_MODEL_CHECKPOINT_CHECKPOINT_SAMPLES_H_

#include "model/checkpoint/checkpoint.h"

namespace ebm {

inline ModelSpec SmallSpec() {
  return {.input_shape = {1, 2},
          .network = MlpSpec{.hidden_widths = {3}},
          .activation = "elu",
          .class_labels = {"zero", "one"},
          .columns = {{.range = {0, 16}, .scaling = {.scale = 0.125F, .offset = -1}}}};
}

inline SamplerSettings SmallSampler() {
  return {.steps = 40,
          .kernel = Langevin{.step_size = 0.5F, .noise_scale = 0.02F, .final_noise_free_step = true},
          .start = ChainStart::kBuffer,
          .start_lower = -0.75F,
          .start_upper = 0.75F,
          .clamp_lower = -1.5F,
          .clamp_upper = 1.5F};
}

inline Provenance SmallProvenance() {
  return {.recipe = "notebook",
          .seed = 18446744073709551615U,
          .epochs_run = 73,
          .best_epoch = 52,
          .wall_seconds = 12.34,
          .data_name = "digits",
          .data_sha256 = "6ebb3d2f",
          .code_version = "0.1.0",
          .created = "2026-01-02T03:04:05Z",
          .settings = {{"batch", "64"}, {"path", "a \"quoted\" \\ name\n"}}};
}

inline PartitionEstimate SmallPartition() {
  return {.log_z = 47.25,
          .standard_error = 0.03,
          .effective_sample_size = 359.5,
          .reverse_log_z = 47.3125,
          .chains = 400,
          .steps = 800,
          .seed = 12345678901234567U,
          .base = kUniformBase,
          .box_lower = -1.5F,
          .box_upper = 1.25F};
}

inline Calibration SmallCalibration() {
  return {.class_temperature = 1.375,
          .outlier_score = {.quantities = {kLogDensityQuantity, kMaxLogProbabilityQuantity},
                            .weights = {1, 0.5},
                            .means = {-12.625, -0.1},
                            .deviations = {3.5, 0.25}}};
}

inline Checkpoint SmallCheckpoint() {
  Checkpoint checkpoint{.spec = SmallSpec(), .sampler = SmallSampler(), .provenance = SmallProvenance()};
  checkpoint.evaluation = {{"validation_error", 0.04}, {"validation_loss", -1.5}};
  checkpoint.log_density_quantiles = {-3, 0.5F, 2};
  checkpoint.start_states = {0.1F, 0.2F, 0.3F, 0.4F};
  checkpoint.start_classes = {1, -1};
  checkpoint.partition = SmallPartition();
  checkpoint.calibration = SmallCalibration();
  checkpoint.calibration_scores = {-2.25F, -1, -1, 0.75F};
  checkpoint.tensors = {{"layers.0.weight", {3, 2}, {1, 2, 3, 4, 5, 6}},
                        {"layers.0.bias", {3}, {0.1F, -0.2F, 0.3F}},
                        {"layers.1.weight", {2, 3}, {-1, -2, -3, 1e-30F, 1e30F, 0}},
                        {"layers.1.bias", {2}, {7, 8}}};
  return checkpoint;
}

// A model of a table with every kind of column: format version 2.
inline Checkpoint SmallTable() {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.spec.input_shape = {3};
  checkpoint.spec.columns = {{.name = "width", .range = {0, 16}, .scaling = {.scale = 0.125F, .offset = -1}},
                             {.name = "income",
                              .range = {-5, 900},
                              .scaling = {.scale = 0.01F, .offset = 0.5F},
                              .power = PowerTransform{.lambda = 0.25F, .outer = {.scale = 2, .offset = -3}}},
                             {.name = "member",
                              .kind = ColumnKind::kBinary,
                              .range = {0, 1},
                              .scaling = {.scale = 2, .offset = -1},
                              .step = 1,
                              .values = {{"no", 0}, {"yes", 1}}},
                             {.name = "species", .kind = ColumnKind::kLabel}};
  checkpoint.start_states.clear();
  checkpoint.start_classes.clear();
  checkpoint.sampler.start = ChainStart::kUniform;
  checkpoint.tensors[0] = {"layers.0.weight", {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  return checkpoint;
}

}  // namespace ebm

#endif  // EBM_TESTS_MODEL_CHECKPOINT_CHECKPOINT_SAMPLES_H_
