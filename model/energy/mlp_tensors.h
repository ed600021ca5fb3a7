// The tensors of a multilayer perceptron in a checkpoint, by name: layers.{i}.weight, [out, in], and layers.{i}.bias,
// [out].

#ifndef EBM_MODEL_ENERGY_MLP_TENSORS_H_
#define EBM_MODEL_ENERGY_MLP_TENSORS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/model_spec.h"
#include "model/core/named_tensor.h"

namespace ebm {

// D, the hidden widths, K.
std::vector<int64_t> MlpWidths(const ModelSpec& spec);

// Weight 0, bias 0, weight 1, ...: among `tensors`, which outlive the answer. Errors: InvalidArgument naming a tensor
// that is missing, extra, given twice, of the wrong shape, or whose values do not fill its shape.
absl::StatusOr<std::vector<const NamedTensor*>> FindMlpTensors(const ModelSpec& spec,
                                                               const std::vector<NamedTensor>& tensors);

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_MLP_TENSORS_H_
