// The bridge from a base density b to a model's p~, at inverse temperatures beta in [0, 1], one per row:
//
//   ln p_beta(x) = (1 - beta) ln b(x) + beta ln p~(x),   and its gradient
//
// For a row with a class y, the bridge is from b_y(x) to p~(x, y).
//
// p_beta is 0 where b is 0, also at beta = 1: the bridge ends at p~ restricted to b's support.
//
// It keeps the values at both ends, so that a step and a change of beta together need one evaluation of the model, not
// two: ln p~(x) - ln b(x) is the derivative of ln p_beta in beta.

#ifndef EBM_MODEL_ANNEALING_BRIDGED_DENSITY_H_
#define EBM_MODEL_ANNEALING_BRIDGED_DENSITY_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"

namespace ebm {

// The values at both ends of the bridge for n states.
struct BridgeEnds {
  BridgeEnds(int64_t rows, int64_t dimension)
      : model_log_density(rows),
        base_log_density(rows),
        model_gradient(rows, dimension),
        base_gradient(rows, dimension) {}

  double log_ratio(int64_t row) const { return double{model_log_density[row]} - base_log_density[row]; }
  // Copies a row of `source` to a row of this.
  void CopyRow(const BridgeEnds& source, int64_t source_row, int64_t row);

  // ln p_beta of a row. gradient: [D].
  float Bridge(double beta, int64_t row, std::span<float> gradient) const;

  std::vector<float> model_log_density;  // [n]
  std::vector<float> base_log_density;   // [n]
  MatrixBuffer model_gradient;           // [n, D]
  MatrixBuffer base_gradient;            // [n, D]
};

// Threads: one at a time, unlike other models. model and base are borrowed.
class BridgedDensity final : public LogDensityGradient {
 public:
  // capacity: the most rows that Evaluate may be given.
  BridgedDensity(const LogDensityGradient& model, const BaseDensity& base, int64_t capacity)
      : model_(model), base_(base), betas_(capacity), ends_(capacity, base.dimension()) {}

  // Sets the beta that Evaluate uses for row `row` of its x.
  void set_beta(int64_t row, double beta) { betas_[row] = beta; }

  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;

  // The values at both ends for the rows of the last Evaluate call.
  const BridgeEnds& ends() const { return ends_; }

 private:
  const LogDensityGradient& model_;
  const BaseDensity& base_;
  std::vector<double> betas_;  // [capacity]
  mutable BridgeEnds ends_;
};

}  // namespace ebm

#endif  // EBM_MODEL_ANNEALING_BRIDGED_DENSITY_H_
