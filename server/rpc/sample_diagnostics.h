// Convergence diagnostics of a request's chains (model/sampler/convergence.h): split R-hat and effective sample size.
//
// Threads: free function, reentrant.

#ifndef EBM_SERVER_RPC_SAMPLE_DIAGNOSTICS_H_
#define EBM_SERVER_RPC_SAMPLE_DIAGNOSTICS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "ebm/v1/inference.pb.h"
#include "server/batching/chain_traces.h"

namespace ebm::rpc {

// chains: the chains that did all their steps, at least one. free_coordinates: [D], 0: held, 1: free; empty: all free.
v1::ChainDiagnostics Diagnose(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains,
                              std::span<const uint8_t> free_coordinates);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_SAMPLE_DIAGNOSTICS_H_
