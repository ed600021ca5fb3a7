#include "server/batching/time_slice.h"

#include <sched.h>

#include <thread>

#include "gtest/gtest.h"

namespace ebm::batching {
namespace {

// Linux 6.12 and later tell the slice that was set; older kernels ignore it and tell zero.
void ExpectSlice(absl::Duration slice) {
  const bool is_told = TimeSlice() != absl::ZeroDuration();
  EXPECT_EQ(TimeSlice(), is_told ? slice : absl::ZeroDuration());
}

TEST(TimeSliceTest, IsInheritedByThreadsThatDoNotSetTheirOwn) {
  std::thread([] {
    SetTimeSlice(kShortTimeSlice);
    std::thread([] {
      ExpectSlice(kShortTimeSlice);
      SetTimeSlice(kLongTimeSlice);
      ExpectSlice(kLongTimeSlice);
    }).join();
    ExpectSlice(kShortTimeSlice);
  }).join();
}

TEST(TimeSliceTest, LeavesAPolicyWithoutSlicesAsItIs) {
  std::thread([] {
    const sched_param no_priority = {};
    ASSERT_EQ(sched_setscheduler(0, SCHED_IDLE, &no_priority), 0);
    SetTimeSlice(kLongTimeSlice);
    EXPECT_EQ(sched_getscheduler(0), SCHED_IDLE);
  }).join();
}

}  // namespace
}  // namespace ebm::batching
