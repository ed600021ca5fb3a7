// A packed weight matrix in either precision.
//
// Threads: as in panel_matrix.h.

#ifndef EBM_MODEL_KERNELS_WEIGHT_MATRIX_H_
#define EBM_MODEL_KERNELS_WEIGHT_MATRIX_H_

#include <cstddef>
#include <span>
#include <variant>

#include "model/core/precision.h"
#include "model/kernels/bf16_multiply.h"
#include "model/kernels/bf16_panel_matrix.h"
#include "model/kernels/multiply.h"
#include "model/kernels/panel_matrix.h"

namespace ebm::kernels {

class WeightMatrix {
 public:
  // All weights are zero. In kBf16, products take the path that is the fastest on this processor.
  WeightMatrix(size_t depth, size_t columns, Precision precision)
      : panels_(precision == Precision::kF32 ? Panels(PanelMatrix(depth, columns))
                                             : Panels(Bf16PanelMatrix(depth, columns, FastestBf16Path()))) {}

  // As in PanelMatrix.
  void Pack(std::span<const float> values) {
    std::visit([&](auto& panels) { panels.Pack(values); }, panels_);
  }
  void PackTransposed(std::span<const float> values) {
    std::visit([&](auto& panels) { panels.PackTransposed(values); }, panels_);
  }

  size_t depth() const {
    return std::visit([](const auto& panels) { return panels.depth(); }, panels_);
  }
  size_t columns() const {
    return std::visit([](const auto& panels) { return panels.columns(); }, panels_);
  }
  // The number of floats of scratch that Multiply needs for this many rows.
  size_t ScratchSize(size_t rows) const {
    const auto* bf16 = std::get_if<Bf16PanelMatrix>(&panels_);
    return bf16 == nullptr ? 0 : Bf16ScratchSize(rows, *bf16);
  }

  // As Multiply of a PanelMatrix or of a Bf16PanelMatrix.
  void Multiply(InputRows a, size_t rows, const float* start, float* scratch, OutputRows c) const {
    if (const auto* f32 = std::get_if<PanelMatrix>(&panels_)) return kernels::Multiply(a, rows, *f32, start, c);
    kernels::Multiply(a, rows, std::get<Bf16PanelMatrix>(panels_), start, scratch, c);
  }

 private:
  using Panels = std::variant<PanelMatrix, Bf16PanelMatrix>;
  Panels panels_;
};

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_WEIGHT_MATRIX_H_
