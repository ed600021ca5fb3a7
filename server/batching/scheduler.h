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
#include <cstdint>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/batching/chain_queue.h"
#include "server/batching/mutex.h"
#include "server/batching/row_queue.h"
#include "server/batching/sample_job.h"
#include "server/batching/scheduler_stats.h"
#include "server/batching/shared_parts.h"
#include "server/batching/step_speed.h"
#include "server/batching/task.h"

namespace ebm::batching {

class ChainScheduler {
 public:
  ChainScheduler(int dimension, int num_classes, const SchedulerLimits& limits, const SharedParts& shared);
  ChainScheduler(const ChainScheduler&) = delete;
  ChainScheduler& operator=(const ChainScheduler&) = delete;

  // An id for a job, given out before Submit so that the job's sink can use it.
  JobId NewJobId();

  // REQUIRES: id is from NewJobId and was not submitted before.
  // On success the sink gets its frames and exactly one Finish; on failure it is not touched.
  absl::Status Submit(JobId id, SampleTask task);
  // On success `done` is called exactly once; on failure it is not called.
  absl::Status SubmitRows(JobId id, RowTask task);

  // Ends a job at its next step with status `why`; unknown and ended ids are ignored. Frames that the sink
  // has not taken are dropped.
  void Cancel(JobId id, const absl::Status& why);

  // The job's sink has room again. Also takes effect if called before the worker has recorded the sink's kFull; ignored
  // for jobs that do not wait for their reader.
  void Resume(JobId id);

  // Refuses new work; queued and running work continues.
  void StopAdmission();
  // True if no job is left and the last completion callback has returned.
  bool Idle() const;
  // Waits until Idle() or until the given time. Returns Idle().
  bool WaitUntilIdle(SteadyTime until);
  // Ends every job with status `why` and refuses new ones.
  void Stop(const absl::Status& why);

  // The earliest deadline of any job; InfiniteFuture() if no job has one.
  SteadyTime NextDeadline() const;

  SchedulerStats Stats() const;
  // For senders to reserve what they keep besides (task_memory.h).
  MemoryBudget& memory() { return *memory_; }

 private:
  friend class Worker;

  // Called by workers. A bool result says whether there was anything to do.
  bool EndExpired();
  bool OfferPending();
  bool RunCompletions();
  WaitingJobs Waiting() const;
  void CountWorker();
  // Chains for a worker that has this many free and occupied slots.
  std::vector<ReadyChain> TakeReady(size_t free, size_t occupied);
  std::vector<RowSlice> TakeRows(size_t max_rows);
  void ReturnRows(const std::vector<RowSlice>& slices);
  // A running chain leaves its slot: to wait for its next turn, because it diverged, or because its job has ended.
  void Yield(const SampleJobPtr& job, uint32_t chain);
  void Diverge(const SampleJobPtr& job, uint32_t chain);
  void Release(const SampleJobPtr& job);
  // Offers a frame of running chains. True if they keep their slots; otherwise they have left them.
  bool Offer(const SampleJobPtr& job, Frame frame);

  size_t ShareOfWorker(size_t free, size_t occupied) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void LeaveSlots(SampleJob& job, size_t chains) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool StartOffer(const SampleJobPtr& job, Frame& frame);
  bool OfferNextPending(const SampleJobPtr& job);
  OfferResult CallSink(SampleJob& job, Frame& frame);
  absl::Status CheckTime(const SampleJob& job) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckAdmission(SteadyTime now, SteadyTime deadline) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CountIn(JobId id, SteadyTime deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Queues the completion callback of a job that is done. Workers run the queued callbacks in their rounds; any other
  // caller must also notify wake_up_.
  void CountOut(JobId id, SteadyTime deadline, std::function<void()> completion) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void End(JobId id, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Must be called after every change of a job: queues it, wakes workers, and counts it out once it is done.
  void Update(const SampleJobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Update(const RowJobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Constant after construction.
  const size_t dimension_;
  const size_t num_classes_;
  const SchedulerLimits limits_;
  const Clock* const clock_;
  WakeUp* const wake_up_;
  BatchingObserver* const observer_;
  MemoryBudget* const memory_;

  std::atomic<JobId> last_id_ = 0;

  mutable Mutex mu_;
  CondVar idle_;  // notified when unfinished_ becomes 0
  bool admitting_ ABSL_GUARDED_BY(mu_) = true;
  ChainQueue chains_ ABSL_GUARDED_BY(mu_);
  RowQueue rows_ ABSL_GUARDED_BY(mu_);
  std::set<std::pair<SteadyTime, JobId>> deadlines_ ABSL_GUARDED_BY(mu_);  // finite, not yet passed
  std::vector<std::function<void()>> completions_ ABSL_GUARDED_BY(mu_);    // of jobs that are done
  StepSpeed speed_;
  size_t workers_ ABSL_GUARDED_BY(mu_) = 0;
  size_t running_ ABSL_GUARDED_BY(mu_) = 0;        // chains in slots
  size_t queued_chains_ ABSL_GUARDED_BY(mu_) = 0;  // compared with limits_
  size_t queued_rows_ ABSL_GUARDED_BY(mu_) = 0;
  size_t unfinished_ ABSL_GUARDED_BY(mu_) = 0;  // jobs whose completion callback has not returned
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_SCHEDULER_H_
