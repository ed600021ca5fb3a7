// The jobs of one model that are not done, under one lock: senders post them here, workers take chains and rows from
// them and report what became of those.
//
// A worker asks in every round whether there is something to take. Those questions read hints: atomics that are
// published at the end of every change, before workers are woken. So a round in which nothing has changed takes no
// lock, and a worker that saw an old hint is not put to sleep: the hints are stored before the notification is counted
// (wake_up.h), which orders them.
//
// The board calls no engine, no sink, no callback and no observer.
//
// Threads: safe from any thread. Methods of workers are called by any number of workers at the same time.

#ifndef EBM_SERVER_BATCHING_JOB_BOARD_H_
#define EBM_SERVER_BATCHING_JOB_BOARD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/batching/chain_queue.h"
#include "server/batching/completions.h"
#include "server/batching/deadline_queue.h"
#include "server/batching/memory_budget.h"
#include "server/batching/mutex.h"
#include "server/batching/queue_room.h"
#include "server/batching/row_queue.h"
#include "server/batching/sample_job.h"
#include "server/batching/scheduler_stats.h"
#include "server/batching/shared_parts.h"
#include "server/batching/step_speed.h"

namespace ebm::batching {

class JobBoard {
 public:
  explicit JobBoard(const SharedParts& shared);
  JobBoard(const JobBoard&) = delete;
  JobBoard& operator=(const JobBoard&) = delete;

  // For senders. bytes: what the engine holds for the job (task_memory.h). Errors: those of Submit
  // (scheduler.h).
  absl::Status Post(const SampleJobPtr& job, uint64_t bytes);
  absl::Status Post(const RowJobPtr& job, uint64_t bytes);
  // Ends a job with status `why`, all of them, or those whose deadline has passed. Unknown ids are ignored.
  void End(JobId id, const absl::Status& why);
  void EndAll(const absl::Status& why);
  bool EndExpired();
  // The job's sink has room again.
  void Resume(JobId id);
  // Refuses new jobs.
  void Close();

  // InfiniteFuture() if no job has a deadline.
  SteadyTime NextDeadline() const;
  SchedulerStats Stats() const;
  Completions& completions() { return completions_; }
  const Completions& completions() const { return completions_; }

  // For workers. Counts a worker, among which the chains are shared.
  void AddWorker() { ++workers_; }
  // One step of a worker's tile of `chains` chains took this long.
  void NoteStep(absl::Duration step, int chains) { speed_.Note(step, chains); }
  // A chain for a worker that has a free slot and this many occupied ones; nullopt if none waits, or if the worker has
  // its even share of the chains already.
  std::optional<ReadyChain> TakeReady(size_t occupied);
  std::vector<RowSlice> TakeRows(size_t max_rows);
  void ReturnRows(const std::vector<RowSlice>& slices);
  // Which jobs wait for a slot. May be a moment old.
  WaitingJobs Waiting() const {
    return {waiting_jobs_.load(std::memory_order_relaxed), first_waiting_.load(std::memory_order_relaxed)};
  }
  // A running chain leaves its slot: to wait for its next turn, because it diverged, or because its job has ended.
  void Yield(const SampleJobPtr& job, uint32_t chain);
  void Diverge(const SampleJobPtr& job, uint32_t chain);
  void Release(const SampleJobPtr& job);

  // Frames (frame_offers.h). An offer that has been started, and must be ended.
  struct Offer {
    SampleJobPtr job;
    uint64_t resumes = 0;  // of the job, when the offer was started
  };
  // The jobs with pending frames whose sinks may have room.
  std::vector<SampleJobPtr> TakeOutbox();
  // Starts to offer a frame of running chains. Null if it has to wait behind others, or the job has ended: then the
  // chains have left their slots, and the frame is parked or dropped.
  std::optional<Offer> StartOffer(const SampleJobPtr& job, Frame& frame);
  // Ends it with the sink's answer, and what the sink left of the frame. chains: how many the frame has; last: whether
  // they have done all their steps. True if they keep their slots.
  bool EndOffer(const Offer& offer, size_t chains, bool last, OfferResult result, Frame frame);
  // Starts to offer the job's next pending frame, if there is one and its sink may have room.
  std::optional<Offer> StartPendingOffer(const SampleJobPtr& job, Frame& frame);
  // parked: the chains of the frame.
  void EndPendingOffer(const Offer& offer, const std::vector<uint32_t>& parked, OfferResult result, Frame frame);

 private:
  // A change of the jobs under the lock. Publishes the hints when it ends, and then wakes workers.
  class ABSL_SCOPED_LOCKABLE Change {
   public:
    explicit Change(JobBoard* board) ABSL_EXCLUSIVE_LOCK_FUNCTION(board->mu_) ABSL_NO_THREAD_SAFETY_ANALYSIS;
    ~Change() ABSL_UNLOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS;
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

   private:
    JobBoard& board_;
  };
  enum class Wake { kNone, kOne, kAll };

  absl::Status CheckOpen(SteadyTime now, SteadyTime deadline) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  size_t ShareOfWorker() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndJob(JobId id, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Must be called after every change of a job: queues it, and takes it off the board once it is done.
  void Update(const SampleJobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Update(const RowJobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void WakeAtLeast(Wake wake) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void PublishHints() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Clock& clock_;
  WakeUp& wake_up_;
  MemoryBudget& memory_;
  QueueRoom& room_;
  Completions completions_;
  StepSpeed speed_;
  std::atomic<size_t> workers_ = 0;

  // Hints, changed under the lock.
  std::atomic<int64_t> next_deadline_;  // nanoseconds since the clock's origin
  std::atomic<bool> has_rows_ = false;
  std::atomic<bool> has_outbox_ = false;
  std::atomic<size_t> waiting_jobs_ = 0;
  std::atomic<const SampleJob*> first_waiting_ = nullptr;  // for comparison only

  mutable Mutex mu_;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  ChainQueue chains_ ABSL_GUARDED_BY(mu_);
  RowQueue rows_ ABSL_GUARDED_BY(mu_);
  DeadlineQueue deadlines_ ABSL_GUARDED_BY(mu_);
  Wake wake_ ABSL_GUARDED_BY(mu_) = Wake::kNone;  // at the end of the change
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_JOB_BOARD_H_
