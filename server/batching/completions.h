// The completion callbacks of jobs that are done, which workers run between their steps, and the number of jobs whose
// callback has not returned.
//
// Threads: safe from any thread. No lock is held while a callback runs.

#ifndef EBM_SERVER_BATCHING_COMPLETIONS_H_
#define EBM_SERVER_BATCHING_COMPLETIONS_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "server/batching/clock.h"
#include "server/batching/mutex.h"

namespace ebm::batching {

class Completions {
 public:
  // A job was admitted; Push must follow once.
  void Expect();
  void Push(std::function<void()> callback);

  // Runs the callbacks pushed so far. False, without a lock, if there is none.
  bool Run();

  // True if no callback is expected and the last one has returned.
  bool Idle() const;
  // Waits until Idle() or until the given time. Returns Idle().
  bool WaitUntilIdle(SteadyTime until, const Clock& clock);

 private:
  mutable Mutex mu_;
  CondVar idle_;  // notified when unfinished_ becomes 0
  std::vector<std::function<void()>> callbacks_ ABSL_GUARDED_BY(mu_);
  size_t unfinished_ ABSL_GUARDED_BY(mu_) = 0;
  std::atomic<bool> has_callbacks_ = false;  // changed under the lock
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_COMPLETIONS_H_
