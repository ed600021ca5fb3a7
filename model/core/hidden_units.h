// A capability of models with hidden units h in {0, 1}^H: their means given x, which describe x as features.
//
// Shapes, threads, batch invariance and errors are those of energy_model.h.

#ifndef EBM_MODEL_CORE_HIDDEN_UNITS_H_
#define EBM_MODEL_CORE_HIDDEN_UNITS_H_

#include <cstdint>

#include "model/core/matrix_view.h"

namespace ebm {

class HiddenUnits {
 public:
  virtual ~HiddenUnits() = default;

  virtual int64_t num_hidden() const = 0;  // H

  // means row i is E[h given x_i] = P(h_j = 1 given x_i), 0 to 1; of a model with classes, over p(y, h given x_i).
  // means: [n, H].
  virtual void HiddenMeans(ConstMatrix x, Matrix means) const = 0;
};

}  // namespace ebm

#endif  // EBM_MODEL_CORE_HIDDEN_UNITS_H_
