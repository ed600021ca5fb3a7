// Resolves a SampleRequest against the closed-form model, with small limits.

#ifndef EBM_TESTS_SERVER_RPC_RESOLVED_REQUEST_H_
#define EBM_TESTS_SERVER_RPC_RESOLVED_REQUEST_H_

#include "server/rpc/sample_request.h"
#include "tests/server/rpc/test_model.h"

namespace ebm::rpc {

inline constexpr RequestLimits kLimits = {.max_rows = 8, .max_chains = 6, .max_steps = 100, .max_chain_steps = 300};
inline constexpr uint64_t kDefaultSeed = 77;

inline absl::StatusOr<ResolvedSample> Resolve(const v1::SampleRequest& request,
                                              Checkpoint checkpoint = QuadraticCheckpoint()) {
  return ResolveSampleRequest(request, *MakeTestModel(std::move(checkpoint)), kLimits, kDefaultSeed);
}

inline v1::SampleRequest Chains(uint32_t chains) {
  v1::SampleRequest request;
  request.set_chains(chains);
  return request;
}

}  // namespace ebm::rpc

#endif  // EBM_TESTS_SERVER_RPC_RESOLVED_REQUEST_H_
