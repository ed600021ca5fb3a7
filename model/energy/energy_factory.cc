#include "model/energy/energy_factory.h"

#include "model/core/status_macros.h"
#include "model/energy/jem_mlp.h"
#include "model/energy/jem_network.h"
#include "model/spec/parameter_layout.h"

namespace ebm {

absl::StatusOr<std::unique_ptr<EnergyModel>> MakeEnergyModel(const ModelSpec& spec,
                                                             const std::vector<NamedTensor>& tensors,
                                                             Precision precision) {
  EBM_RETURN_IF_ERROR(spec.Validate());
  if (spec.family == kJemMlp) return JemMlp::Create(spec, tensors, precision);
  if (spec.family == kJemResnet) return JemNetwork::Create(spec, tensors, precision);
  return UnknownFamily(spec);
}

}  // namespace ebm
