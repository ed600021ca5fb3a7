// What all joint energy models have in common (JEM; Grathwohl et al. 2020, arXiv:1912.03263, eq. 5-7): a classifier
// f: R^D -> R^K read as an energy, whatever computes f.
//
//   E(x, y) = -f(x)[y],   ln p~(x, y) = f(x)[y],   ln p~(x) = LSE_y f(x)[y] = ln sum_y exp f(x)[y]
//   grad_x ln p~(x)    = sum_y softmax(f(x))[y] grad_x f(x)[y]
//   grad_x ln p~(x, y) = grad_x f(x)[y]
//
// For a model with a base density, f here is the sum of the network's f and the base's part (gaussian_base.h).
//
// Both gradients are one vector-Jacobian product back through the network, v = softmax(f(x)) or the one-hot of y.

#ifndef EBM_MODEL_ENERGY_JOINT_ENERGY_MODEL_H_
#define EBM_MODEL_ENERGY_JOINT_ENERGY_MODEL_H_

#include <span>

#include "model/core/energy_model.h"

namespace ebm {

// Logits of such a model also accepts an empty matrix, if only ln p~ is wanted.
class JointEnergyModel : public EnergyModel,
                         public ClassLogits,
                         public LogDensityGradient,
                         public AdjustableParameters {
 public:
  const ClassLogits* class_logits() const final { return this; }
  const LogDensityGradient* log_density_gradient() const final { return this; }
  AdjustableParameters* adjustable_parameters() final { return this; }

  void LogDensity(ConstMatrix x, std::span<float> log_density) const final { Logits(x, Matrix(), log_density); }
};

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_JOINT_ENERGY_MODEL_H_
