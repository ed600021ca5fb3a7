// A Boltzmann machine without hidden units (Ackley, Hinton & Sejnowski 1985, "A learning algorithm for Boltzmann
// machines", Cognitive Science 9), which is an Ising model: binary coordinates x in {0, 1}^D, coupled along the edges
// of a graph,
//
//   ln p~(x) = -E(x) = b . x + sum over edges (i, j) of w_ij x_i x_j          b: [D], w: [edges]
//
// It is a joint energy model (joint_energy_model.h) with one class, f(x)[0] = ln p~(x), the logarithm of an
// unnormalised probability. In spins s = 2 x - 1 it is C + h . s + sum of J_ij s_i s_j with
//
//   J_ij = w_ij / 4,   h_i = b_i / 2 + sum_j w_ij / 4,   C = sum_i b_i / 2 + sum over edges of w_ij / 4
//
// One sweep at temperature T draws the sites one after the other, in the order of the coordinates, each given all
// others (Gibbs sampling): x_i = 1 with probability sigma((b_i + sum_j w_ij x_j) / T). That keeps the density
// proportional to p~(x)^(1 / T). Without noise, a site takes its more probable level given the others. The path from
// the base density is ln p~_beta = (1 - beta) ln b(x) + beta ln p~(x).
//
// Draws: site_sweep.h, with the Uniform draw of {seed, kGibbsVisible, chain, step}, coordinate i.
//
// A row with a number other than 0 and 1 has NaN for all outputs, and as its next state.
//
// Memory: 260 bytes per coordinate for each thread that calls it at the same time, and 20 per edge.

#ifndef EBM_MODEL_ENERGY_BOLTZMANN_MACHINE_H_
#define EBM_MODEL_ENERGY_BOLTZMANN_MACHINE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "model/base/independent_base.h"
#include "model/core/block_conditionals.h"
#include "model/core/energy_model.h"
#include "model/core/named_tensor.h"
#include "model/core/precision.h"
#include "model/kernels/aligned_floats.h"
#include "model/kernels/site_sweep.h"
#include "model/kernels/workspace_pool.h"
#include "model/spec/boltzmann_spec.h"
#include "model/spec/model_spec.h"

namespace ebm {

class BoltzmannMachine final : public EnergyModel,
                               public ClassLogits,
                               public PathConditionals,
                               public AdjustableParameters {
 public:
  // REQUIRES: a spec that passes Validate. Errors: those of FindParameters and IndependentBase::Create;
  // FailedPrecondition for kBf16, which this family does not support.
  static absl::StatusOr<std::unique_ptr<BoltzmannMachine>> Create(const ModelSpec& spec,
                                                                  const std::vector<NamedTensor>& tensors,
                                                                  Precision precision = Precision::kF32);

  void SetParameters(const std::vector<std::span<const float>>& parameters) override;

  const ClassLogits* class_logits() const override { return this; }
  const BlockConditionals* block_conditionals() const override { return this; }
  const PathConditionals* path_conditionals() const override { return this; }
  const BaseDensity* base_density() const override { return base_.get(); }
  AdjustableParameters* adjustable_parameters() override { return this; }

  int64_t dimension() const override { return std::ssize(bias_); }
  int64_t num_classes() const override { return 1; }
  std::span<const int32_t> levels() const override { return levels_; }

  void LogDensity(ConstMatrix x, std::span<float> log_density) const override;
  void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const override;
  void Sweep(std::span<const SweepSettings> sweeps, Matrix states, std::span<float> log_density) const override;
  void LogDensityAlong(ConstMatrix x, std::span<const double> betas, std::span<double> log_density) const override;

 private:
  // A tile of chains (site_sweep.h).
  struct Workspace {
    explicit Workspace(const BoltzmannMachine& model);

    kernels::RowBlock states;   // [D, kTileChains]
    kernels::RowBlock uniform;  // [D, kTileChains]
    kernels::AlignedFloats scale;
    kernels::AlignedFloats base_scale;
    std::vector<float> draws;         // of one chain, [D]
    std::vector<double> log_density;  // [kTileChains]
    std::vector<uint8_t> has_levels;  // [kTileChains]
  };

  BoltzmannMachine(const ModelSpec& spec, std::unique_ptr<IndependentBase> base);

  kernels::SiteGraph graph() const;
  // Sets the tile's states to so many rows of x, and which of them are of levels.
  void Load(ConstMatrix x, int64_t first, int64_t count, Workspace& workspace) const;
  // ln p~ of rows of the loaded tile, NaN for those that are not of levels.
  void LogDensities(ConstMatrix x, int64_t first, int64_t count, Workspace& workspace) const;
  // Sets the scales and the uniform numbers of one chain of the tile.
  void PrepareChain(const SweepSettings& sweep, std::span<const float> x, size_t chain, Workspace& workspace) const;

  const std::vector<Edge> edges_;
  const std::vector<int32_t> levels_;  // [D] of 2
  const std::unique_ptr<IndependentBase> base_;
  std::vector<int64_t> first_;
  std::vector<int64_t> later_;
  std::vector<int32_t> neighbours_;
  std::vector<int64_t> edge_of_;  // of each place in neighbours_
  std::vector<float> weights_;    // of each place in neighbours_
  std::vector<float> bias_;       // [D]
  mutable WorkspacePool<Workspace> workspaces_;
};

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_BOLTZMANN_MACHINE_H_
