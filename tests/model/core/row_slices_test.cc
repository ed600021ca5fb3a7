#include "model/core/row_slices.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace ebm {
namespace {

TEST(RowSlicesTest, VisitsEveryRowOnce) {
  for (const int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> visits(3 * kRowsPerSlice + 1);
    ForEachSlice(static_cast<int64_t>(visits.size()), threads, [&](int64_t slice, int64_t first, int64_t count) {
      EXPECT_EQ(first, slice * kRowsPerSlice);
      for (int64_t row = first; row < first + count; ++row) ++visits[row];
    });
    for (const std::atomic<int>& count : visits) EXPECT_EQ(count, 1);
  }
}

// An exception on a thread of its own would end the process.
TEST(RowSlicesTest, ThrowsOnTheCallersThreadWhatTheWorkThrows) {
  for (const int threads : {1, 2, 5}) {
    std::atomic<int> slices = 0;
    const auto work = [&](int64_t /*slice*/, int64_t /*first*/, int64_t /*count*/) {
      ++slices;
      throw std::runtime_error("out of luck");
    };
    EXPECT_THROW(ForEachSlice(100 * kRowsPerSlice, threads, work), std::runtime_error);
    EXPECT_LE(slices, threads) << "the rest of the slices is left out";
  }
}

}  // namespace
}  // namespace ebm
