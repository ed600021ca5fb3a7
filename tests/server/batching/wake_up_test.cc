#include "server/batching/wake_up.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::batching {
namespace {

using ::testing::ElementsAre;

// Starts threads that wait, one after the other, and records which of them woke up.
class WakeUpTest : public testing::Test {
 protected:
  ~WakeUpTest() override {
    wake_up_.NotifyAll();
    for (std::thread& waiter : waiters_) waiter.join();
  }

  void AddWaiter() {
    const int name = static_cast<int>(waiters_.size());
    waiters_.emplace_back([this, name] {
      wake_up_.WaitAfter(wake_up_.count(), absl::InfiniteDuration());
      const MutexLock lock(&mu_);
      woken_.push_back(name);
    });
    while (wake_up_.waiting() <= name) std::this_thread::yield();
  }

  // The threads that woke up, once there are at least `count`.
  std::vector<int> Woken(size_t count) {
    for (;;) {
      {
        const MutexLock lock(&mu_);
        if (woken_.size() >= count) return woken_;
      }
      std::this_thread::yield();
    }
  }

  WakeUp wake_up_;
  Mutex mu_;
  std::vector<int> woken_ ABSL_GUARDED_BY(mu_);
  std::vector<std::thread> waiters_;
};

TEST_F(WakeUpTest, NotifyOneWakesTheLatestWaiter) {
  for (int i = 0; i < 3; ++i) AddWaiter();
  wake_up_.NotifyOne();
  EXPECT_THAT(Woken(1), ElementsAre(2));
  wake_up_.NotifyOne();
  EXPECT_THAT(Woken(2), ElementsAre(2, 1));
  EXPECT_EQ(wake_up_.waiting(), 1);
}

TEST_F(WakeUpTest, NotifyAllWakesAll) {
  for (int i = 0; i < 3; ++i) AddWaiter();
  wake_up_.NotifyAll();
  EXPECT_EQ(Woken(3).size(), 3U);
  EXPECT_EQ(wake_up_.waiting(), 0);
}

TEST_F(WakeUpTest, ANotificationBeforeTheWaitIsNotMissed) {
  const uint64_t seen = wake_up_.count();
  wake_up_.NotifyOne();
  wake_up_.WaitAfter(seen, absl::InfiniteDuration());
  EXPECT_NE(wake_up_.count(), seen);
}

TEST_F(WakeUpTest, AWaiterThatTimedOutIsNotNotified) {
  wake_up_.WaitAfter(wake_up_.count(), absl::Microseconds(1));
  EXPECT_EQ(wake_up_.waiting(), 0);
  AddWaiter();
  wake_up_.NotifyOne();
  EXPECT_THAT(Woken(1), ElementsAre(0));
}

}  // namespace
}  // namespace ebm::batching
