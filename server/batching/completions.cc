#include "server/batching/completions.h"

#include <utility>

#include "absl/time/time.h"

namespace ebm::batching {

void Completions::Expect() {
  const MutexLock lock(&mu_);
  ++unfinished_;
}

void Completions::Push(std::function<void()> callback) {
  const MutexLock lock(&mu_);
  callbacks_.push_back(std::move(callback));
  has_callbacks_ = true;
}

bool Completions::Run() {
  if (!has_callbacks_) return false;
  std::vector<std::function<void()>> callbacks;
  {
    const MutexLock lock(&mu_);
    callbacks.swap(callbacks_);
    has_callbacks_ = false;
  }
  for (const std::function<void()>& callback : callbacks) callback();
  const size_t finished = callbacks.size();
  callbacks.clear();  // releases the jobs and their memory

  const MutexLock lock(&mu_);
  unfinished_ -= finished;
  if (unfinished_ == 0) idle_.NotifyAll();
  return finished > 0;
}

bool Completions::Idle() const {
  const MutexLock lock(&mu_);
  return unfinished_ == 0;
}

bool Completions::WaitUntilIdle(SteadyTime until, const Clock& clock) {
  const MutexLock lock(&mu_);
  while (unfinished_ > 0) {
    const absl::Duration left = until - clock.Now();
    if (left <= absl::ZeroDuration()) return false;
    idle_.WaitFor(&mu_, left);
  }
  return true;
}

}  // namespace ebm::batching
