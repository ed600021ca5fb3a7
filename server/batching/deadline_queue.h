// The deadlines of jobs that are not done.
//
// Threads: guarded by the lock of the board that owns it (job_board.h).

#ifndef EBM_SERVER_BATCHING_DEADLINE_QUEUE_H_
#define EBM_SERVER_BATCHING_DEADLINE_QUEUE_H_

#include <optional>
#include <set>
#include <utility>

#include "server/batching/clock.h"
#include "server/batching/task.h"

namespace ebm::batching {

class DeadlineQueue {
 public:
  // An infinite deadline is not kept.
  void Add(SteadyTime deadline, JobId id) {
    if (deadline != SteadyTime::InfiniteFuture()) deadlines_.emplace(deadline, id);
  }
  void Remove(SteadyTime deadline, JobId id) { deadlines_.erase({deadline, id}); }

  // InfiniteFuture() if there is none.
  SteadyTime next() const { return deadlines_.empty() ? SteadyTime::InfiniteFuture() : deadlines_.begin()->first; }

  // Removes the earliest deadline if it has passed, and returns its job.
  std::optional<JobId> TakeExpired(SteadyTime now) {
    if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
    return deadlines_.extract(deadlines_.begin()).value().second;
  }

 private:
  std::set<std::pair<SteadyTime, JobId>> deadlines_;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_DEADLINE_QUEUE_H_
