#include "model/kernels/bf16_multiply.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "model/kernels/aligned_floats.h"
#include "model/kernels/bf16.h"
#include "model/kernels/bf16_tiles-inl.h"
#include "tests/model/kernels/every_target.h"

namespace ebm::kernels {
namespace {

float Flushed(float value) {
  return std::abs(value) < std::numeric_limits<float>::min() ? std::copysign(0.0F, value) : value;
}

float Rounded(float value) { return FromBf16(ToBf16(value)); }

TEST(Bf16Test, RoundsToTheNearestTiesToEven) {
  EXPECT_EQ(Rounded(1.0F), 1.0F);
  EXPECT_EQ(Rounded(1.0F + 0x1p-8F), 1.0F);                // a tie: to the even neighbour below
  EXPECT_EQ(Rounded(1.0F + 3 * 0x1p-8F), 1.0F + 0x1p-6F);  // a tie: to the even neighbour above
  EXPECT_EQ(Rounded(1.0F + 0x1.1p-8F), 1.0F + 0x1p-7F);
  EXPECT_EQ(Rounded(-3.14159F), -3.140625F);
  constexpr float kMost = std::numeric_limits<float>::infinity();
  EXPECT_EQ(Rounded(kMost), kMost);
  EXPECT_EQ(Rounded(std::numeric_limits<float>::max()), kMost);
  EXPECT_TRUE(std::isnan(Rounded(std::numeric_limits<float>::quiet_NaN())));
}

TEST(Bf16Test, DenormalNumbersAreZero) {
  for (const float tiny : {0x1p-149F, 0x1p-127F, 0x1.fffffcp-127F}) {
    EXPECT_EQ(ToBf16(tiny), 0);
    EXPECT_EQ(ToBf16(-tiny), 0x8000);
  }
  EXPECT_EQ(Rounded(0x1p-126F), 0x1p-126F);
}

// A product [rows, depth] x [depth, columns].
struct Bf16Problem {
  size_t rows;
  size_t depth;
  size_t columns;
  std::vector<float> a;
  std::vector<float> b;
  std::vector<float> start;

  // Draws every number by `draw`.
  template <typename Draw>
  Bf16Problem(size_t rows, size_t depth, size_t columns, Draw draw) : rows(rows), depth(depth), columns(columns) {
    for (auto& [values, size] : {std::pair(&a, rows * depth), {&b, depth * columns}, {&start, columns}}) {
      std::generate_n(std::back_inserter(*values), size, draw);
    }
  }
};

std::vector<float> SolveOn(Bf16Path path, const Bf16Problem& problem) {
  Bf16PanelMatrix packed(problem.depth, problem.columns, path);
  packed.Pack(problem.b);
  AlignedFloats start(PaddedColumns(problem.columns));
  std::ranges::copy(problem.start, start.data());
  RowBlock c(problem.rows, PaddedColumns(problem.columns));
  AlignedFloats scratch(Bf16ScratchSize(problem.rows, packed));
  Multiply({problem.a.data(), problem.depth}, problem.rows, packed, start.data(), scratch.data(),
           {c.row(0), c.stride()});
  std::vector<float> result;
  for (size_t row = 0; row < problem.rows; ++row) {
    result.insert(result.end(), c.row(row), c.row(row) + problem.columns);
  }
  return result;
}

// The documented order of operations for one element of the product.
float ElementSlowly(const Bf16Problem& problem, size_t row, size_t column) {
  constexpr size_t kBlock = 32;
  float sum = problem.start[column];
  for (size_t first = 0; first < problem.depth; first += kBlock) {
    float sums[2] = {0, 0};
    for (size_t k = first; k < std::min(first + kBlock, problem.depth); ++k) {
      const float x = Rounded(problem.a[row * problem.depth + k]);
      const float y = Rounded(problem.b[k * problem.columns + column]);
      sums[k % 2] = Flushed(std::fma(x, y, sums[k % 2]));
    }
    sum = Flushed(Flushed(sum) + Flushed(sums[0] + sums[1]));
  }
  return sum;
}

std::vector<float> SolveInOrder(const Bf16Problem& problem) {
  std::vector<float> result;
  for (size_t row = 0; row < problem.rows; ++row) {
    for (size_t column = 0; column < problem.columns; ++column) {
      result.push_back(ElementSlowly(problem, row, column));
    }
  }
  return result;
}

// The tile instructions in plain C++.
class EmulatedTiles {
 public:
  void Configure(const TileHeights& heights) { heights_ = heights; }

  template <int tile>
  void Load(const void* address, size_t stride) {
    tiles_[tile] = {};
    for (size_t row = 0; row < heights_[tile]; ++row) {
      std::memcpy(tiles_[tile][row].data(), static_cast<const uint8_t*>(address) + row * stride, kTileRowBytes);
    }
  }

  template <int tile>
  void LoadOnce(const void* address, size_t stride) {
    Load<tile>(address, stride);
  }

