// A clock that only the test advances.

#ifndef EBM_TESTS_SUPPORT_FAKE_CLOCK_H_
#define EBM_TESTS_SUPPORT_FAKE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/batching/clock.h"

namespace ebm::batching {

class FakeClock final : public Clock {
 public:
  SteadyTime Now() const override { return SteadyTime::SinceOrigin(absl::Nanoseconds(nanos_.load())); }
  void Advance(absl::Duration by) {
    EXPECT_GE(by, absl::ZeroDuration()) << "a steady clock is never set back";
    nanos_ += absl::ToInt64Nanoseconds(by);
  }

 private:
  std::atomic<int64_t> nanos_ = 1'000'000'000;
};

}  // namespace ebm::batching

#endif  // EBM_TESTS_SUPPORT_FAKE_CLOCK_H_
