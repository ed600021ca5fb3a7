// The base density of a joint energy model: one Gaussian, or one for each class (kGaussianBase, kClassGaussiansBase),
// normalised, with exact draws.
//
//   b(x) = sum_c w_c N(x; mu_c, S_c),   l_c(x) = ln w_c + ln N(x; mu_c, S_c),   ln b(x) = LSE_c l_c(x)
//
// A model with logits f and class Gaussians as its base has
//
//   ln p~(x, y) = ln b(x) + tau (l_y(x) - ln b(x)) + f(x)[y]
//
// tau, the spec's base_evidence, is the weight of the Gaussians' class log probability ln b(y given x). tau = 1 gives
// ln b_y(x) + ln w_y + f(x)[y]. Gaussians fitted to few rows are far too confident of the class, so tau can be lowered.
// With a single Gaussian, ln p~(x, y) is ln b(x) + f(x)[y].
//
//   grad ln p~ = sum_c a_c grad l_c + the pull-back of v through f,   a_c = (1 - tau) b(c given x) + tau v_c
//
// v being the weights of the classes (model/kernels/log_density.h).
//
// Draws: the component is the first whose cumulative weight exceeds the Uniform draw of {seed, kBaseDraw, chain, step
// 0}; x = mu_c + W_c^{-1} z, z the Normal draws of {seed, kBaseDraw, chain, step 1}.
//
// Conditional densities: conditional_gaussians.h.
//
// Threads: safe from any thread.

#ifndef EBM_MODEL_BASE_GAUSSIAN_BASE_H_
#define EBM_MODEL_BASE_GAUSSIAN_BASE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/core/named_tensor.h"
#include "model/kernels/gaussian_mixture.h"
#include "model/kernels/workspace_pool.h"
#include "model/spec/model_spec.h"

namespace ebm {

class GaussianBase final : public BaseDensity {
 public:
  using Workspace = kernels::GaussianMixtureKernel::Workspace;

  // Null for a spec without a base. Errors, all InvalidArgument: those of FindBase; a whitening matrix with a diagonal
  // element that is not above 0; weights that do not sum to 1.
  static absl::StatusOr<std::unique_ptr<GaussianBase>> Create(const ModelSpec& spec,
                                                              const std::vector<NamedTensor>& tensors);

  int64_t dimension() const override { return kernel_.dimension(); }
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;
  void Draw(uint64_t seed, uint32_t first_chain, int32_t target_class, Matrix states) const override;
  std::unique_ptr<ConditionalDensity> Given(std::span<const float> x, int32_t target_class) const override;

  // For energies that have this base. They process chunks of at most kRowsAtOnce rows (model/kernels/row_chunks.h) and
  // call, for each chunk and in this order: Forward; AddToLogits for every row; and, if the gradient is wanted, Weigh
  // with v for every row, and AddGradient, which adds the first part of grad ln p~ to the values in `gradient`.
  Workspace MakeWorkspace() const { return Workspace(kernel_); }
  void Forward(ConstMatrix x, Workspace& workspace) const { kernel_.Forward(x, workspace); }
  void AddToLogits(int64_t row, Workspace& workspace, std::span<float> logits) const;
  void Weigh(int64_t row, std::span<const float> v, Workspace& workspace) const;
  void AddGradient(Workspace& workspace, Matrix gradient) const { kernel_.AddGradient(workspace, gradient); }

 private:
  struct Parameters {
    std::span<const float> log_weights;  // [C]
    std::span<const float> means;        // [C, D]
    std::span<const float> whitening;    // [C, D, D]
  };
  GaussianBase(const Parameters& parameters, float evidence);

  float EvaluateRow(int32_t target_class, float* log_components) const;
  int64_t ChooseComponent(uint64_t seed, uint32_t chain, int32_t target_class) const;
  void DrawFrom(int64_t component, std::span<float> noise, std::span<float> x) const;

  const float evidence_;  // tau
  const kernels::GaussianMixtureKernel kernel_;
  const std::vector<float> log_weights_;
  const std::vector<float> means_;
  const std::vector<float> whitening_;
  mutable WorkspacePool<Workspace> workspaces_;
};

}  // namespace ebm

#endif  // EBM_MODEL_BASE_GAUSSIAN_BASE_H_
