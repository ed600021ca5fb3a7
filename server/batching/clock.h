// The current time of a steady clock, as an interface so that tests can control it.
//
// Durations, shares and deadlines are differences of two times of this clock. A wall clock can be set while the server
// runs; a model would then starve, or a request end too early. SteadyTime is a type of its own, so that the times of a
// wall clock cannot be mixed in: neither converts to the other. A deadline that arrives in another form is converted
// once, as the time that is left (server/rpc/caller.cc).

#ifndef EBM_SERVER_BATCHING_CLOCK_H_
#define EBM_SERVER_BATCHING_CLOCK_H_

#include <chrono>
#include <compare>
#include <cstdint>

#include "absl/time/time.h"

namespace ebm::batching {

// A point in time. Only differences have a meaning: the origin is arbitrary.
class SteadyTime {
 public:
  constexpr SteadyTime() = default;
  static constexpr SteadyTime SinceOrigin(absl::Duration since_origin) { return SteadyTime(since_origin); }
  // Later than every other time: no deadline.
  static constexpr SteadyTime InfiniteFuture() { return SteadyTime(absl::InfiniteDuration()); }

  // For atomics. The infinite future is the largest number.
  int64_t NanosecondsSinceOrigin() const { return absl::ToInt64Nanoseconds(since_origin_); }

  friend SteadyTime operator+(SteadyTime time, absl::Duration by) { return SteadyTime(time.since_origin_ + by); }
  friend absl::Duration operator-(SteadyTime a, SteadyTime b) { return a.since_origin_ - b.since_origin_; }
  friend constexpr std::strong_ordering operator<=>(SteadyTime, SteadyTime) = default;

 private:
  constexpr explicit SteadyTime(absl::Duration since_origin) : since_origin_(since_origin) {}

  absl::Duration since_origin_;
};

// Threads: safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Never earlier than the result of a call before.
  virtual SteadyTime Now() const = 0;
};

class SteadyClock final : public Clock {
 public:
  SteadyTime Now() const override {
    return SteadyTime::SinceOrigin(absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()));
  }
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_CLOCK_H_
