// The hidden units h in {0, 1}^H and the class y of a restricted Boltzmann machine, given x. The parts of
//
//   -E(x, y, h) = v(x) + sum_j h_j (o_j + U_yj) + d_y             o = c + what x contributes; c: [H], U: [K, H], d: [K]
//
// that differ between families are v(x), in nats, and the fields o. With the hidden units summed out,
//
//   f(x)[y] = ln p~(x, y) = v(x) + d_y + sum_j softplus(o_j + U_yj),   ln p~(x) = LSE_y f(x)[y]
//
// Without classes (K = 1), U and d are 0.
//
// At temperature T: the class from p_T(y given x), as the first whose cumulative probability exceeds the Uniform draw
// of {seed, kGibbsClass, chain, step}; then h_j = 1 with probability sigma((o_j + U_yj) / T), by the draws of {seed,
// kGibbsHidden, chain, step}, coordinate j (discrete_units.h). Sweeps on the path from a base have 1 / T times beta.
//
// Threads: immutable but for SetParameters; each caller has a workspace of its own.

#ifndef EBM_MODEL_ENERGY_HIDDEN_LAYER_H_
#define EBM_MODEL_ENERGY_HIDDEN_LAYER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/core/block_conditionals.h"
#include "model/core/random.h"
#include "model/kernels/aligned_floats.h"

namespace ebm {

class HiddenLayer {
 public:
  // What the methods need for one row.
  struct Workspace {
    explicit Workspace(const HiddenLayer& layer);

    kernels::AlignedFloats fields;   // o, [padded H], set by the caller
    kernels::AlignedFloats logits;   // [padded K]
    kernels::AlignedFloats uniform;  // [padded H]
    kernels::AlignedFloats means;    // [padded H]
  };

  HiddenLayer(size_t units, int64_t num_classes);

  // parameters: c; and U and d, if there are classes.
  void SetParameters(std::span<const std::span<const float>> parameters);

  size_t units() const { return units_; }         // H
  size_t padded() const { return bias_.size(); }  // H in whole panels
  int64_t num_classes() const { return std::ssize(class_bias_); }
  const float* bias() const { return bias_.data(); }  // c, [padded H]

  // ln p~(x, y) / T with each hidden unit at temperature T. visible: v(x).
  double LogJoint(int64_t y, double visible, float inverse_temperature, const Workspace& workspace) const;
  // ln p~(x), whose logits are then in the workspace; or ln p~(x, y) of a class y alone.
  float LogDensity(int32_t target_class, double visible, Workspace& workspace) const;
  // Sets workspace.means to E[h given x], or to E[h given x, y] of a class y. REQUIRES: LogDensity of the same class
  // before.
  void Means(int32_t target_class, Workspace& workspace) const;
  // The class of a sweep. REQUIRES: LogDensity of the sweep's class before.
  int32_t DrawClass(const SweepSettings& sweep, double visible, Workspace& workspace) const;
  // units: h, [padded H].
  void DrawUnits(const SweepSettings& sweep, int32_t y, Workspace& workspace, float* units) const;

 private:
  // Sets workspace.logits to those of all classes.
  void Logits(double visible, float inverse_temperature, Workspace& workspace) const;

  const size_t units_;
  kernels::AlignedFloats bias_;     // c, [padded H]
  kernels::RowBlock class_weight_;  // U, [K, padded H]
  std::vector<float> class_bias_;   // d, [K]
};

inline RandomKey KeyOf(const SweepSettings& sweep, RandomStream stream) {
  return {.seed = sweep.seed, .stream = stream, .chain = sweep.chain, .step = sweep.step};
}

// Copies values, [rows, columns], to the beginnings of the rows.
void CopyRows(std::span<const float> values, size_t columns, kernels::RowBlock& rows);

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_HIDDEN_LAYER_H_
