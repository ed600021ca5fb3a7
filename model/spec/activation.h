// The activation functions that a network may have, by the names used in checkpoints (model/checkpoint/FORMAT.md gives
// their formulas).

#ifndef EBM_MODEL_SPEC_ACTIVATION_H_
#define EBM_MODEL_SPEC_ACTIVATION_H_

#include <string>

#include "absl/status/statusor.h"

namespace ebm {

enum class Activation { kElu, kSilu, kRelu, kSoftplus, kLeakyRelu };

// The slope of leaky_relu below 0.
inline constexpr float kLeakyReluSlope = 0.01F;

// Errors: InvalidArgument naming the known ones.
absl::StatusOr<Activation> FindActivation(const std::string& name);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_ACTIVATION_H_
