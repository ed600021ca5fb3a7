// How well the chains of a request mixed (model/sampler/convergence.h), of those that did all their steps.
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

// chains: those that finished, one or more. free_coordinates: [D] of 0 (held) and 1, or empty where all move.
v1::ChainDiagnostics Diagnose(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains,
                              std::span<const uint8_t> free_coordinates);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_SAMPLE_DIAGNOSTICS_H_
