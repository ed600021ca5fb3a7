// An unnormalised mixture of round Gaussians on the plane, for tests only:
//
//   p~(x) = sum_k w_k exp(-|x - m_k|^2 / (2 s_k^2)),   ln Z = ln sum_k w_k 2 pi s_k^2 over the plane
//
// Classes are ignored.

#ifndef EBM_TESTS_REFERENCE_PLANE_MIXTURE_ENERGY_H_
#define EBM_TESTS_REFERENCE_PLANE_MIXTURE_ENERGY_H_

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "model/core/energy_model.h"

namespace ebm::reference {

class PlaneMixtureEnergy final : public EnergyModel, public LogDensityGradient {
 public:
  struct Component {
    double weight = 1;
    std::array<double, 2> mean = {};
    double stddev = 1;
  };

  explicit PlaneMixtureEnergy(std::vector<Component> components) : components_(std::move(components)) {}

  double log_z() const {
    double z = 0;
    for (const Component& k : components_) z += k.weight * 2 * std::numbers::pi * k.stddev * k.stddev;
    return std::log(z);
  }

  int64_t dimension() const override { return 2; }
  const LogDensityGradient* log_density_gradient() const override { return this; }

  void LogDensity(ConstMatrix x, std::span<float> log_density) const override {
    std::vector<float> gradient(x.values().size());
    Evaluate(x, {}, log_density, {gradient.data(), x.rows(), 2});
  }

  void Evaluate(ConstMatrix x, std::span<const int32_t> /*classes*/, std::span<float> log_density,
                Matrix gradient) const override {
    for (int64_t row = 0; row < x.rows(); ++row) {
      double density = 0;
      std::array<double, 2> slope = {};
      for (const Component& k : components_) {
        const std::array<double, 2> away = {x.row(row)[0] - k.mean[0], x.row(row)[1] - k.mean[1]};
        const double variance = k.stddev * k.stddev;
        const double term = k.weight * std::exp(-(away[0] * away[0] + away[1] * away[1]) / (2 * variance));
        density += term;
        for (size_t i = 0; i < 2; ++i) slope[i] -= term * away[i] / variance;
      }
      log_density[row] = static_cast<float>(std::log(density));
      for (size_t i = 0; i < 2; ++i) gradient.row(row)[i] = static_cast<float>(slope[i] / density);
    }
  }

 private:
  std::vector<Component> components_;
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_PLANE_MIXTURE_ENERGY_H_
