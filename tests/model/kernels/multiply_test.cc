#include "model/kernels/multiply.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "model/core/random.h"
#include "model/kernels/aligned_floats.h"
#include "model/kernels/panel_matrix.h"
#include "tests/model/kernels/every_target.h"

namespace ebm::kernels {
namespace {

// C = start + A B for random A, B and start.
struct Problem {
  Problem(size_t r, size_t d, size_t c)
      : rows(r), depth(d), columns(c), a(Normals(1, r * d)), b(Normals(2, d * c)), start(Normals(3, c)) {}

  static std::vector<float> Normals(uint32_t index, size_t count) {
    std::vector<float> values(count);
    FillNormal({.seed = 5, .stream = RandomStream::kDataNoise, .chain = index}, values);
    return values;
  }

  size_t rows;
  size_t depth;
  size_t columns;
  std::vector<float> a;      // [rows, depth]
  std::vector<float> b;      // [depth, columns]
  std::vector<float> start;  // [columns]
};

// [rows, columns].
std::vector<float> Solve(const Problem& problem) {
  PanelMatrix packed(problem.depth, problem.columns);
  packed.Pack(problem.b);
  AlignedFloats start(PaddedColumns(problem.columns));
  std::ranges::copy(problem.start, start.data());
  RowBlock c(problem.rows, PaddedColumns(problem.columns));
  Multiply({problem.a.data(), problem.depth}, problem.rows, packed, start.data(), {c.row(0), c.stride()});
  std::vector<float> result;
  for (size_t row = 0; row < problem.rows; ++row) {
    result.insert(result.end(), c.row(row), c.row(row) + problem.columns);
  }
  return result;
}

// The documented order of operations, element by element.
std::vector<float> SolveSlowly(const Problem& problem) {
  std::vector<float> result;
  for (size_t row = 0; row < problem.rows; ++row) {
    for (size_t column = 0; column < problem.columns; ++column) {
      float sum = problem.start[column];
      for (size_t k = 0; k < problem.depth; ++k) {
        sum = std::fma(problem.a[row * problem.depth + k], problem.b[k * problem.columns + column], sum);
      }
      result.push_back(sum);
    }
  }
  return result;
}

TEST(MultiplyTest, EveryElementIsTheDocumentedChainOfFusedMultiplyAdds) {
  std::mt19937 draw(7);
  ForEveryTarget([&](int64_t target) {
    if ((target & kFusedTargets) == 0) return;
    for (size_t rows = 1; rows <= 40; ++rows) {
      const Problem problem(rows, 1 + draw() % 90, 1 + draw() % 100);
      ASSERT_EQ(Solve(problem), SolveSlowly(problem))
          << rows << " rows, depth " << problem.depth << ", " << problem.columns << " columns";
    }
  });
}

// Without a fused multiply-add every product is rounded once more: k + 1 roundings of the terms seen so far.
TEST(MultiplyTest, EveryTargetGivesTheProduct) {
  ForEveryTarget([](int64_t) {
    const Problem problem(13, 64, 70);
    const std::vector<float> got = Solve(problem);
    const std::vector<float> expected = SolveSlowly(problem);
    for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], 65 * 0x1p-23 * 65);
  });
}

TEST(MultiplyTest, ARowDoesNotDependOnItsNeighbours) {
  const Problem problem(29, 33, 65);
  const std::vector<float> together = Solve(problem);
  for (size_t row = 0; row < problem.rows; ++row) {
    Problem alone = problem;
    alone.rows = 1;
    alone.a.assign(problem.a.begin() + static_cast<ptrdiff_t>(row * problem.depth),
                   problem.a.begin() + static_cast<ptrdiff_t>((row + 1) * problem.depth));
    EXPECT_TRUE(std::ranges::equal(Solve(alone), std::span(together).subspan(row * problem.columns, problem.columns)));
  }
}

TEST(MultiplyTest, NanStaysInItsRow) {
  Problem problem(14, 20, 40);
  const std::vector<float> clean = Solve(problem);
  problem.a[5 * problem.depth + 3] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> got = Solve(problem);
  for (size_t i = 0; i < got.size(); ++i) {
    if (i / problem.columns == 5) {
      EXPECT_TRUE(std::isnan(got[i]));
    } else {
      EXPECT_EQ(got[i], clean[i]);
    }
  }
}

TEST(PanelMatrixTest, PackedTransposedIsPackedOfTheTranspose) {
  const Problem problem(1, 37, 45);
  std::vector<float> transpose(problem.b.size());
  for (size_t k = 0; k < problem.depth; ++k) {
    for (size_t j = 0; j < problem.columns; ++j) {
      transpose[j * problem.depth + k] = problem.b[k * problem.columns + j];
    }
  }
  PanelMatrix plain(problem.depth, problem.columns);
  plain.Pack(problem.b);
  PanelMatrix turned(problem.depth, problem.columns);
  turned.PackTransposed(transpose);
  for (size_t panel = 0; panel < plain.panels(); ++panel) {
    const size_t size = problem.depth * kPanelColumns;
    EXPECT_TRUE(std::equal(plain.panel(panel), plain.panel(panel) + size, turned.panel(panel)));
  }
}

}  // namespace
}  // namespace ebm::kernels
