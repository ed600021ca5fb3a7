// An energy whose sampler can be solved by hand: independent Gaussians, for tests only.
//
//   E(x) = sum_i lambda_i / 2 (x_i - mu_i)^2,   ln p~(x) = -E(x),   grad_i ln p~(x) = -lambda_i (x_i - mu_i)
//
// Conditional on class y the means are mu_i + y, so that a test can see whether the class reached the model.
// lambda, mu: [D].
//
// A Langevin chain x <- x + alpha grad ln p~ + sigma eps on it is, coordinate by coordinate, the autoregression
//
//   x_{t+1} - mu = rho (x_t - mu) + sigma eps,   rho = 1 - alpha lambda,
//
// and x_t given x_0 is Gaussian with mean mu + rho^t (x_0 - mu) and variance sigma^2 (1 - rho^2t) / (1 - rho^2), whose
// limit is sigma^2 / (alpha lambda (2 - alpha lambda)) for |rho| < 1.

#ifndef EBM_TESTS_REFERENCE_QUADRATIC_ENERGY_H_
#define EBM_TESTS_REFERENCE_QUADRATIC_ENERGY_H_

#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "model/core/energy_model.h"

namespace ebm::reference {

class QuadraticEnergy final : public EnergyModel, public LogDensityGradient {
 public:
  QuadraticEnergy(std::vector<float> lambda, std::vector<float> mu) : lambda_(std::move(lambda)), mu_(std::move(mu)) {}

  int64_t dimension() const override { return static_cast<int64_t>(lambda_.size()); }
  const LogDensityGradient* log_density_gradient() const override { return this; }

  void LogDensity(ConstMatrix x, std::span<float> log_density) const override {
    for (int64_t row = 0; row < x.rows(); ++row) log_density[row] = LogDensityOfRow(x.row(row), 0.0F);
  }

  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override {
    for (int64_t row = 0; row < x.rows(); ++row) {
      const float shift = classes[row] == kNoClass ? 0.0F : static_cast<float>(classes[row]);
      log_density[row] = LogDensityOfRow(x.row(row), shift);
      for (size_t i = 0; i < lambda_.size(); ++i) {
        gradient.row(row)[i] = -lambda_[i] * (x.row(row)[i] - mu_[i] - shift);
      }
    }
  }

 private:
  float LogDensityOfRow(std::span<const float> x, float shift) const {
    float sum = 0;
    for (size_t i = 0; i < lambda_.size(); ++i) {
      const float distance = x[i] - mu_[i] - shift;
      sum -= 0.5F * lambda_[i] * distance * distance;
    }
    return sum;
  }

  std::vector<float> lambda_;
  std::vector<float> mu_;
};

// The distribution of one coordinate of the chain above.
struct GaussianChain {
  double alpha = 1;
  double sigma = 1;
  double lambda = 1;
  double mu = 0;

  double rho() const { return 1 - alpha * lambda; }
  double MeanAfter(int steps, double start) const { return mu + std::pow(rho(), steps) * (start - mu); }
  double VarianceAfter(int steps) const {
    return sigma * sigma * (1 - std::pow(rho(), 2 * steps)) / (1 - rho() * rho());
  }
  double StationaryVariance() const { return sigma * sigma / (alpha * lambda * (2 - alpha * lambda)); }

  // T / lambda, the stationary variance without the bias of the step size: its limit as alpha -> 0 at fixed T.
  double ContinuousLimitVariance() const { return sigma * sigma / (2 * alpha) / lambda; }
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_QUADRATIC_ENERGY_H_
