// What rows with missing values take of a server's default limits (server/inference/request_limits.h), so that requests
// stay below them.
//
// Threads: free functions, reentrant.

#ifndef EBM_CLIENT_CLI_GAP_COST_H_
#define EBM_CLIENT_CLI_GAP_COST_H_

#include <cstdint>
#include <span>

#include "client/model_description.h"
#include "model/core/matrix_view.h"
#include "model/scoring/missing_values.h"

namespace ebm::client {

// row: [C], NaN for missing values. At most, since the number of Gaussians of the base density is not known.
CompletionCost CostOf(const ModelDescription& model, std::span<const float> row);

// How many rows, from the first, one Classify or Score request can have; at least 1. rows: [n, C], n > 0.
int64_t CountThatFit(const ModelDescription& model, ConstMatrix rows);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_GAP_COST_H_
