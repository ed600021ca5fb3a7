#include "server/batching/memory_budget.h"

#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::batching {
namespace {

using ::testing::HasSubstr;

MemoryReservation Reserve(MemoryBudget& budget, uint64_t bytes) { return budget.TryReserve(bytes, "a test").value(); }

TEST(MemoryBudgetTest, CountsReservationsUntilTheyAreDestroyed) {
  MemoryBudget budget(100);
  {
    const MemoryReservation first = Reserve(budget, 60);
    EXPECT_EQ(budget.held(), 60U);
    const MemoryReservation rest = Reserve(budget, 40);
    EXPECT_EQ(budget.held(), 100U);
  }
  EXPECT_EQ(budget.held(), 0U);
}

TEST(MemoryBudgetTest, RefusesWhatDoesNotFitAndChangesNothing) {
  MemoryBudget budget(100);
  const MemoryReservation held = Reserve(budget, 60);
  const absl::Status refused = budget.TryReserve(41, "41 chains").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), AllOf(HasSubstr("41 chains need 41 bytes"),
                                                    HasSubstr("the 60 bytes already held"), HasSubstr("limit of 100")));
  EXPECT_EQ(budget.held(), 60U);
  EXPECT_FALSE(budget.TryReserve(~uint64_t{0}, "a sum that overflows").ok());
  EXPECT_EQ(budget.held(), 60U);
}

TEST(MemoryBudgetTest, AMovedReservationIsReleasedOnce) {
  MemoryBudget budget(100);
  MemoryReservation target;
  {
    MemoryReservation source = Reserve(budget, 30);
    target = std::move(source);
  }
  EXPECT_EQ(budget.held(), 30U);
  EXPECT_EQ(target.bytes(), 30U);
  target = Reserve(budget, 20);
  EXPECT_EQ(budget.held(), 20U) << "what was held before is released";
  const MemoryReservation last = std::move(target);
  EXPECT_EQ(budget.held(), 20U);
  target = {};
  EXPECT_EQ(budget.held(), 20U);
}

TEST(MemoryBudgetTest, ThreadsTogetherNeverExceedTheLimit) {
  MemoryBudget budget(1000);
  constexpr uint64_t kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (uint64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&budget, thread] {
      for (uint64_t i = 0; i < 2000; ++i) {
        const auto held = budget.TryReserve(200 + (thread * 37 + i * 11) % 300, "a thread");
        EXPECT_LE(budget.held(), 1000U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.held(), 0U);
}

}  // namespace
}  // namespace ebm::batching
