// Puts threads that found nothing to do to sleep, and wakes them when there is work: an event count, shared by all
// models of a process.
//
// A notification that finds no thread asleep takes no lock.
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
    ++count_;
    if (sleepers_ == 0) return;
    const MutexLock lock(&mu_);
    while (!waiting_.empty()) WakeLast();
  }

  // For work that one thread will do.
  void NotifyOne() {
    ++count_;
    if (sleepers_ == 0) return;
    const MutexLock lock(&mu_);
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
    Waiter self;
    waiting_.push_back(&self);
    ++sleepers_;
    if (count_ == seen) self.woken.WaitFor(&mu_, longest);
    --sleepers_;
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
  // A notifier counts first and then looks for sleepers; a sleeper counts itself first and then looks at the count. So
  // one of the two sees the other.
  std::atomic<uint64_t> count_ = 0;
  std::atomic<int> sleepers_ = 0;
  std::vector<Waiter*> waiting_ ABSL_GUARDED_BY(mu_);  // in the order of arrival
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_WAKE_UP_H_
