// The base density for chains of a class y: an equal mixture of the class's own base density and the whole one,
//
//   d_y(x) = (b_y(x) + b(x)) / 2,   and b(x) where there is no class
//
// Chains that start at draws from b_y alone hardly ever reach the regions of other classes, where p~(x, y) is small but
// b_y is smaller still. The mass missed there adds up: the mean of the weights is too small, and their spread does not
// show it. With d_y and one step, no weight is above 2 p~(x, y) / b(x) (defensive importance sampling; Hesterberg 1995,
// "Weighted average importance sampling and defensive mixture distributions", Technometrics 37; Owen & Zhou 2000).
//
// A draw comes from b_y if the Uniform draw of {seed, kBaseDraw, chain, step 2} is below 1/2, otherwise from b.
//
// Threads: Draw is safe from any thread; Evaluate, unlike that of other bases, must run on one thread at a time. It
// takes at most `capacity` rows. The base is borrowed.

#ifndef EBM_MODEL_BASE_DEFENSIVE_BASE_H_
#define EBM_MODEL_BASE_DEFENSIVE_BASE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"

namespace ebm {

class DefensiveBase final : public BaseDensity {
 public:
  DefensiveBase(const BaseDensity& base, int64_t capacity)
      : base_(base), class_log_density_(capacity), class_gradient_(capacity, base.dimension()) {}

  int64_t dimension() const override { return base_.dimension(); }
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;
  void Draw(uint64_t seed, uint32_t first_chain, int32_t target_class, Matrix states) const override;

 private:
  const BaseDensity& base_;
  mutable std::vector<float> class_log_density_;  // [capacity], ln b_y
  mutable MatrixBuffer class_gradient_;           // [capacity, D]
};

}  // namespace ebm

#endif  // EBM_MODEL_BASE_DEFENSIVE_BASE_H_