  template <int tile>
  void Store(void* address, size_t stride) {
    for (size_t row = 0; row < heights_[tile]; ++row) {
      std::memcpy(static_cast<uint8_t*>(address) + row * stride, tiles_[tile][row].data(), kTileRowBytes);
    }
  }

  template <int c, int a, int b>
  void Multiply() {
    ASSERT_EQ(heights_[c], heights_[a]);  // else the processor refuses
    ASSERT_EQ(heights_[b], kTileRows);
    for (size_t row = 0; row < heights_[c]; ++row) {
      auto sums = ItemsOf<float>(tiles_[c][row]);
      for (size_t column = 0; column < kTileColumns; ++column) sums[column] = Sum(a, b, row, column, sums[column]);
      std::memcpy(tiles_[c][row].data(), sums.data(), kTileRowBytes);
    }
  }

 private:
  using Row = std::array<uint8_t, kTileRowBytes>;

  template <typename T>
  static std::array<T, kTileRowBytes / sizeof(T)> ItemsOf(const Row& row) {
    return std::bit_cast<std::array<T, kTileRowBytes / sizeof(T)>>(row);
  }

  float Sum(int a, int b, size_t row, size_t column, float before) const {
    const auto x = ItemsOf<uint16_t>(tiles_[a][row]);
    float sums[2] = {0, 0};
    for (size_t k = 0; k < x.size(); ++k) {
      const uint16_t y = ItemsOf<uint16_t>(tiles_[b][k / 2])[2 * column + k % 2];
      sums[k % 2] = Flushed(std::fma(Flushed(FromBf16(x[k])), Flushed(FromBf16(y)), sums[k % 2]));
    }
    return Flushed(Flushed(before) + Flushed(sums[0] + sums[1]));
  }

