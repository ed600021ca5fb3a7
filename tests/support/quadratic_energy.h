// A classifier with closed-form results: f(x)[y] = -precision / 2 * ||x - centre_y||^2, so that p~(x, y) is an
// unnormalised Gaussian around each centre. For tests of code that uses an EnergyModel.

#ifndef EBM_TESTS_SUPPORT_QUADRATIC_ENERGY_H_
#define EBM_TESTS_SUPPORT_QUADRATIC_ENERGY_H_

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "model/checkpoint/checkpoint.h"
#include "model/core/energy_model.h"

namespace ebm {

class QuadraticEnergy final : public EnergyModel, public ClassLogits, public LogDensityGradient {
 public:
  // centres[y]: the centre of class y in every coordinate.
  QuadraticEnergy(int64_t dimension, std::vector<float> centres, float precision)
      : dimension_(dimension), centres_(std::move(centres)), precision_(precision) {}

  int64_t dimension() const override { return dimension_; }
  int64_t num_classes() const override { return static_cast<int64_t>(centres_.size()); }
  const ClassLogits* class_logits() const override { return this; }
  const LogDensityGradient* log_density_gradient() const override { return this; }

  void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const override {
    LogDensity(x, log_density);
    for (int64_t r = 0; r < x.rows(); ++r) {
      for (size_t y = 0; y < centres_.size(); ++y) logits.row(r)[y] = Logit(x.row(r), centres_[y]);
    }
  }

  void LogDensity(ConstMatrix x, std::span<float> log_density) const override {
    for (int64_t r = 0; r < x.rows(); ++r) log_density[r] = LogSumExp(x.row(r));
  }

  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override {
    for (int64_t r = 0; r < x.rows(); ++r) {
      const int32_t target = classes[r];
      log_density[r] = target == kNoClass ? LogSumExp(x.row(r)) : Logit(x.row(r), centres_[target]);
      for (int64_t d = 0; d < dimension_; ++d) {
        gradient.row(r)[d] = precision_ * (ExpectedCentre(x.row(r), target) - x.row(r)[d]);
      }
    }
  }

 private:
  float Logit(std::span<const float> x, float centre) const {
    float sum = 0;
    for (const float value : x) sum += (value - centre) * (value - centre);
    return -0.5F * precision_ * sum;
  }

  float LogSumExp(std::span<const float> x) const {
    float sum = 0;
    const float shift = Logit(x, centres_[0]);
    for (const float centre : centres_) sum += std::exp(Logit(x, centre) - shift);
    return shift + std::log(sum);
  }

  // The expected centre under p(y | x), or the centre of `target` if that is a class.
  float ExpectedCentre(std::span<const float> x, int32_t target) const {
    if (target != kNoClass) return centres_[target];
    const float log_density = LogSumExp(x);
    float sum = 0;
    for (const float centre : centres_) sum += centre * std::exp(Logit(x, centre) - log_density);
    return sum;
  }

  const int64_t dimension_;
  const std::vector<float> centres_;
  const float precision_;
};

// A checkpoint for QuadraticEnergy(4, {-0.5, 0, 0.5}, ...): 2 x 2 inputs with values from 0 to 4, scaled to [-1, 1].
inline Checkpoint QuadraticCheckpoint() {
  Checkpoint checkpoint;
  checkpoint.spec.input_shape = {2, 2};
  checkpoint.spec.class_labels = {"low", "middle", "high"};
  checkpoint.spec.columns.front().range = {.minimum = 0, .maximum = 4};
  checkpoint.spec.columns.front().scaling = {.scale = 0.5F, .offset = -1.0F};
  checkpoint.sampler = {.steps = 5,
                        .kernel = Langevin{.step_size = 0.1F, .noise_scale = 0.2F},
                        .clamp_lower = -1.0F,
                        .clamp_upper = 1.0F};
  checkpoint.provenance.recipe = "by hand";
  checkpoint.evaluation["test_error"] = 0.25;
  checkpoint.log_density_quantiles = {-10, 0, 10};
  checkpoint.start_states = {-0.5F, -0.5F, -0.5F, -0.5F, 0.25F, 0.25F, 0.25F, 0.25F};
  checkpoint.start_classes = {0, 2};
  return checkpoint;
}

}  // namespace ebm

#endif  // EBM_TESTS_SUPPORT_QUADRATIC_ENERGY_H_
