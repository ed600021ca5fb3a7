// Rows of a request that have missing values: what completing them costs, and where it is refused.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_INFERENCE_MISSING_ROWS_H_
#define EBM_SERVER_INFERENCE_MISSING_ROWS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "model/core/matrix_view.h"
#include "model/scoring/missing_values.h"
#include "model/spec/row_codec.h"
#include "server/inference/model.h"
#include "server/inference/request_limits.h"

namespace ebm::inference {

// What decoding does with NaN: only models with a base density can do without values.
MissingValues MissingValuesOf(const ModelInfo& model);

// The Gaussians of the base density for rows of this class, or of none (kNoClass).
int64_t BaseGaussians(const ModelInfo& model, int32_t target_class);

// InvalidArgument if completing the rows, [n, D], takes more rows or operations than a request may.
absl::Status CheckCompletion(const CompletionCost& cost, const RequestLimits& limits, absl::string_view field);

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_MISSING_ROWS_H_
