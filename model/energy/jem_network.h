// The joint energy model (joint_energy_model.h) on a LibTorch network, for families that have no kernels of their own.
// The gradient in x is computed by autograd; the parameters need no gradient and get none.
//
// Batch invariance. Libraries choose their kernels by the shape of a call, so every pass is over a tile of kTileRows
// rows, the last one padded with zeros: a call costs whole tiles, and a row's bits do not depend on n. No library
// promises that they do not depend on the row's place in the tile either; tests check this, and widths are multiples of
// 8 because of it (model/spec/resnet_spec.cc). ln p~ and the vector of the vector-Jacobian product come from our own
// kernels.

#ifndef EBM_MODEL_ENERGY_JEM_NETWORK_H_
#define EBM_MODEL_ENERGY_JEM_NETWORK_H_

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "model/base/gaussian_base.h"
#include "model/core/named_tensor.h"
#include "model/core/precision.h"
#include "model/energy/joint_energy_model.h"
#include "model/kernels/aligned_floats.h"
#include "model/kernels/workspace_pool.h"
#include "model/networks/network.h"
#include "model/spec/model_spec.h"

namespace ebm {

class JemNetwork final : public JointEnergyModel {
 public:
  // Measured on a small residual network: tiles of 4 make a lone row 1.7 times as fast and full ones 15 % slower;
  // tiles of 16 gain nothing.
  static constexpr int64_t kTileRows = 8;

  // REQUIRES: a spec that passes Validate. Errors: InvalidArgument, those of Network::FromTensors and
  // GaussianBase::Create; FailedPrecondition for kBf16, which these families do not support; ResourceExhausted if
  // LibTorch fails in a first pass.
  static absl::StatusOr<std::unique_ptr<JemNetwork>> Create(const ModelSpec& spec,
                                                            const std::vector<NamedTensor>& tensors,
                                                            Precision precision = Precision::kF32);

  void SetParameters(const std::vector<std::span<const float>>& parameters) override;

  const BaseDensity* base_density() const override { return base_.get(); }

  int64_t dimension() const override { return dimension_; }
  int64_t num_classes() const override { return num_classes_; }

  void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const override;
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;

 private:
  struct Workspace {
    explicit Workspace(const JemNetwork& model);

    kernels::AlignedFloats logits;  // of one row, later v
    std::optional<GaussianBase::Workspace> base;
  };

  JemNetwork(const ModelSpec& spec, Network network, std::unique_ptr<GaussianBase> base);

  // Sets workspace.logits from a row's f, adding the base density's part.
  void TakeLogits(const float* f, int64_t row, Workspace& workspace) const;

  const int64_t dimension_;
  const int64_t num_classes_;
  Network network_;
  const std::unique_ptr<GaussianBase> base_;  // null: none
  mutable WorkspacePool<Workspace> workspaces_;
};

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_JEM_NETWORK_H_
