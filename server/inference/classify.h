// What Classify means: the class probabilities of rows, softmax(f(x) / temperature).
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_INFERENCE_CLASSIFY_H_
#define EBM_SERVER_INFERENCE_CLASSIFY_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "model/scoring/missing_values.h"
#include "server/inference/model.h"

namespace ebm::inference {

struct ClassifyOptions {
  bool calibrated = false;  // with the temperature of the model's calibration, otherwise 1
};

struct Classification {
  std::vector<float> probabilities;  // [n, K]
  std::vector<int32_t> classes;      // [n], the most probable; the lower one of equals
};

// softmax(f / temperature) of each row, computed in float64 and rounded to float32. logits: [n, K]; returns [n, K],
// whose rows sum to 1.
std::vector<float> Softmax(std::span<const float> logits, int64_t num_classes, double temperature = 1);

// FailedPrecondition, naming the field, if an option needs what the model does not have.
absl::Status CheckAbilities(const ClassifyOptions& options, const ModelInfo& model);

// REQUIRES: CheckAbilities returned OK.
Classification MakeAnswer(const ClassifyOptions& options, const ModelInfo& model, const RowFigures& figures);

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_CLASSIFY_H_
