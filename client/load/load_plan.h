// What a load run sends: a mix of requests, and when each of them is due.
//
// Open loop: requests arrive by a Poisson process of the given rate, whatever the server does. A request's latency
// counts from when it was due, not from when it could be sent, so a server that stalls pays for every request that
// would have come meanwhile (no coordinated omission).
// Closed loop: a number of callers, each of which sends its next request when the last one has ended; latency counts
// from the sending.
//
// Threads: values and pure functions.

#ifndef EBM_CLIENT_LOAD_LOAD_PLAN_H_
#define EBM_CLIENT_LOAD_LOAD_PLAN_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace ebm::client {

enum class RequestKind { kClassify, kScore, kSample };
inline constexpr int kRequestKinds = 3;

struct LoadMix {
  double classify = 1;  // weights of the kinds
  double score = 0;
  double sample = 0;
  uint32_t classify_rows = 1;
  uint32_t score_rows = 16;
  uint32_t min_chains = 1;  // of a Sample request, uniform
  uint32_t max_chains = 16;
  uint32_t min_steps = 20;  // uniform
  uint32_t max_steps = 200;

  // InvalidArgument with the field, the value and the limit.
  absl::Status Validate() const;
};

struct PlannedRequest {
  absl::Duration due;  // since the start; in a closed loop all are due at once
  RequestKind kind = RequestKind::kClassify;
  uint32_t rows = 0;    // Classify, Score
  uint32_t chains = 0;  // Sample
  uint32_t steps = 0;
  uint64_t seed = 0;

  friend bool operator==(const PlannedRequest&, const PlannedRequest&) = default;
};

// The same mix, rate and seed give the same plan. Requests are due before `length`. REQUIRES: a valid mix, rate > 0.
std::vector<PlannedRequest> PlanOpenLoop(const LoadMix& mix, double rate, absl::Duration length, uint64_t seed);
std::vector<PlannedRequest> PlanClosedLoop(const LoadMix& mix, size_t count, uint64_t seed);

}  // namespace ebm::client

#endif  // EBM_CLIENT_LOAD_LOAD_PLAN_H_
