// A SampleRequest, checked and with no field left to a default: the pure part of the Sample call.
//
// Checks come before anything of the request's size is allocated. Clamps travel in data units; the clamp that is used
// is always the scaled image of the one that is reported, so a request made from a summary gives the same bits.
//
// Errors name the field, the value and the limit: InvalidArgument for a malformed request, FailedPrecondition for what
// this model cannot do.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_SAMPLE_REQUEST_H_
#define EBM_SERVER_RPC_SAMPLE_REQUEST_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "ebm/v1/inference.pb.h"
#include "server/batching/scheduler.h"
#include "server/catalog/served_model.h"
#include "server/rpc/request_limits.h"

namespace ebm::rpc {

// Coordinates that are held at a given value come back as they were given: on the way to the model's units and back
// float32 would round them.
struct HeldValues {
  std::vector<uint8_t> free;  // [D], 0 where held; empty: all are free
  std::vector<float> given;   // [chains, D] in data units; empty: nothing is held at a given value
};

struct ResolvedSample {
  uint64_t seed = 0;
  HeldValues held;
  v1::SamplerSettings settings;  // every field set: what the summary reports
  batching::SampleTask task;     // all but sink and deadline
};

// default_seed is used where the request has none.
absl::StatusOr<ResolvedSample> ResolveSampleRequest(const v1::SampleRequest& request, const catalog::ServedModel& model,
                                                    const RequestLimits& limits, uint64_t default_seed);

// sigma^2 / (2 alpha).
double TemperatureOf(const v1::SamplerSettings& settings);

// The checkpoint's defaults as the wire says them; fields that have no default are unset.
v1::SamplerSettings DescribeSamplerDefaults(const catalog::ServedModel& model);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_SAMPLE_REQUEST_H_
