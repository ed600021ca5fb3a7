// The model that fuzzed requests are for: 2 x 2 inputs and three classes.

#ifndef EBM_TESTS_FUZZ_FUZZED_MODEL_H_
#define EBM_TESTS_FUZZ_FUZZED_MODEL_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/inference/model.h"
#include "server/inference/tensor_view.h"
#include "tests/fuzz/check.h"

namespace ebm {

inline inference::ModelInfo FuzzedModel() {
  inference::ModelInfo info = {.name = "fuzzed", .version = "1"};
  info.spec.input_shape = {2, 2};
  info.spec.class_labels = {"low", "middle", "high"};
  info.log_density_quantiles = {-10, 10};
  return info;
}

// Decoded rows are finite, and as many as the tensor's shape says.
inline void CheckDecoding(const inference::TensorView& tensor, const inference::ModelInfo& model) {
  constexpr int64_t kMostRows = 100;
  const absl::StatusOr<std::vector<float>> rows =
      inference::DecodeRows(tensor, model.spec, {.field = "rows", .max_rows = kMostRows});
  if (!rows.ok()) return;
  Check(static_cast<int64_t>(rows->size()) == tensor.shape.front() * model.spec.dimension(), "rows are complete");
  Check(tensor.shape.front() <= kMostRows, "the limit on rows is kept");
  for (const float value : *rows) Check(std::isfinite(value), "values are finite");
}

}  // namespace ebm

#endif  // EBM_TESTS_FUZZ_FUZZED_MODEL_H_
