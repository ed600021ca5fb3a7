// Wakes the threads that found nothing to do, whoever brings the work: one for all models of a process.
//
// A thread reads rings() before it looks for work, and waits only for rings after that, so none is missed.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_BATCHING_DOORBELL_H_
#define EBM_SERVER_BATCHING_DOORBELL_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "server/batching/mutex.h"

namespace ebm::batching {

class Doorbell {
 public:
  uint64_t rings() const {
    const MutexLock lock(&mu_);
    return rings_;
  }

  void Ring() {
    const MutexLock lock(&mu_);
    ++rings_;
    if (waiting_ > 0) rung_.NotifyAll();
  }

  // Waits until rings() is not `seen`, for no longer than `longest`; may return early.
  void WaitAfter(uint64_t seen, absl::Duration longest) {
    const MutexLock lock(&mu_);
    if (rings_ != seen) return;
    ++waiting_;
    rung_.WaitFor(&mu_, longest);
    --waiting_;
  }

 private:
  mutable Mutex mu_;
  CondVar rung_;
  uint64_t rings_ ABSL_GUARDED_BY(mu_) = 0;
  int waiting_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_DOORBELL_H_
