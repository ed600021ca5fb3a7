// The current time, as an interface so that tests can control it.

#ifndef EBM_SERVER_BATCHING_CLOCK_H_
#define EBM_SERVER_BATCHING_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace ebm::batching {

// Threads: safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_CLOCK_H_
