// A weight matrix in bfloat16, packed for one of the ways to multiply it (bf16_multiply.h).
//
//   B: [depth, columns], packed as [ceil(columns / kPanelColumns), ceil(depth / 32), 16 pairs, kPanelColumns, 2],
//   the last panel and the last block of 32 in depth filled with 0. For tiles, the two halves of a panel's columns are
//   apart: [.., 2, 16 pairs, kPanelColumns / 2, 2].
//
// Threads: as in panel_matrix.h.

#ifndef EBM_MODEL_KERNELS_BF16_PANEL_MATRIX_H_
#define EBM_MODEL_KERNELS_BF16_PANEL_MATRIX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "hwy/aligned_allocator.h"
#include "model/kernels/panel_matrix.h"

namespace ebm::kernels {

// How products are computed. All give the same bits.
enum class Bf16Path {
  kMultiplyAdds,  // fused multiply-adds in float32
  kDotProducts,   // the instruction VDPBF16PS (AVX512-BF16)
  kTiles          // the instruction TDPBF16PS (AMX)
};

// The place of each depth within a block of 32: element 2p of the array is the depth of the first item of pair p, and
// element 2p + 1 that of its second item.
using DepthOrder = std::array<uint8_t, 32>;

// kMultiplyAdds and kTiles: pair p holds the depths 2p and 2p + 1, each of which is added to a sum of its own.
// kDotProducts: the instruction adds both products of a pair to one sum, the second item first. So a pair holds two
// depths that follow each other in one of the sums: pairs 0 to 7 those of the even depths, (2, 0), (6, 4), .., and
// pairs 8 to 15 those of the odd depths, (3, 1), (7, 5), ...
DepthOrder DepthOrderOf(Bf16Path path);

class Bf16PanelMatrix {
 public:
  static constexpr size_t kBlockDepth = 32;
  static constexpr size_t kTileRows = 16;  // rows of A in one tile, on the path kTiles

  // All weights are zero.
  Bf16PanelMatrix(size_t depth, size_t columns, Bf16Path path);

  // As in PanelMatrix. The values are rounded.
  void Pack(std::span<const float> values);
  void PackTransposed(std::span<const float> values);

  Bf16Path path() const { return path_; }
  size_t depth() const { return depth_; }
  size_t columns() const { return columns_; }
  size_t panels() const { return PaddedColumns(columns_) / kPanelColumns; }
  size_t blocks() const { return (depth_ + kBlockDepth - 1) / kBlockDepth; }
  // [blocks, 16, kPanelColumns, 2], for tiles [blocks, 2, 16, kPanelColumns / 2, 2].
  const uint16_t* panel(size_t index) const { return values_.get() + index * PanelSize(); }

 private:
  size_t PanelSize() const { return blocks() * kBlockDepth * kPanelColumns; }
  uint16_t& At(size_t row, size_t column);

  size_t depth_;
  size_t columns_;
  Bf16Path path_;
  DepthOrder places_;  // the inverse of DepthOrderOf
  hwy::AlignedFreeUniquePtr<uint16_t[]> values_;
};

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_BF16_PANEL_MATRIX_H_
