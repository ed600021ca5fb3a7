// The process' computing threads, one a core, shared by all models.
//
// Each thread has a worker of every model and gives its next round to the model that it has served least, in time, of
// those that have something to do: models that are busy get equal shares of every core, whatever their sizes and
// however many requests each has, and a model alone gets all. Who was idle gains no credit by it.
//
// Models come and go while others run.
//
// Threads: safe from any thread; Remove and the destructor not from the pool's own.

#ifndef EBM_SERVER_BATCHING_WORKER_POOL_H_
#define EBM_SERVER_BATCHING_WORKER_POOL_H_

#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "server/batching/clock.h"
#include "server/batching/doorbell.h"
#include "server/batching/mutex.h"
#include "server/batching/scheduler.h"
#include "server/batching/worker.h"

namespace ebm::batching {

// One model's worker on one thread.
struct Lane {
  ChainScheduler* scheduler;
  std::unique_ptr<Worker> worker;
  absl::Duration served;
};

// One thread's lanes in the order of their turns. One round for the first that has something to do; false when none
// has. Threads: belongs to one thread.
bool ServeLeastServed(std::vector<std::shared_ptr<Lane>>& lanes, const Clock& clock);

class WorkerPool {
 public:
  // clock is borrowed and outlives the pool.
  WorkerPool(int threads, const Clock* clock);
  // REQUIRES: every model was removed.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  int threads() const { return static_cast<int>(benches_.size()); }
  // For the schedulers whose workers run here.
  Doorbell* doorbell() { return &doorbell_; }

  // workers[i] runs on thread i from now on. REQUIRES: as many workers as threads, all of this scheduler, which is
  // borrowed until Remove.
  void Add(ChainScheduler* scheduler, std::vector<std::unique_ptr<Worker>> workers);
  // Waits until the workers have let go of the scheduler's chains and rows, and destroys them. REQUIRES: the scheduler
  // was stopped.
  void Remove(ChainScheduler* scheduler);

 private:
  using Lanes = std::vector<std::shared_ptr<Lane>>;

  // A thread and what it works on.
  struct Bench {
    mutable Mutex mu;
    CondVar lane_left;
    Lanes lanes ABSL_GUARDED_BY(mu);
    std::vector<ChainScheduler*> leaving ABSL_GUARDED_BY(mu);
    bool changed ABSL_GUARDED_BY(mu) = false;
    bool closing ABSL_GUARDED_BY(mu) = false;
    std::thread thread;
  };

  void Run(Bench& bench);
  // Brings the thread's lanes up to date with the bench's. False when the pool closes.
  bool Update(Bench& bench, Lanes& lanes);
  absl::Duration UntilNextDeadline(const Lanes& lanes) const;

  const Clock* const clock_;
  Doorbell doorbell_;
  std::vector<std::unique_ptr<Bench>> benches_;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_WORKER_POOL_H_
