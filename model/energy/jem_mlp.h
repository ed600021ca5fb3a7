// The joint energy model on a multilayer perceptron (Grathwohl et al. 2020, arXiv:1912.03263, eq. 5-7): a classifier
// f: R^D -> R^K read as an energy.
//
//   E(x, y) = -f(x)[y],   ln p~(x, y) = f(x)[y],   ln p~(x) = LSE_y f(x)[y] = ln sum_y exp f(x)[y]
//   grad_x ln p~(x)    = sum_y softmax(f(x))[y] grad_x f(x)[y]
//   grad_x ln p~(x, y) = grad_x f(x)[y]
//
// Both gradients are one vector-Jacobian product back through the network (mlp_network.h), v = softmax(f(x)) or the
// one-hot of y; the parameters need no gradient and no graph is built.

#ifndef EBM_MODEL_ENERGY_JEM_MLP_H_
#define EBM_MODEL_ENERGY_JEM_MLP_H_

#include "model/core/energy_model.h"
#include "model/energy/mlp_network.h"

namespace ebm {

class JemMlp final : public EnergyModel, public ClassLogits, public LogDensityGradient {
 public:
  // Shares the network's storage: who writes the weights in place sees the energy change, and must not do so while a
  // method runs.
  explicit JemMlp(MlpNetwork network) : network_(std::move(network)) {}

  int64_t dimension() const override { return network_.dimension(); }
  int64_t num_classes() const override { return network_.num_classes(); }
  const ClassLogits* class_logits() const override { return this; }
  const LogDensityGradient* log_density_gradient() const override { return this; }

  void LogDensity(ConstMatrix x, std::span<float> log_density) const override;
  void Logits(ConstMatrix x, Matrix logits) const override;
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;

 private:
  MlpNetwork network_;
};

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_JEM_MLP_H_
