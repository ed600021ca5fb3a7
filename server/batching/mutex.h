// std::mutex and std::condition_variable with thread annotations, so that clang's -Wthread-safety checks every guarded
// field and the thread sanitizer sees every lock. absl::Mutex is not used because the sanitizer cannot see into a
// prebuilt Abseil and reports false races.

#ifndef EBM_SERVER_BATCHING_MUTEX_H_
#define EBM_SERVER_BATCHING_MUTEX_H_

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace ebm::batching {

class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mu_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mu_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mu_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mu) ABSL_EXCLUSIVE_LOCK_FUNCTION(mu) : mu_(mu) { mu_->Lock(); }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mu_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mu_;
};

class CondVar {
 public:
  // Releases mu while waiting; wake-ups may be spurious.
  void Wait(Mutex* mu) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    std::unique_lock<std::mutex> lock(mu->mu_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // As Wait, for no longer than `longest`, which may be infinite. Returns after an hour at the latest, because the
  // standard library overflows on very long waits.
  void WaitFor(Mutex* mu, absl::Duration longest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    std::unique_lock<std::mutex> lock(mu->mu_, std::adopt_lock);
    condition_.wait_for(lock, absl::ToChronoNanoseconds(std::min(longest, absl::Hours(1))));
    lock.release();
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_MUTEX_H_
