// The parameters of a network: the names, shapes and order that its family gives them (model/checkpoint/FORMAT.md).
//
// Every list of parameters in this product, of tensors, gradients or moments, has this order.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_SPEC_PARAMETER_LAYOUT_H_
#define EBM_MODEL_SPEC_PARAMETER_LAYOUT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/spec/model_spec.h"
#include "model/spec/parameter_shape.h"

namespace ebm {

// The tensors of a base density, in this order: ln w_c, [C]; mu_c, [C, D]; W_c, [C, D, D]
// (model/base/gaussian_base.h).
inline constexpr char kBaseLogWeights[] = "base.log_weights";
inline constexpr char kBaseMeans[] = "base.means";
inline constexpr char kBaseWhitening[] = "base.whitening";
// The tensor of a base density of independent levels: beta, [indicators] (model/base/independent_base.h).
inline constexpr char kBaseSiteLogits[] = "base.site_logits";

// The network's parameters: weight and bias of each layer in turn. REQUIRES: sizes that ModelSpec::Validate accepts.
std::vector<ParameterShape> ParameterLayout(const ModelSpec& spec);

// The tensors of the base density; empty for a spec without one.
std::vector<ParameterShape> BaseLayout(const ModelSpec& spec);

// FindParameters returns the network's tensors in the order of ParameterLayout, FindBase those of the base density in
// the order of BaseLayout. `tensors` holds both and must outlive the result. Errors: InvalidArgument naming a tensor
// that is missing, not part of the model, given twice, of the wrong shape, or with a number of values that does not
// match its shape.
absl::StatusOr<std::vector<const NamedTensor*>> FindParameters(const ModelSpec& spec,
                                                               const std::vector<NamedTensor>& tensors);
absl::StatusOr<std::vector<const NamedTensor*>> FindBase(const ModelSpec& spec,
                                                         const std::vector<NamedTensor>& tensors);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_PARAMETER_LAYOUT_H_
