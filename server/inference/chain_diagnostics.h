// Convergence diagnostics of a request's chains (model/sampler/convergence.h): split R-hat and effective sample size.
//
// Threads: free function, reentrant.

#ifndef EBM_SERVER_INFERENCE_CHAIN_DIAGNOSTICS_H_
#define EBM_SERVER_INFERENCE_CHAIN_DIAGNOSTICS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/batching/chain_traces.h"

namespace ebm::inference {

struct LargestRHat {
  double r_hat = 0;
  uint32_t coordinate = 0;
};

// What has no value (too few chains, or no variance) is unset.
struct ChainDiagnostics {
  uint32_t first_step = 0;     // of the trace
  uint32_t step_interval = 0;  // steps from one draw to the next
  uint32_t draws = 0;          // per chain
  std::optional<double> log_density_r_hat;
  std::optional<double> log_density_effective_sample_size;
  std::optional<LargestRHat> largest_r_hat;  // of the free coordinates
};

// chains: the chains that did all their steps, at least one. free_coordinates: [D], 0: held, 1: free; empty: all free.
ChainDiagnostics Diagnose(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains,
                          std::span<const uint8_t> free_coordinates);

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_CHAIN_DIAGNOSTICS_H_
