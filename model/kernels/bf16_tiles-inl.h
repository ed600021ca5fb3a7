// The product of bf16_multiply.h on tiles, for any implementation of the tile instructions: that of AMX
// (bf16_tiles.cc), and an emulation in the tests, by which the order of loads, products and stores is tested on every
// machine.
//
// A class Tiles has, for tile numbers from 0 to 7:
//
//   Configure(heights)           sets the rows of each tile; all have 64 bytes per row
//   Load<t>(address, stride)     reads a tile, `stride` bytes from row to row; LoadOnce<t> the same, for what is not
//                                read again soon
//   Store<t>(address, stride)
//   Multiply<c, a, b>()          c += a b by the sum of bf16_multiply.h: c [rows, 16] float32, a [rows, 32] bfloat16,
//                                b [16 pairs of depths, 16 columns, 2] bfloat16
//
// Every function is a template on Tiles, so that each user compiles it for instructions of its own. What it includes
// must have been included before, where no such instructions are asked for.

#ifndef EBM_MODEL_KERNELS_BF16_TILES_INL_H_
#define EBM_MODEL_KERNELS_BF16_TILES_INL_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/kernels/bf16_panel_matrix.h"
#include "model/kernels/multiply.h"

namespace ebm::kernels {

inline constexpr size_t kTileRows = Bf16PanelMatrix::kTileRows;
inline constexpr size_t kTileRowBytes = 64;
inline constexpr size_t kTileItems = kTileRows * Bf16PanelMatrix::kBlockDepth;  // of a tile of bfloat16
inline constexpr size_t kTileColumns = 16;                                      // of a tile of float32

using TileHeights = std::array<uint8_t, 8>;

template <typename Tiles>
class TileProduct {
 public:
  TileProduct(Tiles& tiles, const Bf16PanelMatrix& b, const float* start) : tiles_(tiles), b_(b), start_(start) {}

  // a: [ceil(rows / 16), blocks, 16, 32] bfloat16, of which only `rows` rows are read.
  void Multiply(const uint16_t* a, size_t rows, OutputRows c) {
    for (size_t row = 0; row < rows; row += 2 * kTileRows) {
      const size_t left = rows - row;
      const size_t first = left < kTileRows ? left : kTileRows;
      const size_t second = left - first < kTileRows ? left - first : kTileRows;
      const OutputRows sums = {c.data + row * c.stride, c.stride};
      const uint16_t* const block = a + row / kTileRows * RowTileItems();
      tiles_.Configure(HeightsFor(first, second == 0 ? first : second));
      second == 0 ? MultiplyOneRowTile(block, sums) : MultiplyTwoRowTiles(block, sums);
    }
  }

 private:
  // Tiles 0 to 3 are sums, 4 and 5 rows of A, 6 and 7 weights. With two row tiles, 2, 3 and 5 belong to the second one.
  static TileHeights HeightsFor(size_t first, size_t second) {
    const auto one = static_cast<uint8_t>(first);
    const auto two = static_cast<uint8_t>(second);
    return {one, one, two, two, one, two, kTileRows, kTileRows};
  }

  size_t RowTileItems() const { return b_.blocks() * kTileItems; }

  // One panel at a time: two row tiles by its two column tiles.
  void MultiplyTwoRowTiles(const uint16_t* a, OutputRows c) {
    for (size_t panel = 0; panel < b_.panels(); ++panel) {
      const size_t column = panel * kPanelColumns;
      const OutputRows first = {c.data + column, c.stride};
      const OutputRows second = {first.data + kTileRows * c.stride, c.stride};
      Start<0, 1>(column);
      Start<2, 3>(column);
      const uint16_t* weights = b_.panel(panel);
      for (size_t block = 0; block < b_.blocks(); ++block, weights += 2 * kTileItems) {
        const uint16_t* const rows = a + block * kTileItems;
        tiles_.template Load<4>(rows, kTileRowBytes);
        tiles_.template Load<5>(rows + RowTileItems(), kTileRowBytes);
        LoadWeights(weights);
        tiles_.template Multiply<0, 4, 6>();
        tiles_.template Multiply<1, 4, 7>();
        tiles_.template Multiply<2, 5, 6>();
        tiles_.template Multiply<3, 5, 7>();
      }
      Finish<0, 1>(first);
      Finish<2, 3>(second);
    }
  }

  // Two panels at a time, so that a product does not wait for the one before.
  void MultiplyOneRowTile(const uint16_t* a, OutputRows c) {
    size_t panel = 0;
    for (; panel + 2 <= b_.panels(); panel += 2) {
      const size_t column = panel * kPanelColumns;
      Start<0, 1>(column);
      Start<2, 3>(column + kPanelColumns);
      for (size_t block = 0; block < b_.blocks(); ++block) {
        tiles_.template Load<4>(a + block * kTileItems, kTileRowBytes);
        LoadWeights(b_.panel(panel) + block * 2 * kTileItems);
        tiles_.template Multiply<0, 4, 6>();
        tiles_.template Multiply<1, 4, 7>();
        LoadWeights(b_.panel(panel + 1) + block * 2 * kTileItems);
        tiles_.template Multiply<2, 4, 6>();
        tiles_.template Multiply<3, 4, 7>();
      }
      Finish<0, 1>({c.data + column, c.stride});
      Finish<2, 3>({c.data + column + kPanelColumns, c.stride});
    }
    if (panel < b_.panels()) MultiplyLastPanel(panel, a, c);
  }

  void MultiplyLastPanel(size_t panel, const uint16_t* a, OutputRows c) {
    const size_t column = panel * kPanelColumns;
    Start<0, 1>(column);
    for (size_t block = 0; block < b_.blocks(); ++block) {
      tiles_.template Load<4>(a + block * kTileItems, kTileRowBytes);
      LoadWeights(b_.panel(panel) + block * 2 * kTileItems);
      tiles_.template Multiply<0, 4, 6>();
      tiles_.template Multiply<1, 4, 7>();
    }
    Finish<0, 1>({c.data + column, c.stride});
  }

  // Every row begins with the same values.
  template <int left, int right>
  void Start(size_t column) {
    tiles_.template Load<left>(start_ + column, 0);
    tiles_.template Load<right>(start_ + column + kTileColumns, 0);
  }

  template <int left, int right>
  void Finish(OutputRows c) {
    tiles_.template Store<left>(c.data, c.stride * sizeof(float));
    tiles_.template Store<right>(c.data + kTileColumns, c.stride * sizeof(float));
  }

  void LoadWeights(const uint16_t* weights) {
    tiles_.template LoadOnce<6>(weights, kTileRowBytes);
    tiles_.template LoadOnce<7>(weights + kTileItems, kTileRowBytes);
  }

  Tiles& tiles_;
  const Bf16PanelMatrix& b_;
  const float* const start_;
};

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_BF16_TILES_INL_H_
