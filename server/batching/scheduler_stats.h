// How much a scheduler takes, and how much it holds.

#ifndef EBM_SERVER_BATCHING_SCHEDULER_STATS_H_
#define EBM_SERVER_BATCHING_SCHEDULER_STATS_H_

#include <cstdint>

namespace ebm::batching {

struct SchedulerLimits {
  uint32_t max_queued_chains = 65536;  // of all Sample requests that have not ended, in slots or not
  uint32_t max_queued_rows = 16384;    // of all Classify and Score requests that have not ended
};

// A snapshot for gauges.
struct SchedulerStats {
  int64_t queued_requests = 0;  // Sample requests none of whose chains has had a slot, and row requests not started
  int64_t ready_chains = 0;     // waiting for a slot
  int64_t running_chains = 0;   // in slots
  int64_t parked_chains = 0;    // waiting for their reader
  int64_t queued_rows = 0;      // waiting for a tile
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_SCHEDULER_STATS_H_