  TileHeights heights_ = {};
  std::array<std::array<Row, kTileRows>, 8> tiles_ = {};
};

// By TileProduct on emulated tiles. The row behind the last one must stay as it is.
std::vector<float> SolveOnEmulatedTiles(const Bf16Problem& problem) {
  constexpr float kUntouched = 12345;
  Bf16PanelMatrix packed(problem.depth, problem.columns, Bf16Path::kTiles);
  packed.Pack(problem.b);
  AlignedFloats start(PaddedColumns(problem.columns));
  std::ranges::copy(problem.start, start.data());
  std::vector<uint16_t> a((problem.rows + kTileRows - 1) / kTileRows * packed.blocks() * kTileItems);
  for (size_t row = 0; row < problem.rows; ++row) {
    for (size_t k = 0; k < problem.depth; ++k) {
      const size_t tile = row / kTileRows * packed.blocks() + k / Bf16PanelMatrix::kBlockDepth;
      a[tile * kTileItems + row % kTileRows * 32 + k % 32] = ToBf16(problem.a[row * problem.depth + k]);
    }
  }
  RowBlock c(problem.rows + 1, PaddedColumns(problem.columns));
  std::fill_n(c.row(problem.rows), c.stride(), kUntouched);
  EmulatedTiles tiles;
  TileProduct<EmulatedTiles>(tiles, packed, start.data()).Multiply(a.data(), problem.rows, {c.row(0), c.stride()});
  EXPECT_EQ(std::count(c.row(problem.rows), c.row(problem.rows) + c.stride(), kUntouched),
            static_cast<ptrdiff_t>(c.stride()));
  std::vector<float> result;
  for (size_t row = 0; row < problem.rows; ++row) {
    result.insert(result.end(), c.row(row), c.row(row) + problem.columns);
  }
  return result;
}

// NaN may have any payload.
bool AreSame(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

void ExpectSame(const std::vector<float>& got, const std::vector<float>& wanted, const Bf16Problem& problem) {
  const auto [at, other] = std::ranges::mismatch(got, wanted, AreSame);
  ASSERT_EQ(at, got.end()) << problem.rows << " rows, depth " << problem.depth << ", " << problem.columns
                           << " columns, element " << at - got.begin() << ": " << *at << " is not " << *other;
}

// Checks every path that this processor has, with every instruction set.
template <typename Check>
void ForEveryPath(Check check) {
  ForEveryTarget([&](int64_t target) {
    if ((target & kFusedTargets) == 0) return;
    for (const Bf16Path path : SupportedBf16Paths()) {
      constexpr const char* kNames[] = {"multiply-adds", "dot products", "tiles"};
      SCOPED_TRACE(kNames[static_cast<size_t>(path)]);
      check(path);
    }
  });
}

// Numbers of one kind each: of the size of weights, of any size, such that products are near the least normal number,
// and any bits at all, infinities and NaN among them.
enum class Numbers { kNormal, kWide, kTiny, kAnyBits };

class NumberDraw {
 public:
  explicit NumberDraw(Numbers kind, std::mt19937* source) : kind_(kind), source_(*source) {}

  float operator()() {
    const float normal = std::normal_distribution<float>()(source_);
    switch (kind_) {
      case Numbers::kNormal:
        return normal;
      case Numbers::kWide:
        return std::ldexp(normal, static_cast<int>(source_() % 60) - 30);
      case Numbers::kTiny:
        return std::ldexp(normal, static_cast<int>(source_() % 8) - 68);
      case Numbers::kAnyBits:
        break;
    }
    return std::bit_cast<float>(static_cast<uint32_t>(source_()));
  }

 private:
  const Numbers kind_;
  std::mt19937& source_;
};

class Bf16MultiplyTest : public testing::TestWithParam<Numbers> {
 protected:
  Bf16Problem Draw(size_t rows, size_t depth, size_t columns) {
    return {rows, depth, columns, NumberDraw(GetParam(), &source_)};
  }

  std::mt19937 source_{8};
};

TEST_P(Bf16MultiplyTest, EveryElementIsTheDocumentedSum) {
  ForEveryPath([&](Bf16Path path) {
    for (size_t rows = 1; rows <= 26; ++rows) {
      const Bf16Problem problem = Draw(rows, 1 + source_() % 130, 1 + source_() % 100);
      ExpectSame(SolveOn(path, problem), SolveInOrder(problem), problem);
    }
  });
}

TEST_P(Bf16MultiplyTest, TilesAreLoadedMultipliedAndStoredInTheirPlaces) {
  for (size_t rows = 1; rows <= 70; ++rows) {
    const Bf16Problem problem = Draw(rows, 1 + source_() % 100, 1 + source_() % 130);
    ExpectSame(SolveOnEmulatedTiles(problem), SolveInOrder(problem), problem);
  }
}

TEST_P(Bf16MultiplyTest, EveryDepthHasTheSameBitsOnAllPaths) {
  for (size_t depth = 1; depth <= 70; ++depth) {
    const Bf16Problem problem = Draw(7, depth, 33);
    const std::vector<float> wanted = SolveOn(Bf16Path::kMultiplyAdds, problem);
    ForEveryPath([&](Bf16Path path) { ExpectSame(SolveOn(path, problem), wanted, problem); });
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Bf16MultiplyTest,
                         testing::Values(Numbers::kNormal, Numbers::kWide, Numbers::kTiny, Numbers::kAnyBits));

TEST(Bf16PathsTest, TheFastestPathIsSupportedAndStaysTheSame) {
  const std::vector<Bf16Path> paths = SupportedBf16Paths();
  const Bf16Path fastest = FastestBf16Path();
  EXPECT_TRUE(std::ranges::find(paths, fastest) != paths.end());
  EXPECT_EQ(FastestBf16Path(), fastest);
}

TEST(Bf16PathsTest, NanStaysInItsRow) {
  std::mt19937 source(3);
  Bf16Problem problem(14, 21, 40, NumberDraw(Numbers::kNormal, &source));
  ForEveryPath([&](Bf16Path path) {
    Bf16Problem broken = problem;
    broken.a[5 * problem.depth + 20] = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> clean = SolveOn(path, problem);
    const std::vector<float> got = SolveOn(path, broken);
    for (size_t i = 0; i < got.size(); ++i) {
      if (i / problem.columns == 5) {
        EXPECT_TRUE(std::isnan(got[i]));
      } else {
        EXPECT_EQ(got[i], clean[i]);
      }
    }
  });
}

TEST(Bf16PathsTest, TheCallersModesStayAsTheyWere) {
  std::mt19937 source(4);
  const Bf16Problem problem(2, 8, 8, NumberDraw(Numbers::kNormal, &source));
  for (const Bf16Path path : SupportedBf16Paths()) SolveOn(path, problem);
  volatile float tiny = std::numeric_limits<float>::min();
  EXPECT_GT(tiny / 2, 0);
}

TEST(Bf16PanelMatrixTest, PackedTransposedIsPackedOfTheTranspose) {
  std::mt19937 source(5);
  Bf16Problem problem(3, 37, 45, NumberDraw(Numbers::kNormal, &source));
  std::vector<float> transpose(problem.b.size());
  for (size_t k = 0; k < problem.depth; ++k) {
    for (size_t j = 0; j < problem.columns; ++j) transpose[j * problem.depth + k] = problem.b[k * problem.columns + j];
  }
  for (const Bf16Path path : SupportedBf16Paths()) {
    Bf16PanelMatrix packed(problem.depth, problem.columns, path);
    packed.Pack(problem.b);
    Bf16PanelMatrix other(problem.depth, problem.columns, path);
    other.PackTransposed(transpose);
    for (size_t panel = 0; panel < packed.panels(); ++panel) {
      const size_t size = packed.blocks() * Bf16PanelMatrix::kBlockDepth * kPanelColumns;
      EXPECT_TRUE(std::ranges::equal(std::span(packed.panel(panel), size), std::span(other.panel(panel), size)));
    }
  }
}

}  // namespace
}  // namespace ebm::kernels
