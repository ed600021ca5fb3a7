// The Sample requests that are not done: decides whose chains get the next free slots, and whose pending frames can be
// offered again.
//
// Slots are given out in turns, one chain per turn, by stride scheduling (Waldspurger & Weihl 1995): a job's next turn
// is due one stride after its last. A higher priority has a shorter stride; jobs of equal priority take turns round
// robin. A job wants slots when it has ready chains and its reader keeps up: starting more chains for a reader that is
// behind would only add to the frames that wait for it.
//
// Invariants, after Place(job):
//   1. The job is in the run queue, once, if and only if it wants slots.
//   2. The job is in the outbox if its pending frames can be offered.
//
// Threads: guarded by the lock of the board that owns it (job_board.h).

#ifndef EBM_SERVER_BATCHING_CHAIN_QUEUE_H_
#define EBM_SERVER_BATCHING_CHAIN_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/time/time.h"
#include "server/batching/clock.h"
#include "server/batching/sample_job.h"
#include "server/batching/scheduler_stats.h"

namespace ebm::batching {

// A chain that a worker has taken and will admit to a slot.
struct ReadyChain {
  SampleJobPtr job;
  uint32_t chain = 0;
  std::optional<absl::Duration> queue_wait = {};  // of the job, if this is its first chain in a slot
};

// Whether jobs wait for a slot: none, one (which one), or several.
class WaitingJobs {
 public:
  WaitingJobs(size_t jobs, const SampleJob* first) : jobs_(jobs), first_(first) {}
  size_t jobs() const { return jobs_; }
  const SampleJob* first() const { return first_; }  // for comparison only
  bool Besides(const SampleJob& job) const { return jobs_ > 1 || (jobs_ == 1 && first_ != &job); }

 private:
  size_t jobs_;
  const SampleJob* first_;
};

class ChainQueue {
 public:
  void Add(const SampleJobPtr& job);
  // REQUIRES: the job is done, and was placed since.
  void Remove(const SampleJobPtr& job);
  // Takes back an Add, also one that has thrown.
  void Discard(const SampleJobPtr& job);
  // nullptr if there is no such job.
  SampleJobPtr Find(JobId id) const;
  const std::unordered_map<JobId, SampleJobPtr>& jobs() const { return jobs_; }

  // Adds the job to the run queue and the outbox, or removes it from the run queue, as its state requires. Must be
  // called after every change of the job.
  void Place(const SampleJobPtr& job);

  bool HasWork() const { return !run_queue_.empty() || !outbox_.empty(); }
  bool HasOutbox() const { return !outbox_.empty(); }
  // The sum over all jobs. It has no rows: those are RowQueue's.
  const SchedulerStats& stats() const { return stats_; }
  WaitingJobs Waiting() const;
  // The number of chains that are ready for a slot, of the jobs in the run queue.
  size_t ready() const { return ready_; }
  // A chain of the job whose turn is next; nullopt if no job waits for a slot.
  std::optional<ReadyChain> TakeReady(SteadyTime now);
  std::vector<SampleJobPtr> TakeOutbox();

 private:
  void PlaceInRunQueue(const SampleJobPtr& job);
  // Brings stats_ up to date with the job.
  void Recount(SampleJob& job);

  std::unordered_map<JobId, SampleJobPtr> jobs_;        // all jobs that are not done
  std::map<RunQueuePosition, SampleJobPtr> run_queue_;  // in the order of their next turns
  uint64_t now_ = 0;                                    // virtual time: when the last turn was due
  uint64_t joined_ = 0;                                 // how many times a job has joined the run queue
  std::unordered_set<SampleJobPtr> outbox_;
  SchedulerStats stats_;
  size_t ready_ = 0;  // chains
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_CHAIN_QUEUE_H_
