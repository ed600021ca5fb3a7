// A mixture of Gaussians on the line, for tests only:
//
//   p(x) = sum_k w_k N(x; mu_k, s_k^2),   ln p~(x) = ln p(x)
//
// Classes are ignored.

#ifndef EBM_TESTS_REFERENCE_MIXTURE_ENERGY_H_
#define EBM_TESTS_REFERENCE_MIXTURE_ENERGY_H_

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "model/core/energy_model.h"
#include "tests/reference/quantiles.h"

namespace ebm::reference {

class MixtureEnergy final : public EnergyModel, public LogDensityGradient {
 public:
  struct Component {
    double weight = 1;
    double mean = 0;
    double stddev = 1;
  };

  // The weights sum to 1.
  explicit MixtureEnergy(std::vector<Component> components) : components_(std::move(components)) {}

  double Cdf(double x) const {
    double sum = 0;
    for (const auto& [weight, mean, stddev] : components_) sum += weight * NormalCdf((x - mean) / stddev);
    return sum;
  }

  int64_t dimension() const override { return 1; }
  const LogDensityGradient* log_density_gradient() const override { return this; }

  void LogDensity(ConstMatrix x, std::span<float> log_density) const override {
    for (int64_t row = 0; row < x.rows(); ++row) {
      log_density[row] = static_cast<float>(std::log(DensityAndSlope(x.row(row)[0]).first));
    }
  }

  void Evaluate(ConstMatrix x, std::span<const int32_t> /*classes*/, std::span<float> log_density,
                Matrix gradient) const override {
    for (int64_t row = 0; row < x.rows(); ++row) {
      const auto [density, slope] = DensityAndSlope(x.row(row)[0]);
      log_density[row] = static_cast<float>(std::log(density));
      gradient.row(row)[0] = static_cast<float>(slope / density);
    }
  }

 private:
  std::pair<double, double> DensityAndSlope(double x) const {
    double density = 0;
    double slope = 0;
    for (const auto& [weight, mean, stddev] : components_) {
      const double z = (x - mean) / stddev;
      const double term = weight / (stddev * std::sqrt(2 * std::numbers::pi)) * std::exp(-z * z / 2);
      density += term;
      slope -= term * z / stddev;
    }
    return {density, slope};
  }

  std::vector<Component> components_;
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_MIXTURE_ENERGY_H_
