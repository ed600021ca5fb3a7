#include "model/core/matrix_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace ebm {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

MatrixBuffer Counting(int64_t rows, int64_t cols) {
  std::vector<float> values(rows * cols);
  std::iota(values.begin(), values.end(), 0.0F);
  return MatrixBuffer(values, rows, cols);
}

TEST(MatrixViewTest, IsRowMajor) {
  const MatrixBuffer buffer = Counting(2, 3);
  EXPECT_THAT(buffer.row(0), ElementsAre(0, 1, 2));
  EXPECT_THAT(buffer.row(1), ElementsAre(3, 4, 5));
  EXPECT_THAT(buffer.view().values(), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(MatrixViewTest, RowsFromIsAWindowOnTheSameNumbers) {
  MatrixBuffer buffer = Counting(4, 2);
  const Matrix window = buffer.view().rows_from(1, 2);
  EXPECT_EQ(window.rows(), 2);
  EXPECT_THAT(window.values(), ElementsAre(2, 3, 4, 5));
  window.row(1)[0] = -1;
  EXPECT_THAT(buffer.row(2), ElementsAre(-1, 5));
}

TEST(MatrixViewTest, AMutableViewConvertsToAConstOne) {
  MatrixBuffer buffer = Counting(1, 2);
  const ConstMatrix view = buffer.view();
  EXPECT_EQ(view.data(), buffer.values().data());
  EXPECT_EQ(view.rows(), 1);
  EXPECT_EQ(view.cols(), 2);
}

TEST(MatrixViewTest, AnEmptyViewHasNoNumbers) {
  EXPECT_TRUE(ConstMatrix().values().empty());
  EXPECT_TRUE(Counting(3, 2).view().rows_from(3, 0).values().empty());
}

TEST(MatrixBufferTest, BeginsAtZero) { EXPECT_THAT(MatrixBuffer(3, 5).values(), Each(0.0F)); }

}  // namespace
}  // namespace ebm
