#include "server/batching/clock.h"

#include <type_traits>

#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"

namespace ebm::batching {
namespace {

TEST(SteadyTimeTest, AWallClockTimeDoesNotConvert) {
  static_assert(!std::is_constructible_v<SteadyTime, absl::Time>);
  static_assert(!std::is_convertible_v<absl::Time, SteadyTime>);
  static_assert(!std::is_convertible_v<SteadyTime, absl::Time>);
  static_assert(!std::is_constructible_v<SteadyTime, std::chrono::system_clock::time_point>);
}

TEST(SteadyTimeTest, DifferencesUndoSums) {
  const SteadyTime start = FakeClock().Now();
  EXPECT_EQ((start + absl::Seconds(3)) - start, absl::Seconds(3));
  EXPECT_LT(start, start + absl::Nanoseconds(1));
  EXPECT_EQ(start + absl::ZeroDuration(), start);
}

TEST(SteadyTimeTest, TheInfiniteFutureIsLaterThanEveryTimeAndNeverComes) {
  const SteadyTime never = SteadyTime::InfiniteFuture();
  const SteadyTime late = FakeClock().Now() + absl::Hours(24 * 365 * 1000);
  EXPECT_LT(late, never);
  EXPECT_EQ(never - late, absl::InfiniteDuration());
  EXPECT_EQ(never + absl::Seconds(1), never);
}

TEST(SteadyClockTest, NeverGoesBack) {
  const SteadyClock clock;
  SteadyTime last = clock.Now();
  for (int reading = 0; reading < 1000; ++reading) {
    const SteadyTime now = clock.Now();
    ASSERT_GE(now, last);
    last = now;
  }
}

// The clock counts as the system's monotonic one does, which nobody can set.
TEST(SteadyClockTest, FollowsTheMonotonicClock) {
  const auto monotonic = [] {
    return SteadyTime::SinceOrigin(absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()));
  };
  const SteadyTime before = monotonic();
  const SteadyTime now = SteadyClock().Now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, monotonic());
}

}  // namespace
}  // namespace ebm::batching
