#include "model/spec/image_shape.h"

#include <vector>

namespace ebm {

bool HasImageShape(const ModelSpec& spec) { return spec.input_shape.size() == 2 || spec.input_shape.size() == 3; }

ImageShape ImageShapeOf(const ModelSpec& spec) {
  const std::vector<int64_t>& shape = spec.input_shape;
  if (shape.size() == 2) return {.channels = 1, .height = shape[0], .width = shape[1]};
  return {.channels = shape[0], .height = shape[1], .width = shape[2]};
}

}  // namespace ebm
