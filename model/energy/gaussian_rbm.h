// A restricted Boltzmann machine on real coordinates (Gaussian-Bernoulli; Hinton & Salakhutdinov 2006, "Reducing the
// dimensionality of data with neural networks", Science 313, in the form of Cho, Ilin & Raiko 2011, "Improved learning
// of Gaussian-Bernoulli restricted Boltzmann machines", ICANN), with classes if there are several:
//
//   -E(x, y, h) = -sum_i (x_i - b_i)^2 / (2 s_i^2) + sum_j h_j (c_j + (W^T (x / s^2))_j + U_yj) + d_y
//
// W: [D, H], b: [D], s^2: [D], all above 0, c: [H], U: [K, H], d: [K]; x in scaled units. With the hidden units summed
// out (hidden_layer.h) it is a joint energy model (joint_energy_model.h), without a part of the base density, and
//
//   grad ln p~(x) = (W E[h given x] - (x - b)) / s^2
//
// p is a mixture of 2^H Gaussians with one diagonal covariance.
//
// One sweep at temperature T: the class, unless it is given, and the hidden units; then x_i = (b + W h)_i + sqrt(T) s_i
// times the Normal draw of {seed, kGibbsVisible, chain, step}, coordinate i. That keeps the density proportional to
// exp(-E / T), whose marginal in x is not p(x)^(1/T). Without noise, x = b + W h.
//
// A row with a number that is not finite has NaN for all outputs, and as its next state.

#ifndef EBM_MODEL_ENERGY_GAUSSIAN_RBM_H_
#define EBM_MODEL_ENERGY_GAUSSIAN_RBM_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "model/base/gaussian_base.h"
#include "model/core/block_conditionals.h"
#include "model/core/energy_model.h"
#include "model/core/hidden_units.h"
#include "model/core/named_tensor.h"
#include "model/core/precision.h"
#include "model/energy/hidden_layer.h"
#include "model/energy/joint_energy_model.h"
#include "model/kernels/aligned_floats.h"
#include "model/kernels/panel_matrix.h"
#include "model/kernels/workspace_pool.h"
#include "model/spec/model_spec.h"

namespace ebm {

class GaussianRbm final : public JointEnergyModel, public BlockConditionals, public HiddenUnits {
 public:
  // REQUIRES: a spec that passes Validate. Errors: those of FindParameters and GaussianBase::Create; InvalidArgument
  // for a log variance beyond -40 to 40; FailedPrecondition for kBf16, which this family does not support.
  static absl::StatusOr<std::unique_ptr<GaussianRbm>> Create(const ModelSpec& spec,
                                                             const std::vector<NamedTensor>& tensors,
                                                             Precision precision = Precision::kF32);

  void SetParameters(const std::vector<std::span<const float>>& parameters) override;

  const BlockConditionals* block_conditionals() const override { return this; }
  const HiddenUnits* hidden_units() const override { return this; }
  const BaseDensity* base_density() const override { return base_.get(); }

  int64_t dimension() const override { return static_cast<int64_t>(weight_.depth()); }
  int64_t num_classes() const override { return hidden_.num_classes(); }
  int64_t num_hidden() const override { return static_cast<int64_t>(hidden_.units()); }
  std::span<const int32_t> levels() const override { return {}; }

  void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const override;
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;
  void HiddenMeans(ConstMatrix x, Matrix means) const override;
  void Sweep(std::span<const SweepSettings> sweeps, Matrix states, std::span<float> log_density) const override;

 private:
  // A chunk of rows (row_chunks.h).
  struct Workspace {
    explicit Workspace(const GaussianRbm& model);

    HiddenLayer::Workspace of_row;
    std::vector<float> noise;   // [D]
    kernels::RowBlock scaled;   // x / s^2, [kRowsAtOnce, padded D]
    kernels::RowBlock fields;   // o, [kRowsAtOnce, padded H]
    kernels::RowBlock hidden;   // h or its means, [kRowsAtOnce, padded H]
    kernels::RowBlock visible;  // b + W h, [kRowsAtOnce, padded D]
  };

  GaussianRbm(const ModelSpec& spec, std::unique_ptr<GaussianBase> base);

  // Sets the fields of so many rows of x from `first` on.
  void Fields(ConstMatrix x, int64_t first, int64_t count, Workspace& workspace) const;
  // Sets the visible means of so many rows from their hidden units.
  void VisibleMeans(int64_t count, Workspace& workspace) const;
  // Copies the fields of a row of the chunk to those of one row, and returns v(x); NaN for an x that is not finite.
  double TakeRow(std::span<const float> x, int64_t row, Workspace& workspace) const;
  // Returns ln p~ of the row, and draws its hidden units.
  float DrawHidden(const SweepSettings& sweep, std::span<const float> x, int64_t row, Workspace& workspace) const;
  void DrawVisible(const SweepSettings& sweep, int64_t row, Workspace& workspace, std::span<float> x) const;

  const std::unique_ptr<GaussianBase> base_;  // null: none
  HiddenLayer hidden_;                        // c, U and d
  kernels::PanelMatrix weight_;               // W, [D, H]
  kernels::PanelMatrix weight_transposed_;    // W^T, [H, D]
  kernels::AlignedFloats visible_bias_;       // b, [padded D]
  std::vector<float> inverse_variance_;       // 1 / s^2, [D]
  std::vector<float> deviation_;              // s, [D]
  mutable WorkspacePool<Workspace> workspaces_;
};

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_GAUSSIAN_RBM_H_
