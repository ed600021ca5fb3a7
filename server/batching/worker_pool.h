// The process' compute threads, one per core, shared by all models.
//
// Each thread has one worker of every model. Of the models that have something to do, it gives the next round to the
// one that it has spent the least time on. So busy models get equal shares of every core, whatever their sizes and
// numbers of requests, and a model that is the only busy one gets all of it. An idle model does not accumulate credit.
//
// Models can be added and removed while others run.
//
// Threads: safe from any thread, except that Remove and the destructor must not be called from the pool's own threads.

#ifndef EBM_SERVER_BATCHING_WORKER_POOL_H_
#define EBM_SERVER_BATCHING_WORKER_POOL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "server/batching/clock.h"
#include "server/batching/mutex.h"
#include "server/batching/scheduler.h"
#include "server/batching/wake_up.h"
#include "server/batching/worker.h"

namespace ebm::batching {

// One model's worker on one thread.
struct ModelWorker {
  ChainScheduler* scheduler;
  std::unique_ptr<Worker> worker;
  absl::Duration served;  // time spent in its rounds; raised while it is idle, so that it gains no credit
};

// One thread's workers, one per model.
using RunList = std::vector<std::shared_ptr<ModelWorker>>;

// Runs one round of the least served worker that has something to do, and sorts the list by `served`. Returns how long
// the round took; nullopt if no worker has anything to do. Threads: a run list belongs to one thread.
std::optional<absl::Duration> ServeLeastServed(RunList& run_list, const Clock& clock);

class WorkerPool {
 public:
  // clock is borrowed and outlives the pool.
  WorkerPool(int threads, const Clock* clock);
  // REQUIRES: every model was removed.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  int threads() const { return static_cast<int>(threads_.size()); }
  // How long the longest of the rounds that threads are in now has taken; zero if all threads are idle. A thread that
  // is stuck in a model's computation makes it grow.
  absl::Duration LongestRound() const;
  // The time that all threads together have spent in rounds in which they had something to do.
  absl::Duration BusyTime() const;
  // For the schedulers whose workers run in this pool.
  WakeUp* wake_up() { return &wake_up_; }

  // Runs workers[i] on thread i until Remove. The scheduler is borrowed until then. REQUIRES: as many workers as
  // threads, all of this scheduler.
  void Add(ChainScheduler* scheduler, std::vector<std::unique_ptr<Worker>> workers);
  // Waits until the workers have released the scheduler's chains and rows, and destroys the workers. REQUIRES: the
  // scheduler was stopped.
  void Remove(ChainScheduler* scheduler);

 private:
  static constexpr int64_t kIdle = -1;

  // A thread and its run list. Add and Remove change the list here; the thread works on a copy.
  struct PoolThread {
    mutable Mutex mu;
    CondVar worker_removed;
    RunList run_list ABSL_GUARDED_BY(mu);
    std::vector<ChainScheduler*> to_remove ABSL_GUARDED_BY(mu);
    std::atomic<bool> changed = false;          // set under the lock
    std::atomic<int64_t> round_start = kIdle;   // nanoseconds since the clock's origin
    std::atomic<int64_t> busy_nanoseconds = 0;  // written by the thread only
    bool closing ABSL_GUARDED_BY(mu) = false;
    std::thread thread;
  };

  void EndThreads();
  void Run(PoolThread& pool_thread);
  // Applies the changes in pool_thread to the thread's copy, run_list. False if the pool is closing.
  bool Update(PoolThread& pool_thread, RunList& run_list);
  absl::Duration UntilNextDeadline(const RunList& run_list) const;

  const Clock* const clock_;
  WakeUp wake_up_;
  std::vector<std::unique_ptr<PoolThread>> threads_;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_WORKER_POOL_H_
