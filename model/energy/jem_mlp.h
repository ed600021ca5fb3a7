// The joint energy model (joint_energy_model.h) on a multilayer perceptron. The vector-Jacobian products are explicit
// (model/kernels/mlp_kernel.h): the parameters need no gradient and no graph is built.

#ifndef EBM_MODEL_ENERGY_JEM_MLP_H_
#define EBM_MODEL_ENERGY_JEM_MLP_H_

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "model/base/gaussian_base.h"
#include "model/core/named_tensor.h"
#include "model/core/precision.h"
#include "model/energy/joint_energy_model.h"
#include "model/kernels/mlp_kernel.h"
#include "model/kernels/workspace_pool.h"
#include "model/spec/model_spec.h"

namespace ebm {

class JemMlp final : public JointEnergyModel {
 public:
  // Errors: InvalidArgument, those of FindActivation, FindParameters and GaussianBase::Create.
  static absl::StatusOr<std::unique_ptr<JemMlp>> Create(const ModelSpec& spec, const std::vector<NamedTensor>& tensors,
                                                        Precision precision = Precision::kF32);

  void SetParameters(const std::vector<std::span<const float>>& parameters) override;

  const BaseDensity* base_density() const override { return base_.get(); }

  int64_t dimension() const override { return kernel_.dimension(); }
  int64_t num_classes() const override { return kernel_.num_classes(); }

  void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const override;
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;

 private:
  struct Workspace {
    explicit Workspace(const JemMlp& model);

    kernels::MlpKernel::Workspace network;
    std::optional<GaussianBase::Workspace> base;
  };

  JemMlp(kernels::MlpKernel kernel, std::unique_ptr<GaussianBase> base)
      : kernel_(std::move(kernel)), base_(std::move(base)) {}

  void Forward(ConstMatrix x, Workspace& workspace) const;
  void PullBack(Workspace& workspace, Matrix gradient) const;

  kernels::MlpKernel kernel_;
  const std::unique_ptr<GaussianBase> base_;  // null: none
  mutable WorkspacePool<Workspace> workspaces_;
};

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_JEM_MLP_H_
