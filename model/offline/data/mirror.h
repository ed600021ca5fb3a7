// Images turned in place, every channel alike.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_MIRROR_H_
#define EBM_MODEL_OFFLINE_DATA_MIRROR_H_

#include <span>

#include "model/spec/image_shape.h"

namespace ebm {

// row: [channels * height * width].
void FlipHorizontally(const ImageShape& image, std::span<float> row);
void FlipVertically(const ImageShape& image, std::span<float> row);
void Rotate180(const ImageShape& image, std::span<float> row);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_MIRROR_H_
