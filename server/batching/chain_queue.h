// Sample requests in work: whose chains get the next free slots, and whose frames can be offered again.
//
// Slots are dealt in turns, one chain a turn, by stride scheduling (Waldspurger & Weihl 1995): a job's next turn is due
// a stride after its last, the shorter the higher its priority, and jobs of one priority take turns round robin. A job
// wants slots when it has ready chains and its reader keeps up: to start more chains for a reader that is behind would
// only pile up frames.
//
// Invariants, once a job was placed:
//   1. It is in the ring if and only if it wants slots, at one place.
//   2. It is in the outbox if its pending frames can be offered.
//
// Threads: guarded by the scheduler's lock.

#ifndef EBM_SERVER_BATCHING_CHAIN_QUEUE_H_
#define EBM_SERVER_BATCHING_CHAIN_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "server/batching/sample_job.h"

namespace ebm::batching {

// A chain on its way to a slot.
struct ReadyChain {
  SampleJobPtr job;
  uint32_t chain = 0;
};

// Which jobs wait for a slot: none, one, or several.
class WaitingJobs {
 public:
  WaitingJobs(size_t jobs, const SampleJob* first) : jobs_(jobs), first_(first) {}
  bool Besides(const SampleJob& job) const { return jobs_ > 1 || (jobs_ == 1 && first_ != &job); }

 private:
  size_t jobs_;
  const SampleJob* first_;
};

class ChainQueue {
 public:
  void Add(const SampleJobPtr& job);
  // REQUIRES: the job is done.
  void Remove(const SampleJobPtr& job) { jobs_.erase(job->id()); }
  // nullptr where there is none.
  SampleJobPtr Find(JobId id) const;
  const std::unordered_map<JobId, SampleJobPtr>& jobs() const { return jobs_; }

  // Puts a job where its state says that it belongs; to be called after every change of it.
  void Place(const SampleJobPtr& job);

  bool HasWork() const { return !ring_.empty() || !outbox_.empty(); }
  WaitingJobs Waiting() const;
  // Chains that are ready for a slot; `enough` where there are more.
  size_t CountReady(size_t enough) const;
  std::vector<ReadyChain> TakeReady(size_t slots);
  std::vector<SampleJobPtr> TakeOutbox();

 private:
  void PlaceInRing(const SampleJobPtr& job);

  std::unordered_map<JobId, SampleJobPtr> jobs_;  // all that are not done
  std::map<RingPlace, SampleJobPtr> ring_;        // the next turn first
  uint64_t now_ = 0;                              // when the last turn was due
  uint64_t joined_ = 0;                           // how often a job joined the ring
  std::unordered_set<SampleJobPtr> outbox_;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_CHAIN_QUEUE_H_
