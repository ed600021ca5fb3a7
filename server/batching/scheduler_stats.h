// A snapshot of what a scheduler's queue holds, and of what it has given out.

#ifndef EBM_SERVER_BATCHING_SCHEDULER_STATS_H_
#define EBM_SERVER_BATCHING_SCHEDULER_STATS_H_

#include <cstdint>

namespace ebm::batching {

struct SchedulerStats {
  // Sample requests of which no chain has had a slot, and Classify and Score requests of which no row was taken.
  int64_t queued_requests = 0;
  int64_t ready_chains = 0;    // waiting for a slot
  int64_t running_chains = 0;  // in slots
  int64_t parked_chains = 0;   // waiting for their reader
  int64_t queued_rows = 0;     // waiting for a tile
  int64_t row_tiles = 0;       // that workers have taken so far

  SchedulerStats& operator+=(const SchedulerStats& other);
  SchedulerStats& operator-=(const SchedulerStats& other);
  friend bool operator==(const SchedulerStats&, const SchedulerStats&) = default;
};

inline SchedulerStats& SchedulerStats::operator+=(const SchedulerStats& other) {
  queued_requests += other.queued_requests;
  ready_chains += other.ready_chains;
  running_chains += other.running_chains;
  parked_chains += other.parked_chains;
  queued_rows += other.queued_rows;
  row_tiles += other.row_tiles;
  return *this;
}

inline SchedulerStats& SchedulerStats::operator-=(const SchedulerStats& other) {
  queued_requests -= other.queued_requests;
  ready_chains -= other.ready_chains;
  running_chains -= other.running_chains;
  parked_chains -= other.parked_chains;
  queued_rows -= other.queued_rows;
  row_tiles -= other.row_tiles;
  return *this;
}

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_SCHEDULER_STATS_H_
