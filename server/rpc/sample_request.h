// Checks a SampleRequest and sets its unset fields to the checkpoint's defaults.
//
// All checks of sizes come before any allocation that depends on them. Clamps are in data units on the wire. The chains
// always use the scaled values of the reported clamp, so a request made from a summary's settings gives the same bits.
//
// Errors name the field, the value and the limit: InvalidArgument for a malformed request, FailedPrecondition for a
// request that this model does not support.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_SAMPLE_REQUEST_H_
#define EBM_SERVER_RPC_SAMPLE_REQUEST_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "ebm/v1/inference.pb.h"
#include "model/sampler/sampler_settings.h"
#include "server/batching/scheduler.h"
#include "server/catalog/served_model.h"
#include "server/rpc/request_limits.h"

namespace ebm::rpc {

// The given values of held coordinates. They are returned from here, because scaling to the model's units and back
// would round them.
struct HeldValues {
  std::vector<uint8_t> free;  // [D], 0: held, 1: free; empty: all free
  std::vector<float> given;   // [chains, D] in data units; empty: nothing is held at a given value
};

struct ResolvedSample {
  uint64_t seed = 0;
  uint32_t first_chain = 0;
  v1::StateUnits units = v1::STATE_UNITS_DATA;  // of the states in frames
  HeldValues held;
  SamplerSettings settings;   // as the summary reports them: with the clamp in data units
  batching::SampleTask task;  // without sink and deadline
};

// default_seed is used if the request has no seed.
absl::StatusOr<ResolvedSample> ResolveSampleRequest(const v1::SampleRequest& request, const catalog::ServedModel& model,
                                                    const RequestLimits& limits, uint64_t default_seed);

// The checkpoint's defaults, with the clamp in data units.
SamplerSettings SamplerDefaults(const catalog::ServedModel& model);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_SAMPLE_REQUEST_H_
