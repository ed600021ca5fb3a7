// What flipping one coordinate of two levels does to the log density, for training without chains
// (model/offline/train/objective.h): element (r, i) of the result, [n, D], is ln p~(x^i) - ln p~(x) of row r, with x^i
// the row with 1 - x_i in place of x_i.
//
// As network.h, only for code that uses LibTorch. Threads: the functions are pure.

#ifndef EBM_MODEL_NETWORKS_FLIP_FUNCTION_H_
#define EBM_MODEL_NETWORKS_FLIP_FUNCTION_H_

#include "absl/status/statusor.h"
#include "model/networks/network.h"
#include "model/spec/model_spec.h"

namespace ebm {

// FailedPrecondition, naming why, for a model whose coordinates are not of two levels, or that has classes.
absl::StatusOr<NetworkFunction> FlipFunctionOf(const ModelSpec& spec);

}  // namespace ebm

#endif  // EBM_MODEL_NETWORKS_FLIP_FUNCTION_H_
