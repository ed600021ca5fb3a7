// Puts threads that found nothing to do to sleep, and wakes them when there is work: an event count, shared by all
// models of a process.
//
// A thread reads count() before it looks for work, and then waits only for notifications after that, so it misses none.
// NotifyOne wakes the thread that started to wait last: its caches are the warmest.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_BATCHING_WAKE_UP_H_
#define EBM_SERVER_BATCHING_WAKE_UP_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "server/batching/mutex.h"

namespace ebm::batching {

class WakeUp {
 public:
  // The number of notifications so far.
  uint64_t count() const { return count_; }

  // For work that many threads can share.
  void NotifyAll() {
    const MutexLock lock(&mu_);
    ++count_;
    while (!waiting_.empty()) WakeLast();
  }

  // For work that one thread will do.
  void NotifyOne() {
    const MutexLock lock(&mu_);
    ++count_;
    if (!waiting_.empty()) WakeLast();
  }

  // The number of threads that wait.
  int waiting() const {
    const MutexLock lock(&mu_);
    return static_cast<int>(waiting_.size());
  }

  // Waits until count() differs from `seen`, but at most `longest`. May return early.
  void WaitAfter(uint64_t seen, absl::Duration longest) {
    const MutexLock lock(&mu_);
    if (count_ != seen) return;
    Waiter self;
    waiting_.push_back(&self);
    self.woken.WaitFor(&mu_, longest);
    std::erase(waiting_, &self);
  }

 private:
  struct Waiter {
    CondVar woken;
  };

  // Notifies under the lock: the Waiter is on its thread's stack and may be destroyed once the lock is free.
  void WakeLast() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    waiting_.back()->woken.NotifyOne();
    waiting_.pop_back();
  }

  mutable Mutex mu_;
  std::atomic<uint64_t> count_ = 0;                    // changed under the lock
  std::vector<Waiter*> waiting_ ABSL_GUARDED_BY(mu_);  // in the order of arrival
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_WAKE_UP_H_
