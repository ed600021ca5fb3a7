// The uniform density on a box, b(x) = (upper - lower)^-D within [lower, upper]^D and 0 outside: the base for a model
// that has none. ln Z is then the integral over the box, and p(x) is 0 outside of it. Scaled units.
//
// The gradient is 0 everywhere. The kernel keeps chains inside: a Metropolis kernel rejects proposals outside of the
// clamp of their settings.

#ifndef EBM_MODEL_BASE_UNIFORM_BASE_H_
#define EBM_MODEL_BASE_UNIFORM_BASE_H_

#include <cstdint>
#include <limits>
#include <span>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"

namespace ebm {

// The bounds of chains in every coordinate; by default there are none.
struct Box {
  float lower = -std::numeric_limits<float>::infinity();
  float upper = std::numeric_limits<float>::infinity();

  friend bool operator==(const Box&, const Box&) = default;
};

class UniformBase final : public BaseDensity {
 public:
  // box: finite, lower < upper.
  UniformBase(int64_t dimension, Box box) : dimension_(dimension), box_(box) {}

  int64_t dimension() const override { return dimension_; }
  // Ignores the classes.
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;
  // The draws are those of FillUniformStart (model/sampler/chain_start.h).
  void Draw(uint64_t seed, uint32_t first_chain, int32_t target_class, Matrix states) const override;

 private:
  bool Contains(std::span<const float> x) const;

  int64_t dimension_;
  Box box_;
};

}  // namespace ebm

#endif  // EBM_MODEL_BASE_UNIFORM_BASE_H_
