// A mixture of Gaussians given some of the coordinates of x. Write o for the known coordinates and m for the missing
// ones, and for each component
//
//   r = W (x' - mu) with x' = x at o and mu at m,   A = W[:, m],   L L^T = A^T A
//   mean of x_m:  mu_m + d,   A^T A d = -A^T r        covariance of x_m: (A^T A)^-1
//   ln N(x_o) = ln |det W| - (D - |m|)/2 ln(2 pi) - ln |det L| - |r + A d|^2 / 2
//
// since W^T W is the inverse of the covariance, and A^T A that inverse's block of the missing coordinates. All in
// double precision.
//
// Draws: the component is the first whose cumulative probability given x_o exceeds the Uniform draw of {seed,
// kMissingValue, chain, step 0}; x_m = mu_m + d + L^-T z, z the Normal draws of {seed, kMissingValue, chain, step 1}.
//
// Threads: safe from any thread once it is made.

#ifndef EBM_MODEL_BASE_CONDITIONAL_GAUSSIANS_H_
#define EBM_MODEL_BASE_CONDITIONAL_GAUSSIANS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/core/energy_model.h"

namespace ebm {

struct WhitenedGaussian {
  double log_weight = 0;
  std::span<const float> mean;       // [D], mu
  std::span<const float> whitening;  // [D, D], W, lower triangular with a diagonal above 0
};

class ConditionalGaussians final : public ConditionalDensity {
 public:
  // x: [D], NaN where it is missing. The components are not needed afterwards. Takes about D |m|^2 operations for each.
  ConditionalGaussians(std::span<const WhitenedGaussian> components, std::span<const float> x);

  double log_marginal() const override { return log_marginal_; }
  void Draw(uint64_t seed, uint32_t chain, std::span<float> x) const override;

 private:
  struct Component {
    double log_weight = 0;            // ln w + ln N(x_o)
    std::vector<double> mean;         // [m], mu_m + d
    std::vector<double> factor = {};  // [m, m], L, row-major
  };
  Component MakeComponent(const WhitenedGaussian& gaussian, std::span<const float> x) const;
  const Component& Choose(uint64_t seed, uint32_t chain) const;

  std::vector<size_t> missing_;  // [m]
  std::vector<Component> components_;
  double log_marginal_ = 0;
};

}  // namespace ebm

#endif  // EBM_MODEL_BASE_CONDITIONAL_GAUSSIANS_H_
