#include "model/kernels/bf16_panel_matrix.h"

#include <algorithm>
#include <cassert>

#include "model/kernels/bf16.h"

namespace ebm::kernels {
namespace {

DepthOrder Inverse(const DepthOrder& order) {
  DepthOrder places = {};
  for (size_t place = 0; place < order.size(); ++place) places[order[place]] = static_cast<uint8_t>(place);
  return places;
}

}  // namespace

DepthOrder DepthOrderOf(Bf16Path path) {
  DepthOrder order = {};
  for (size_t place = 0; place < order.size(); ++place) {
    const size_t pair = place / 2;
    const size_t chain = pair / 8;
    const size_t first_added = 4 * (pair % 8) + chain;
    const size_t in_dot_product = place % 2 == 1 ? first_added : first_added + 2;
    order[place] = static_cast<uint8_t>(path == Bf16Path::kDotProducts ? in_dot_product : place);
  }
  return order;
}

Bf16PanelMatrix::Bf16PanelMatrix(size_t depth, size_t columns, Bf16Path path)
    : depth_(depth),
      columns_(columns),
      path_(path),
      places_(Inverse(DepthOrderOf(path))),
      values_(hwy::AllocateAligned<uint16_t>(panels() * PanelSize())) {
  std::fill_n(values_.get(), panels() * PanelSize(), uint16_t{0});
}

uint16_t& Bf16PanelMatrix::At(size_t row, size_t column) {
  const size_t together = path_ == Bf16Path::kTiles ? kPanelColumns / 2 : kPanelColumns;  // columns of a pair
  const size_t block = column / kPanelColumns * blocks() + row / kBlockDepth;
  const size_t part = block * (kPanelColumns / together) + column % kPanelColumns / together;
  const size_t place = places_[row % kBlockDepth];
  return values_[((part * kBlockDepth / 2 + place / 2) * together + column % together) * 2 + place % 2];
}

void Bf16PanelMatrix::Pack(std::span<const float> values) {
  assert(values.size() == depth_ * columns_);
  for (size_t row = 0; row < depth_; ++row) {
    for (size_t column = 0; column < columns_; ++column) At(row, column) = ToBf16(values[row * columns_ + column]);
  }
}

void Bf16PanelMatrix::PackTransposed(std::span<const float> values) {
  assert(values.size() == depth_ * columns_);
  for (size_t column = 0; column < columns_; ++column) {
    for (size_t row = 0; row < depth_; ++row) At(row, column) = ToBf16(values[column * depth_ + row]);
  }
}

}  // namespace ebm::kernels
