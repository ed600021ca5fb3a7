// The queue between requests and workers: Sample requests as chains, Classify and Score requests as rows.
//
// Chains enter and leave workers' slots between steps (iteration-level batching). Free slots are given out in turns to
// the requests that have ready chains, one chain per turn (chain_queue.h). A chain yields its slot after kTurnSteps
// steps (worker.h) while other requests wait, so a large, long request does not hold up a small one. No worker takes
// more than its even share of the ready and running chains. Rows wait for no timer: the next worker between two steps
// takes them.
//
// Life of a chain:  ready -> in a slot -> frame due -> in the slot | parked while its reader is slow -> ready -> ...
//                         -> finished | diverged | released (cancelled, deadline, reader gone, stop)
//
// A request ends within one step of the event that ends it. A worker then calls its completion callback: the sink's
// Finish, or RowTask::done.
//
// Threads: every public method is safe from any thread. No lock is held while an engine computes or while a sink, a
// callback or the observer is called, so those may call back into the scheduler.
//
// Errors of Submit and SubmitRows: InvalidArgument, inconsistent sizes, or too few steps for traces; ResourceExhausted,
// the queue or the memory for requests is full (states the limit); DeadlineExceeded, the deadline has passed, or the
// chains could not meet it even if they had all workers to themselves; Unavailable, draining.

#ifndef EBM_SERVER_BATCHING_SCHEDULER_H_
#define EBM_SERVER_BATCHING_SCHEDULER_H_

#include <atomic>

#include "absl/status/status.h"
#include "server/batching/chain_engine.h"
#include "server/batching/clock.h"
#include "server/batching/job_board.h"
#include "server/batching/memory_budget.h"
#include "server/batching/scheduler_stats.h"
#include "server/batching/shared_parts.h"
#include "server/batching/task.h"

namespace ebm::batching {

class ChainScheduler {
 public:
  // shape: that of the workers' row engines, whose dimension is the chains' too.
  ChainScheduler(const RowShape& shape, const SharedParts& shared);
  ChainScheduler(const ChainScheduler&) = delete;
  ChainScheduler& operator=(const ChainScheduler&) = delete;

  // An id for a job, given out before Submit so that the job's sink can use it.
  JobId NewJobId() { return ++last_id_; }

  // REQUIRES: id is from NewJobId and was not submitted before.
  // On success the sink gets its frames and exactly one Finish; on failure it is not touched.
  absl::Status Submit(JobId id, SampleTask task);
  // On success `done` is called exactly once; on failure it is not called.
  absl::Status SubmitRows(JobId id, RowTask task);

  // Ends a job at its next step with status `why`; unknown and ended ids are ignored. Frames that the sink
  // has not taken are dropped.
  void Cancel(JobId id, const absl::Status& why) { board_.End(id, why); }

  // The job's sink has room again. Also takes effect if called before the worker has recorded the sink's kFull; ignored
  // for jobs that do not wait for their reader.
  void Resume(JobId id) { board_.Resume(id); }

  // Refuses new work; queued and running work continues.
  void StopAdmission() { board_.Close(); }
  // True if no job is left and the last completion callback has returned.
  bool Idle() const { return board_.completions().Idle(); }
  // Waits until Idle() or until the given time. Returns Idle().
  bool WaitUntilIdle(SteadyTime until) { return board_.completions().WaitUntilIdle(until, *shared_.clock); }
  // Ends every job with status `why` and refuses new ones.
  void Stop(const absl::Status& why);

  // The earliest deadline of any job; InfiniteFuture() if no job has one.
  SteadyTime NextDeadline() const { return board_.NextDeadline(); }

  SchedulerStats Stats() const { return board_.Stats(); }
  const RowShape& shape() const { return shape_; }
  // For senders to reserve what they keep besides (task_memory.h).
  MemoryBudget& memory() { return *shared_.memory; }

  // For workers.
  JobBoard& board() { return board_; }
  const SharedParts& shared() const { return shared_; }

 private:
  const RowShape shape_;
  const SharedParts shared_;
  std::atomic<JobId> last_id_ = 0;
  JobBoard board_;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_SCHEDULER_H_
