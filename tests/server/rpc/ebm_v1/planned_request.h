// Converts a SampleRequest and plans it for the closed-form model, with small limits.

#ifndef EBM_TESTS_SERVER_RPC_EBM_V1_PLANNED_REQUEST_H_
#define EBM_TESTS_SERVER_RPC_EBM_V1_PLANNED_REQUEST_H_

#include "absl/status/statusor.h"
#include "ebm/v1/inference.pb.h"
#include "model/core/status_macros.h"
#include "server/inference/sample_plan.h"
#include "server/rpc/ebm_v1/requests.h"
#include "tests/server/rpc/ebm_v1/test_model.h"

namespace ebm::rpc::ebm_v1 {

inline constexpr inference::RequestLimits kLimits = {
    .max_rows = 8, .max_chains = 6, .max_steps = 100, .max_chain_steps = 300};
inline constexpr uint64_t kDefaultSeed = 77;

inline absl::StatusOr<inference::SamplePlan> Plan(const v1::SampleRequest& request,
                                                  Checkpoint checkpoint = QuadraticCheckpoint()) {
  IdleModel idle(std::move(checkpoint), kLimits);
  EBM_ASSIGN_OR_RETURN(const inference::SampleRequest plain, ToPlain(request, idle.model().info()));
  return inference::PlanSample(plain, idle.model(), kDefaultSeed);
}

inline v1::SampleRequest Chains(uint32_t chains) {
  v1::SampleRequest request;
  request.set_chains(chains);
  return request;
}

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_TESTS_SERVER_RPC_EBM_V1_PLANNED_REQUEST_H_
