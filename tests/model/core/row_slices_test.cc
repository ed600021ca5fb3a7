#include "model/core/row_slices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/support/rendezvous.h"

namespace ebm {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::Rendezvous;

TEST(RowWorkersTest, EveryRowIsVisitedOnceInEveryJob) {
  for (const int threads : {1, 2, 5}) {
    RowWorkers workers(threads, 8);
    for (const int64_t rows : {0, 1, 7, 8, 9, 63, 64, 65}) {
      std::vector<int> visits(rows);
      workers.ForEachSlice(rows, [&](int64_t slice, int64_t first, int64_t count) {
        EXPECT_EQ(first, 8 * slice);
        for (int64_t row = first; row < first + count; ++row) ++visits[row];
      });
      EXPECT_THAT(visits, Each(1)) << rows << " rows on " << threads << " threads";
    }
  }
}

TEST(RowWorkersTest, SlicesDependOnTheHeightOnly) {
  for (const int threads : {1, 4}) {
    RowWorkers workers(threads, 8);
    std::vector<int64_t> heights(workers.CountSlices(20));
    workers.ForEachSlice(20, [&](int64_t slice, int64_t /*first*/, int64_t count) { heights[slice] = count; });
    EXPECT_THAT(heights, ElementsAre(8, 8, 4));
  }
}

TEST(RowWorkersTest, AllThreadsTakePart) {
  constexpr size_t kThreads = 4;
  RowWorkers workers(int{kThreads}, 8);
  for (int job = 0; job < 3; ++job) {
    Rendezvous rendezvous(kThreads);
    workers.ForEachSlice(64, [&](int64_t, int64_t, int64_t) { rendezvous.Arrive(); });
    EXPECT_EQ(rendezvous.threads(), kThreads);
  }
}

TEST(RowWorkersTest, AnExceptionReachesTheCallerAndTheNextJobRuns) {
  for (const int threads : {1, 3}) {
    RowWorkers workers(threads, 1);
    const auto fail = [](int64_t slice, int64_t, int64_t) {
      if (slice == 5) throw std::runtime_error("slice 5");
    };
    EXPECT_THROW(workers.ForEachSlice(20, fail), std::runtime_error);
    std::atomic<int> done = 0;
    workers.ForEachSlice(20, [&](int64_t, int64_t, int64_t) { ++done; });
    EXPECT_EQ(done, 20);
  }
}

TEST(ForEachSliceTest, UsesNoMoreThreadsThanThereAreSlices) {
  std::mutex mu;
  std::set<std::thread::id> threads;
  ForEachSlice(kRowsPerSlice + 1, 16, [&](int64_t, int64_t, int64_t) {
    const std::lock_guard lock(mu);
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_LE(threads.size(), 2U);
}

}  // namespace
}  // namespace ebm
