#include "server/batching/doorbell.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::batching {
namespace {

using ::testing::ElementsAre;

// Threads that wait at the bell, one after the other, and say which woke.
class DoorbellTest : public testing::Test {
 protected:
  ~DoorbellTest() override {
    bell_.Ring();
    for (std::thread& waiter : waiters_) waiter.join();
  }

  void AddWaiter() {
    const int name = static_cast<int>(waiters_.size());
    waiters_.emplace_back([this, name] {
      bell_.WaitAfter(bell_.rings(), absl::InfiniteDuration());
      const MutexLock lock(&mu_);
      woken_.push_back(name);
    });
    while (bell_.waiting() <= name) std::this_thread::yield();
  }

  // Once `count` have woken.
  std::vector<int> Woken(size_t count) {
    for (;;) {
      {
        const MutexLock lock(&mu_);
        if (woken_.size() >= count) return woken_;
      }
      std::this_thread::yield();
    }
  }

  Doorbell bell_;
  Mutex mu_;
  std::vector<int> woken_ ABSL_GUARDED_BY(mu_);
  std::vector<std::thread> waiters_;
};

TEST_F(DoorbellTest, RingOneWakesTheLastThatCame) {
  for (int i = 0; i < 3; ++i) AddWaiter();
  bell_.RingOne();
  EXPECT_THAT(Woken(1), ElementsAre(2));
  bell_.RingOne();
  EXPECT_THAT(Woken(2), ElementsAre(2, 1));
  EXPECT_EQ(bell_.waiting(), 1);
}

TEST_F(DoorbellTest, RingWakesAll) {
  for (int i = 0; i < 3; ++i) AddWaiter();
  bell_.Ring();
  EXPECT_EQ(Woken(3).size(), 3U);
  EXPECT_EQ(bell_.waiting(), 0);
}

TEST_F(DoorbellTest, ARingBeforeTheWaitIsNotMissed) {
  const uint64_t seen = bell_.rings();
  bell_.RingOne();
  bell_.WaitAfter(seen, absl::InfiniteDuration());
  EXPECT_NE(bell_.rings(), seen);
}

TEST_F(DoorbellTest, WhoeverGaveUpWaitingIsNotRungFor) {
  bell_.WaitAfter(bell_.rings(), absl::Microseconds(1));
  EXPECT_EQ(bell_.waiting(), 0);
  AddWaiter();
  bell_.RingOne();
  EXPECT_THAT(Woken(1), ElementsAre(0));
}

}  // namespace
}  // namespace ebm::batching
