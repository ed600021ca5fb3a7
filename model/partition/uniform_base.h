// The uniform density on a box, b(x) = (upper - lower)^-D within [lower, upper]^D and 0 outside: the base of a model
// that stands on none. ln Z is then the integral over the box, and p(x) is 0 outside of it. Scaled units.
//
// The gradient is 0 everywhere; that chains stay inside is their kernel's matter (ChainSettings' clamp, which a
// Metropolis kernel keeps by refusing).

#ifndef EBM_MODEL_PARTITION_UNIFORM_BASE_H_
#define EBM_MODEL_PARTITION_UNIFORM_BASE_H_

#include <cstdint>
#include <limits>
#include <span>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"

namespace ebm {

// Where chains may be, in every coordinate; everywhere, unless said otherwise.
struct Box {
  float lower = -std::numeric_limits<float>::infinity();
  float upper = std::numeric_limits<float>::infinity();
};

class UniformBase final : public BaseDensity {
 public:
  // box: finite, lower < upper.
  UniformBase(int64_t dimension, Box box) : dimension_(dimension), box_(box) {}

  int64_t dimension() const override { return dimension_; }
  // There are no classes.
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;
  // The chains of FillUniformStart (model/sampler/chain_start.h).
  void Draw(uint64_t seed, uint32_t first_chain, int32_t target_class, Matrix states) const override;

 private:
  bool Contains(std::span<const float> x) const;

  int64_t dimension_;
  Box box_;
};

}  // namespace ebm

#endif  // EBM_MODEL_PARTITION_UNIFORM_BASE_H_
