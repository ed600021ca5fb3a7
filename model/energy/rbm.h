// A restricted Boltzmann machine on levels, with classes if there are several: the classification RBM of Larochelle &
// Bengio (2008, "Classification using discriminative restricted Boltzmann machines", ICML; 2012, JMLR 13).
//
// v(x) in {0, 1}^S are the indicators of x (model/spec/indicators.h), h in {0, 1}^H the hidden units, y the class:
//
//   -E(x, y, h) = b . v + sum_j h_j (c_j + (W^T v)_j + U_yj) + d_y      W: [S, H], b: [S], c: [H], U: [K, H], d: [K]
//
// The hidden units are summed out, so it is a joint energy model (joint_energy_model.h) with
//
//   f(x)[y] = ln p~(x, y) = b . v + d_y + sum_j softplus(o_j + U_yj),   o = c + W^T v,   ln p~(x) = LSE_y f(x)[y]
//
// Without classes (K = 1), U and d are 0 and f(x)[0] = ln p~(x). ln p~ is the logarithm of an unnormalised probability.
//
// One sweep at temperature T: the class, unless it is given, and the hidden units (hidden_layer.h); then x_i from
// softmax over its levels of (b + W h) / T, level 0 of two having the logit 0, as discrete_units.h draws it by the
// Uniform draw of {seed, kGibbsVisible, chain, step}, coordinate i. That keeps the density proportional to exp(-E / T),
// whose marginal in x is not p(x)^(1/T).
//
// Hidden means: E[h_j given x] = sum_y p(y given x) sigma(o_j + U_yj).
//
// A row with a number that is none of its coordinate's levels has NaN for all outputs, and as its next state.

#ifndef EBM_MODEL_ENERGY_RBM_H_
#define EBM_MODEL_ENERGY_RBM_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "model/base/independent_base.h"
#include "model/core/block_conditionals.h"
#include "model/core/energy_model.h"
#include "model/core/hidden_units.h"
#include "model/core/named_tensor.h"
#include "model/core/precision.h"
#include "model/energy/hidden_layer.h"
#include "model/kernels/aligned_floats.h"
#include "model/kernels/panel_matrix.h"
#include "model/kernels/workspace_pool.h"
#include "model/spec/indicators.h"
#include "model/spec/model_spec.h"

namespace ebm {

class Rbm final : public EnergyModel,
                  public ClassLogits,
                  public PathConditionals,
                  public HiddenUnits,
                  public AdjustableParameters {
 public:
  // REQUIRES: a spec that passes Validate. Errors: those of FindParameters and IndependentBase::Create;
  // FailedPrecondition for kBf16, which this family does not support.
  static absl::StatusOr<std::unique_ptr<Rbm>> Create(const ModelSpec& spec, const std::vector<NamedTensor>& tensors,
                                                     Precision precision = Precision::kF32);

  void SetParameters(const std::vector<std::span<const float>>& parameters) override;

  const ClassLogits* class_logits() const override { return this; }
  const BlockConditionals* block_conditionals() const override { return this; }
  const PathConditionals* path_conditionals() const override { return this; }
  const HiddenUnits* hidden_units() const override { return this; }
  const BaseDensity* base_density() const override { return base_.get(); }
  AdjustableParameters* adjustable_parameters() override { return this; }

  int64_t dimension() const override { return indicators_.coordinates(); }
  int64_t num_classes() const override { return hidden_.num_classes(); }
  int64_t num_hidden() const override { return static_cast<int64_t>(hidden_.units()); }
  std::span<const int32_t> levels() const override { return indicators_.levels(); }

  void LogDensity(ConstMatrix x, std::span<float> log_density) const override { Logits(x, Matrix(), log_density); }
  // Also accepts an empty matrix of logits, if only ln p~ is wanted.
  void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const override;
  void HiddenMeans(ConstMatrix x, Matrix means) const override;
  void Sweep(std::span<const SweepSettings> sweeps, Matrix states, std::span<float> log_density) const override;
  void LogDensityAlong(ConstMatrix x, std::span<const double> betas, std::span<double> log_density) const override;

 private:
  struct Workspace {
    explicit Workspace(const Rbm& model);

    HiddenLayer::Workspace of_row;
    std::vector<const float*> active_rows;     // of W, at the indicators that are 1
    std::vector<float> uniform;                // [D]
    kernels::AlignedFloats indicator_uniform;  // [padded S]
    kernels::AlignedFloats units;              // [padded S]
    kernels::RowBlock hidden;                  // [kRowsAtOnce, padded H]
    kernels::RowBlock visible;                 // b + W h, [kRowsAtOnce, padded S]
  };

  Rbm(const ModelSpec& spec, std::unique_ptr<IndependentBase> base);

  // Sets the fields of the row to o of x and returns b . v; NaN for an x that is not of levels.
  double Fields(std::span<const float> x, Workspace& workspace) const;
  // Returns ln p~ of the row, and draws its hidden units.
  float DrawHidden(const SweepSettings& sweep, std::span<const float> x, int64_t row, Workspace& workspace) const;
  // Sets the visible fields of a row to those at its beta.
  void MoveToBeta(float beta, int64_t row, Workspace& workspace) const;
  void DrawBinary(const SweepSettings& sweep, const float* fields, Workspace& workspace) const;
  void DrawVisible(const SweepSettings& sweep, int64_t row, Workspace& workspace, std::span<float> x) const;

  const Indicators indicators_;
  const std::unique_ptr<IndependentBase> base_;
  HiddenLayer hidden_;                      // c, U and d
  kernels::RowBlock weight_;                // W, [S, padded H]
  kernels::PanelMatrix weight_transposed_;  // W^T, [H, S]
  kernels::AlignedFloats visible_bias_;     // b, [padded S]
  kernels::AlignedFloats no_shifts_;        // zeros, [padded S]
  mutable WorkspacePool<Workspace> workspaces_;
};

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_RBM_H_
