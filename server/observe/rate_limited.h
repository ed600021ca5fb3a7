// Limits how often one kind of event is logged: at most N lines per minute, and the next line says how many were left
// out. Those at the very end of a burst are told of when the event happens again.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_RATE_LIMITED_H_
#define EBM_SERVER_OBSERVE_RATE_LIMITED_H_

#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/batching/clock.h"

namespace ebm::observe {

class RateLimited {
 public:
  // clock: borrowed, outlives the object.
  RateLimited(int64_t per_minute, const batching::Clock* clock) : per_minute_(per_minute), clock_(*clock) {}

  // Whether this event may be logged. If not, it is counted. A minute begins with the first event after the last one.
  bool Admit() {
    const absl::MutexLock lock(&mu_);
    const batching::SteadyTime now = clock_.Now();
    if (!minute_.has_value() || now - *minute_ >= absl::Minutes(1)) {
      minute_ = now;
      admitted_ = 0;
    }
    if (admitted_ < per_minute_) {
      ++admitted_;
      return true;
    }
    ++suppressed_;
    return false;
  }

  // How many events were not admitted since the last call.
  int64_t TakeSuppressed() {
    const absl::MutexLock lock(&mu_);
    const int64_t suppressed = suppressed_;
    suppressed_ = 0;
    return suppressed;
  }

 private:
  const int64_t per_minute_;
  const batching::Clock& clock_;
  absl::Mutex mu_;
  std::optional<batching::SteadyTime> minute_ ABSL_GUARDED_BY(mu_);  // when the current one began
  int64_t admitted_ ABSL_GUARDED_BY(mu_) = 0;                        // in the current minute
  int64_t suppressed_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_RATE_LIMITED_H_
