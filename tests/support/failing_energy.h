// An energy whose evaluations throw from when a test says so.

#ifndef EBM_TESTS_SUPPORT_FAILING_ENERGY_H_
#define EBM_TESTS_SUPPORT_FAILING_ENERGY_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"

namespace ebm {

class FailingEnergy final : public EnergyModel, public ClassLogits, public LogDensityGradient {
 public:
  // healthy: what it computes until *fails; it has class logits and a gradient. `fails` is borrowed.
  FailingEnergy(std::unique_ptr<const EnergyModel> healthy, const std::atomic<bool>* fails)
      : healthy_(std::move(healthy)), fails_(*fails) {}

  int64_t dimension() const override { return healthy_->dimension(); }
  int64_t num_classes() const override { return healthy_->class_logits()->num_classes(); }
  const ClassLogits* class_logits() const override { return this; }
  const LogDensityGradient* log_density_gradient() const override { return this; }

  void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const override {
    ThrowIfItFails();
    healthy_->class_logits()->Logits(x, logits, log_density);
  }
  void LogDensity(ConstMatrix x, std::span<float> log_density) const override {
    ThrowIfItFails();
    healthy_->LogDensity(x, log_density);
  }
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override {
    ThrowIfItFails();
    healthy_->log_density_gradient()->Evaluate(x, classes, log_density, gradient);
  }

 private:
  void ThrowIfItFails() const {
    if (fails_) throw std::runtime_error("the energy fails");
  }

  const std::unique_ptr<const EnergyModel> healthy_;
  const std::atomic<bool>& fails_;
};

}  // namespace ebm

#endif  // EBM_TESTS_SUPPORT_FAILING_ENERGY_H_
