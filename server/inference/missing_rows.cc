#include "server/inference/missing_rows.h"

#include "absl/strings/str_cat.h"
#include "model/core/energy_model.h"
#include "model/spec/model_spec.h"

namespace ebm::inference {

MissingValues MissingValuesOf(const ModelInfo& model) {
  return model.accepts_missing_values() ? MissingValues::kKept : MissingValues::kRefused;
}

int64_t BaseGaussians(const ModelInfo& model, int32_t target_class) {
  if (model.spec.base == kIndependentBase) return kNoGaussians;
  return model.spec.base == kClassGaussiansBase && target_class == kNoClass ? model.spec.num_classes() : 1;
}

absl::Status CheckCompletion(const CompletionCost& cost, const RequestLimits& limits, absl::string_view field) {
  if (cost.rows > limits.max_completed_rows) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": each row with missing values is evaluated ", kDrawsPerRow,
                                                   " times, ", cost.rows, " evaluations in all, must be at most ",
                                                   limits.max_completed_rows, "; send fewer rows per request"));
  }
  if (cost.operations > limits.max_completion_operations) {
    return absl::InvalidArgumentError(absl::StrCat(
        field, ": the missing values take about ", cost.operations, " operations over the rows, must be at most ",
        limits.max_completion_operations, "; send fewer rows per request, or rows with fewer missing values"));
  }
  return absl::OkStatus();
}

}  // namespace ebm::inference
