// The queue between requests and workers: Sample requests as chains, Classify and Score requests as rows.
//
// Chains enter and leave workers' slots at every step (iteration-level batching). Free slots are dealt round robin over
// the requests that have chains ready, one chain a turn, and a chain that has had its turn yields its slot while other
// requests wait (kTurnSteps in worker.h): however large and long a request is, it does not hold up a small one. Chains
// are spread evenly over the workers: none takes more than its share of those that are ready or running. Rows wait for
// no timer: the next worker between two steps takes them.
//
// Life of a chain:  ready -> in a slot -> frame due -> in the slot | parked while its reader is slow -> ready -> ...
//                         -> finished | diverged | released (cancelled, deadline, reader gone, stop)
//
// Requests end within one step of whatever ends them, and their sinks and callbacks hear of it from a worker.
//
// Threads: every public method is safe from any thread. No lock is held while an engine computes or a sink, a callback
// or the observer is called, so those may call back into the scheduler.
//
// Errors, on submission: InvalidArgument, sizes that do not fit together; ResourceExhausted, the queue is full (with
// its limit); DeadlineExceeded, the deadline has passed, or comes before the chains could be done even if they had the
// workers to themselves; Unavailable, draining.

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
#include "server/batching/batching_observer.h"
#include "server/batching/chain_queue.h"
#include "server/batching/clock.h"
#include "server/batching/doorbell.h"
#include "server/batching/mutex.h"
#include "server/batching/row_queue.h"
#include "server/batching/sample_job.h"
#include "server/batching/scheduler_stats.h"
#include "server/batching/step_speed.h"
#include "server/batching/task.h"

namespace ebm::batching {

class ChainScheduler {
 public:
  // clock, doorbell and observer are borrowed and outlive the scheduler. It rings whenever there may be something to
  // do.
  ChainScheduler(int dimension, int num_classes, const SchedulerLimits& limits, const Clock* clock, Doorbell* doorbell,
                 BatchingObserver* observer);
  ChainScheduler(const ChainScheduler&) = delete;
  ChainScheduler& operator=(const ChainScheduler&) = delete;

  // An id for a job to come, so that its sink can name it before Submit returns.
  JobId NewJobId();

  // REQUIRES: id is from NewJobId and was not submitted before.
  // On success the sink gets its frames and exactly one Finish; on failure it is not touched.
  absl::Status Submit(JobId id, SampleTask task);
  // On success `done` is called exactly once; on failure it is not called.
  absl::Status SubmitRows(JobId id, RowTask task);

  // Ends a job at its next step with status `why`; unknown and ended ids are ignored. Chains already computed but not
  // taken by the sink are dropped.
  void Cancel(JobId id, const absl::Status& why);

  // The job's sink has room again. Not lost when it comes before the worker has noted the sink's kFull; ignored for
  // jobs that do not wait for their reader.
  void Resume(JobId id);

  // Refuses new work; what is queued and running goes on.
  void StopAdmission();
  // True when no job is left, and the last Finish or done has returned.
  bool Idle() const;
  // Waits until Idle or until the time has passed; true when Idle.
  bool WaitUntilIdle(absl::Time until);
  // Ends every job with status `why` and refuses new ones.
  void Stop(const absl::Status& why);

  // When a job has to be ended, if nothing else happens; infinite where none has a deadline.
  absl::Time NextDeadline() const;

  SchedulerStats Stats() const;

 private:
  friend class Worker;

  // The workers' side. bool: whether there was anything to do.
  bool EndExpired();
  bool OfferPending();
  bool SayFarewells();
  WaitingJobs Waiting() const;
  void CountWorker();
  // For a worker's free slots, beside its occupied ones.
  std::vector<ReadyChain> TakeReady(size_t free, size_t occupied);
  std::vector<RowSlice> TakeRows(size_t max_rows);
  void ReturnRows(const std::vector<RowSlice>& slices);
  // Running chains leave their slots: to wait for another turn, diverged, or because their job has ended.
  void Yield(const SampleJobPtr& job, uint32_t chain);
  void Diverge(const SampleJobPtr& job, uint32_t chain);
  void Release(const SampleJobPtr& job);
  // Offers a frame of running chains. True where they keep their slots; otherwise they have left them.
  bool Offer(const SampleJobPtr& job, Frame frame);

  size_t ShareOfWorker(size_t free, size_t occupied) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void LeaveSlots(SampleJob& job, size_t chains) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool StartOffer(const SampleJobPtr& job, Frame& frame);
  bool OfferNextPending(const SampleJobPtr& job);
  OfferResult CallSink(SampleJob& job, Frame& frame);
  absl::Status CheckTime(const SampleJob& job) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckAdmission(absl::Time now, absl::Time deadline) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CountIn(JobId id, absl::Time deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // A worker says the farewell at the end of its round; anybody else has to ring for one.
  void CountOut(JobId id, absl::Time deadline, std::function<void()> farewell) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void End(JobId id, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // To be called after every change of a job: places it, wakes workers, counts it out once it is done.
  void Update(const SampleJobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Update(const RowJobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Constant after construction.
  const size_t dimension_;
  const size_t num_classes_;
  const SchedulerLimits limits_;
  const Clock* const clock_;
  Doorbell* const doorbell_;
  BatchingObserver* const observer_;

  std::atomic<JobId> last_id_ = 0;

  mutable Mutex mu_;
  CondVar idle_;  // unfinished_ fell to 0
  bool admitting_ ABSL_GUARDED_BY(mu_) = true;
  ChainQueue chains_ ABSL_GUARDED_BY(mu_);
  RowQueue rows_ ABSL_GUARDED_BY(mu_);
  std::set<std::pair<absl::Time, JobId>> deadlines_ ABSL_GUARDED_BY(mu_);  // finite ones that lie ahead
  std::vector<std::function<void()>> farewells_ ABSL_GUARDED_BY(mu_);      // Finish and `done` of jobs that are done
  StepSpeed speed_;
  size_t workers_ ABSL_GUARDED_BY(mu_) = 0;
  size_t running_ ABSL_GUARDED_BY(mu_) = 0;        // chains in slots
  size_t queued_chains_ ABSL_GUARDED_BY(mu_) = 0;  // against the limits
  size_t queued_rows_ ABSL_GUARDED_BY(mu_) = 0;
  size_t unfinished_ ABSL_GUARDED_BY(mu_) = 0;  // jobs whose farewell has not returned
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_SCHEDULER_H_
