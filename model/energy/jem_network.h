// The joint energy model on a LibTorch network, for the families that have no kernels of their own: those of
// joint_energy_model.h, with the pass back to x by autograd; the parameters need no gradient and get none.
//
// Equal bits. Libraries choose their kernels by the shape of a call, so every pass is over a tile of kTileRows rows,
// the last one filled up with zeros: a call costs whole tiles, and a row's bits depend on that row alone, whatever n.
// That its place in the tile does not matter either is no library's promise; tests hold it, and widths are multiples of
// 8 for its sake (model_spec.cc). ln p~ and the vector that is pulled back are our own kernels'.

#ifndef EBM_MODEL_ENERGY_JEM_NETWORK_H_
#define EBM_MODEL_ENERGY_JEM_NETWORK_H_

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/model_spec.h"
#include "model/core/named_tensor.h"
#include "model/core/precision.h"
#include "model/energy/joint_energy_model.h"
#include "model/networks/network.h"

namespace ebm {

class JemNetwork final : public JointEnergyModel {
 public:
  // Measured on a small residual network: tiles of 4 make a lone row 1.7 times as fast and full ones 15 % slower;
  // tiles of 16 gain nothing.
  static constexpr int64_t kTileRows = 8;

  // REQUIRES: a spec that passes Validate. Errors: InvalidArgument, those of Network::FromTensors; FailedPrecondition
  // for kBf16, which no such family has; ResourceExhausted where LibTorch fails at a first pass.
  static absl::StatusOr<std::unique_ptr<JemNetwork>> Create(const ModelSpec& spec,
                                                            const std::vector<NamedTensor>& tensors,
                                                            Precision precision = Precision::kF32);

  void SetParameters(const std::vector<std::span<const float>>& parameters) override;

  int64_t dimension() const override { return dimension_; }
  int64_t num_classes() const override { return num_classes_; }

  void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const override;
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;

 private:
  JemNetwork(const ModelSpec& spec, Network network)
      : dimension_(spec.dimension()), num_classes_(spec.num_classes()), network_(std::move(network)) {}

  const int64_t dimension_;
  const int64_t num_classes_;
  Network network_;
};

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_JEM_NETWORK_H_
