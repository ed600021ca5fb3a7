// Wakes the threads that found nothing to do, whoever brings the work: one for all models of a process.
//
// A thread reads rings() before it looks for work, and waits only for rings after that, so none is missed. Of those
// that wait, the last to come is the first to be woken: its caches are the warmest, and the others can sleep on.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_BATCHING_DOORBELL_H_
#define EBM_SERVER_BATCHING_DOORBELL_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "server/batching/mutex.h"

namespace ebm::batching {

class Doorbell {
 public:
  uint64_t rings() const { return rings_; }

  // For work that many threads can share.
  void Ring() {
    const MutexLock lock(&mu_);
    ++rings_;
    while (!waiting_.empty()) WakeLast();
  }

  // For work that one thread will do.
  void RingOne() {
    const MutexLock lock(&mu_);
    ++rings_;
    if (!waiting_.empty()) WakeLast();
  }

  // Threads that wait.
  int waiting() const {
    const MutexLock lock(&mu_);
    return static_cast<int>(waiting_.size());
  }

  // Waits until rings() is not `seen`, for no longer than `longest`; may return early.
  void WaitAfter(uint64_t seen, absl::Duration longest) {
    const MutexLock lock(&mu_);
    if (rings_ != seen) return;
    Waiter self;
    waiting_.push_back(&self);
    self.rung.WaitFor(&mu_, longest);
    std::erase(waiting_, &self);
  }

 private:
  struct Waiter {
    CondVar rung;
  };

  // The waiter is gone once the lock is free, so it is told under it.
  void WakeLast() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    waiting_.back()->rung.NotifyOne();
    waiting_.pop_back();
  }

  mutable Mutex mu_;
  std::atomic<uint64_t> rings_ = 0;                    // changed under the lock
  std::vector<Waiter*> waiting_ ABSL_GUARDED_BY(mu_);  // longest first
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_DOORBELL_H_
