// What chains anneal from that have a class y: half the class's own base density and half the whole,
//
//   d_y(x) = (b_y(x) + b(x)) / 2,   and b(x) where there is no class
//
// From b_y alone they would hardly ever get to where p~(x, y) is small and b_y is smaller still, the places of other
// classes. What is missed there adds up: the mean of the weights comes out too small, and nothing in their spread says
// so. Under d_y no weight is above 2 p~(x, y) / b(x), at one step (defensive importance sampling; Hesterberg 1995,
// "Weighted average importance sampling and defensive mixture distributions", Technometrics 37; Owen & Zhou 2000).
//
// Draws: b_y's where the Uniform draw of {seed, kBaseDraw, chain, step 2} is below 1/2, else b's.
//
// Threads: Draw is safe from any thread; Evaluate, unlike other bases', one at a time, and of `capacity` rows at most.
// The base is borrowed.

#ifndef EBM_MODEL_PARTITION_DEFENSIVE_BASE_H_
#define EBM_MODEL_PARTITION_DEFENSIVE_BASE_H_

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

#endif  // EBM_MODEL_PARTITION_DEFENSIVE_BASE_H_
