// What a sample stream reports after its last frame.
//
// Threads: free function, reentrant.

#ifndef EBM_SERVER_INFERENCE_SAMPLE_REPORT_H_
#define EBM_SERVER_INFERENCE_SAMPLE_REPORT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "model/annealing/importance_weights.h"
#include "server/batching/result_sink.h"
#include "server/inference/chain_diagnostics.h"
#include "server/inference/sample_plan.h"

namespace ebm::inference {

struct SampleReport {
  uint32_t chains_finished = 0;
  std::vector<batching::DivergedChain> diverged;  // by their indices under the seed
  uint64_t chain_steps = 0;
  std::optional<double> acceptance_rate;    // of kernels that accept or reject
  std::optional<double> adapted_step_size;  // of kernels that adapt it: the median over the chains that finished
  std::optional<WeightSummary> weights;     // of weighted chains, if at least two finished
  std::optional<ChainDiagnostics> diagnostics;
  absl::Duration queue_wait;
  absl::Duration total;
};

// total: since the call was accepted. REQUIRES: the request ended with OK.
SampleReport MakeReport(const SamplePlan& plan, const batching::SampleSummary& summary, absl::Duration total);

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_SAMPLE_REPORT_H_
