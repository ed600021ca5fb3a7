// The requests of a load run: a mix of kinds, and the time when each request is due.
//
// Open loop: requests arrive as a Poisson process with the given rate, independent of the server. A request's latency
// is measured from when it was due, not from when it could be sent, so a server that stalls is charged for every
// request that was due meanwhile (no coordinated omission).
//
// Closed loop: a fixed number of callers, each of which sends its next request when its last one has ended. Latency is
// measured from the time of sending.
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
  double classify = 1;  // relative weights of the kinds
  double score = 0;
  double sample = 0;
  uint32_t classify_rows = 1;
  uint32_t score_rows = 16;
  uint32_t min_chains = 1;  // chains of a Sample request are uniform in [min_chains, max_chains]
  uint32_t max_chains = 16;
  uint32_t min_steps = 20;  // and steps in [min_steps, max_steps]
  uint32_t max_steps = 200;

  // InvalidArgument with the field, the value and the limit.
  absl::Status Validate() const;
};

struct PlannedRequest {
  absl::Duration due;  // since the start of the run; 0 in a closed loop
  RequestKind kind = RequestKind::kClassify;
  uint32_t rows = 0;    // Classify and Score
  uint32_t chains = 0;  // Sample, as are the fields below
  uint32_t steps = 0;
  uint64_t seed = 0;

  friend bool operator==(const PlannedRequest&, const PlannedRequest&) = default;
};

// The same mix, rate and seed give the same plan. Requests are due before `length`. REQUIRES: a valid mix, rate > 0.
std::vector<PlannedRequest> PlanOpenLoop(const LoadMix& mix, double rate, absl::Duration length, uint64_t seed);
std::vector<PlannedRequest> PlanClosedLoop(const LoadMix& mix, size_t count, uint64_t seed);

}  // namespace ebm::client

#endif  // EBM_CLIENT_LOAD_LOAD_PLAN_H_
