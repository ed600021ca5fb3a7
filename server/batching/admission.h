// Decides whether a request may enter the queue: admission is open, its deadline has not passed, and there is room.
//
// Threads: guarded by the lock of the board that owns it (job_board.h).

#ifndef EBM_SERVER_BATCHING_ADMISSION_H_
#define EBM_SERVER_BATCHING_ADMISSION_H_

#include <cstddef>

#include "absl/status/status.h"
#include "server/batching/clock.h"
#include "server/batching/scheduler_stats.h"

namespace ebm::batching {

class Admission {
 public:
  explicit Admission(const SchedulerLimits& limits) : limits_(limits) {}

  // Refuses all requests from now on.
  void Close() { open_ = false; }

  // Unavailable after Close; DeadlineExceeded if the deadline has passed.
  absl::Status CheckOpen(SteadyTime now, SteadyTime deadline) const;

  // Counts the chains or rows of a request until they leave. ResourceExhausted, stating the limit, if there is no room.
  absl::Status EnterChains(size_t chains);
  absl::Status EnterRows(size_t rows);
  void LeaveChains(size_t chains) { chains_ -= chains; }
  void LeaveRows(size_t rows) { rows_ -= rows; }

 private:
  const SchedulerLimits limits_;
  bool open_ = true;
  size_t chains_ = 0;
  size_t rows_ = 0;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_ADMISSION_H_
