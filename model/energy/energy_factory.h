// Makes an energy model from a checkpoint's spec and tensors: the table of families.

#ifndef EBM_MODEL_ENERGY_ENERGY_FACTORY_H_
#define EBM_MODEL_ENERGY_ENERGY_FACTORY_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/core/named_tensor.h"
#include "model/core/precision.h"
#include "model/spec/model_spec.h"

namespace ebm {

// Errors: InvalidArgument for an unknown family, and for a tensor that is missing, extra, or of the wrong shape;
// FailedPrecondition for a precision that the family does not support.
absl::StatusOr<std::unique_ptr<EnergyModel>> MakeEnergyModel(const ModelSpec& spec,
                                                             const std::vector<NamedTensor>& tensors,
                                                             Precision precision = Precision::kF32);

// Whether there is a path for products in kBf16 that is faster on this processor than multiply-adds in float32.
bool HasFastBf16();

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_ENERGY_FACTORY_H_
