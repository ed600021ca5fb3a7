#include "model/energy/energy_factory.h"

#include <variant>

#include "model/core/status_macros.h"
#include "model/energy/boltzmann_machine.h"
#include "model/energy/gaussian_rbm.h"
#include "model/energy/jem_mlp.h"
#include "model/energy/jem_network.h"
#include "model/energy/rbm.h"
#include "model/kernels/bf16_multiply.h"
#include "model/kernels/bf16_panel_matrix.h"
#include "model/spec/network_spec.h"

namespace ebm {
namespace {

// One overload per family.
struct Maker {
  const ModelSpec& spec;
  const std::vector<NamedTensor>& tensors;
  Precision precision;

  absl::StatusOr<std::unique_ptr<EnergyModel>> operator()(const MlpSpec& /*network*/) const {
    return JemMlp::Create(spec, tensors, precision);
  }
  absl::StatusOr<std::unique_ptr<EnergyModel>> operator()(const ResnetSpec& /*network*/) const {
    return JemNetwork::Create(spec, tensors, precision);
  }
  absl::StatusOr<std::unique_ptr<EnergyModel>> operator()(const RbmSpec& /*network*/) const {
    return Rbm::Create(spec, tensors, precision);
  }
  absl::StatusOr<std::unique_ptr<EnergyModel>> operator()(const BoltzmannSpec& /*network*/) const {
    return BoltzmannMachine::Create(spec, tensors, precision);
  }
  absl::StatusOr<std::unique_ptr<EnergyModel>> operator()(const GaussianRbmSpec& /*network*/) const {
    return GaussianRbm::Create(spec, tensors, precision);
  }
};

}  // namespace

absl::StatusOr<std::unique_ptr<EnergyModel>> MakeEnergyModel(const ModelSpec& spec,
                                                             const std::vector<NamedTensor>& tensors,
                                                             Precision precision) {
  EBM_RETURN_IF_ERROR(spec.Validate());
  return std::visit(Maker{spec, tensors, precision}, spec.network);
}

bool HasFastBf16() { return kernels::FastestBf16Path() != kernels::Bf16Path::kMultiplyAdds; }

}  // namespace ebm
