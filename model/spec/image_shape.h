// Whether the rows of a model are images, and of which shape.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_SPEC_IMAGE_SHAPE_H_
#define EBM_MODEL_SPEC_IMAGE_SHAPE_H_

#include <cstdint>

#include "model/spec/model_spec.h"

namespace ebm {

// Whether x is an image, that is, input_shape has two or three axes.
bool HasImageShape(const ModelSpec& spec);

// The channels, height and width of x. REQUIRES: HasImageShape.
struct ImageShape {
  int64_t channels = 1;
  int64_t height = 0;
  int64_t width = 0;
};
ImageShape ImageShapeOf(const ModelSpec& spec);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_IMAGE_SHAPE_H_
