#include "model/offline/parallel/row_share.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/model/offline/parallel/thread_group.h"

namespace ebm {
namespace {

constexpr int64_t kHeight = 16;

TEST(ShareOfTest, SharesAreWholeSlicesThatFollowEachOther) {
  for (const int64_t rows : {0, 1, 15, 16, 17, 100, 128, 1000}) {
    for (const int parts : {1, 2, 3, 7}) {
      int64_t next = 0;
      for (int part = 0; part < parts; ++part) {
        const RowShare share = ShareOf(rows, part, parts, kHeight);
        EXPECT_EQ(share.all, rows);
        EXPECT_TRUE(share.count == 0 || share.first == next) << rows << " rows, part " << part << " of " << parts;
        EXPECT_TRUE(next == rows || next % kHeight == 0);
        next += share.count;
      }
      EXPECT_EQ(next, rows);
    }
  }
}

TEST(ShareOfTest, SharesDifferByOneSliceAtMost) {
  for (const int parts : {2, 3, 5}) {
    for (int part = 0; part < parts; ++part) {
      const int64_t slices = CountSlices(ShareOf(1600, part, parts, kHeight).count, kHeight);
      EXPECT_GE(slices, 100 / parts);
      EXPECT_LE(slices, 100 / parts + 1);
    }
  }
}

TEST(GatherRowsTest, PutsTheRowsOfAllRanksTogether) {
  constexpr int64_t kRows = 53;  // shares of 16, 16 and 21 rows
  MatrixBuffer whole(kRows, 2);
  for (int64_t i = 0; i < kRows; ++i) whole.row(i)[0] = whole.row(i)[1] = static_cast<float>(i);
  testing::ThreadGroups(3).Run([&](ProcessGroup& group) {
    const RowShare own = ShareOf(kRows, group.rank(), group.size(), kHeight);
    const ConstMatrix rows = std::as_const(whole).view();
    const MatrixBuffer gathered = *GatherRows(group, rows.rows_from(own.first, own.count), kRows, kHeight);
    EXPECT_EQ(gathered.values(), whole.values());
  });
}

}  // namespace
}  // namespace ebm
