#include "server/rpc/open_calls.h"

#include "absl/time/time.h"

namespace ebm::rpc {

OpenCalls::Token OpenCalls::Open() {
  Count& count = *count_;
  {
    batching::MutexLock lock(&count.mu);
    ++count.open;
  }
  return {static_cast<const void*>(this), [shared = count_](const void* /*calls*/) {
            batching::MutexLock lock(&shared->mu);
            if (--shared->open == 0) shared->none.NotifyAll();
          }};
}

bool OpenCalls::WaitUntilNone(batching::SteadyTime until, const batching::Clock& clock) const {
  Count& count = *count_;
  batching::MutexLock lock(&count.mu);
  while (count.open > 0) {
    const absl::Duration left = until - clock.Now();
    if (left <= absl::ZeroDuration()) return false;
    count.none.WaitFor(&count.mu, left);
  }
  return true;
}

}  // namespace ebm::rpc
