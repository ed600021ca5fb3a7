// The paths of bf16_multiply.h, each in a source file of its own. Their arguments are those of Multiply.
//
// REQUIRES: denormal numbers count as zero (flush_denormals.h).

#ifndef EBM_MODEL_KERNELS_BF16_PATHS_H_
#define EBM_MODEL_KERNELS_BF16_PATHS_H_

#include <cstddef>

#include "model/kernels/bf16_panel_matrix.h"
#include "model/kernels/multiply.h"

namespace ebm::kernels {

void MultiplyByMultiplyAdds(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, float* scratch,
                            OutputRows c);

bool HasDotProducts();
// REQUIRES: HasDotProducts().
void MultiplyByDotProducts(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, float* scratch,
                           OutputRows c);

// Whether the processor has AMX and the system lets this process use it.
bool HasTiles();
// REQUIRES: HasTiles().
void MultiplyByTiles(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, float* scratch,
                     OutputRows c);

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_BF16_PATHS_H_
