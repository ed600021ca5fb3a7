// The size limits of one request.

#ifndef EBM_SERVER_INFERENCE_REQUEST_LIMITS_H_
#define EBM_SERVER_INFERENCE_REQUEST_LIMITS_H_

#include <cstdint>

#include "model/scoring/missing_values.h"
#include "model/spec/candidate_values.h"

namespace ebm::inference {

// The defaults keep a machine with two cores responsive: a step of one chain of the digits model takes about 15
// microseconds on one core, so the largest request occupies both cores for about 15 seconds.
struct RequestLimits {
  int64_t max_rows = 4096;  // per Classify or Score request
  // Limits on completing rows with missing values (model/scoring/missing_values.h).
  int64_t max_completed_rows = kMostCompletedRows;
  double max_completion_operations = kMostCompletionOperations;
  // Limits the candidates that an explanation evaluates (explanation.h). A perceptron takes 3 to 12 microseconds for
  // each on one core; a small residual network takes a millisecond for one of 28 x 28 pixels, in turns with other
  // requests.
  int64_t max_explanation_evaluations = kMaxExplanationEvaluations;
  uint32_t max_chains = 1024;
  uint32_t max_steps = 100'000;  // per chain, of those that are left to do
  uint64_t max_chain_steps = 2'000'000;
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_REQUEST_LIMITS_H_
