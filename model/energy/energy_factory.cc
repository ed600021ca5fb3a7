#include "model/energy/energy_factory.h"

#include "absl/strings/str_cat.h"
#include "model/energy/jem_mlp.h"

namespace ebm {
namespace {

absl::StatusOr<std::unique_ptr<EnergyModel>> MakeJemMlp(const ModelSpec& spec,
                                                        const std::vector<NamedTensor>& tensors) {
  if (spec.activation != "elu") {
    return absl::InvalidArgumentError(absl::StrCat("activation is \"", spec.activation, "\"; known are: elu"));
  }
  absl::StatusOr<MlpNetwork> network = MlpNetwork::FromTensors(spec, tensors);
  if (!network.ok()) return network.status();
  return std::make_unique<JemMlp>(*std::move(network));
}

}  // namespace

absl::StatusOr<std::unique_ptr<EnergyModel>> MakeEnergyModel(const ModelSpec& spec,
                                                             const std::vector<NamedTensor>& tensors) {
  if (absl::Status status = spec.Validate(); !status.ok()) return status;
  if (spec.family == "jem_mlp") return MakeJemMlp(spec, tensors);
  return absl::InvalidArgumentError(absl::StrCat("family is \"", spec.family, "\"; known are: jem_mlp"));
}

}  // namespace ebm
