#include "model/kernels/aligned_floats.h"

#include <algorithm>

namespace ebm::kernels {

AlignedFloats::AlignedFloats(size_t size)
    : size_(size), values_(hwy::AllocateAligned<float>(std::max<size_t>(size, 1))) {
  std::fill_n(values_.get(), size, 0.0F);
}

}  // namespace ebm::kernels
