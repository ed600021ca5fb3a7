#include "model/kernels/bf16_multiply.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "gtest/gtest.h"
#include "model/core/random.h"
#include "model/kernels/aligned_floats.h"

namespace ebm::kernels {
namespace {

std::vector<float> Normals(uint32_t index, size_t count) {
  std::vector<float> values(count);
  FillNormal({.seed = 6, .stream = RandomStream::kDataNoise, .chain = index}, values);
  return values;
}

std::vector<float> Solve(const std::vector<float>& a, size_t rows, const std::vector<float>& b, size_t depth,
                         const std::vector<float>& start) {
  Bf16PanelMatrix packed(depth, start.size());
  packed.Pack(b);
  AlignedFloats padded_start(PaddedColumns(start.size()));
  std::ranges::copy(start, padded_start.data());
  RowBlock c(rows, PaddedColumns(start.size()));
  const auto scratch = hwy::AllocateAligned<uint32_t>(rows * packed.pairs());
  Multiply({a.data(), depth}, rows, packed, padded_start.data(), scratch.get(), {c.row(0), c.stride()});
  std::vector<float> result;
  for (size_t row = 0; row < rows; ++row) result.insert(result.end(), c.row(row), c.row(row) + start.size());
  return result;
}

float Rounded(float value) { return FromBf16(ToBf16(value)); }

// The documented order of operations for one element of the product, from its row of a and its column of b.
float ElementSlowly(std::span<const float> row, const std::vector<float>& b, size_t columns, size_t column, float sum) {
  const auto product = [&](size_t k, float c) {
    if (k >= row.size()) return c;
    return std::fma(Rounded(row[k]), Rounded(b[k * columns + column]), c);
  };
  for (size_t k = 0; k < row.size(); k += 2) sum = product(k, product(k + 1, sum));
  return sum;
}

TEST(Bf16Test, RoundsToTheNearestTiesToEven) {
  EXPECT_EQ(Rounded(1.0F), 1.0F);
  EXPECT_EQ(Rounded(1.0F + 0x1p-8F), 1.0F);                // a tie: to the even neighbour below
  EXPECT_EQ(Rounded(1.0F + 3 * 0x1p-8F), 1.0F + 0x1p-6F);  // a tie: to the even neighbour above
  EXPECT_EQ(Rounded(1.0F + 0x1.1p-8F), 1.0F + 0x1p-7F);
  EXPECT_EQ(Rounded(-3.14159F), -3.140625F);
  EXPECT_EQ(Rounded(std::numeric_limits<float>::infinity()), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(Rounded(std::numeric_limits<float>::quiet_NaN())));
}

class Bf16MultiplyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasBf16()) GTEST_SKIP() << "this processor has no bf16 dot products";
  }
};

TEST_F(Bf16MultiplyTest, EveryElementIsTheDocumentedChain) {
  std::mt19937 draw(8);
  for (size_t rows = 1; rows <= 40; ++rows) {
    const size_t depth = 1 + draw() % 90;
    const size_t columns = 1 + draw() % 100;
    const std::vector<float> a = Normals(1, rows * depth);
    const std::vector<float> b = Normals(2, depth * columns);
    const std::vector<float> start = Normals(3, columns);
    const std::vector<float> got = Solve(a, rows, b, depth, start);
    for (size_t i = 0; i < got.size(); ++i) {
      const std::span row = std::span(a).subspan(i / columns * depth, depth);
      const size_t column = i % columns;
      ASSERT_EQ(got[i], ElementSlowly(row, b, columns, column, start[column]))
          << rows << " rows, depth " << depth << ", " << columns << " columns, element " << i;
    }
  }
}

TEST_F(Bf16MultiplyTest, NanStaysInItsRow) {
  constexpr size_t kRows = 14;
  constexpr size_t kDepth = 21;
  std::vector<float> a = Normals(1, kRows * kDepth);
  const std::vector<float> b = Normals(2, kDepth * 40);
  const std::vector<float> start(40);
  const std::vector<float> clean = Solve(a, kRows, b, kDepth, start);
  a[5 * kDepth + 20] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> got = Solve(a, kRows, b, kDepth, start);
  for (size_t i = 0; i < got.size(); ++i) {
    if (i / 40 == 5) {
      EXPECT_TRUE(std::isnan(got[i]));
    } else {
      EXPECT_EQ(got[i], clean[i]);
    }
  }
}

}  // namespace
}  // namespace ebm::kernels
