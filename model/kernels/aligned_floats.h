// Floats aligned to a cache line, for the fastest loads and stores of the kernels. Initially zero.

#ifndef EBM_MODEL_KERNELS_ALIGNED_FLOATS_H_
#define EBM_MODEL_KERNELS_ALIGNED_FLOATS_H_

#include <cstddef>

#include "hwy/aligned_allocator.h"

namespace ebm::kernels {

class AlignedFloats {
 public:
  explicit AlignedFloats(size_t size);

  float* data() { return values_.get(); }
  const float* data() const { return values_.get(); }
  size_t size() const { return size_; }

 private:
  size_t size_;
  hwy::AlignedFreeUniquePtr<float[]> values_;
};

// An aligned matrix whose rows are a whole number of panels wide; a part of each row may be in use.
class RowBlock {
 public:
  RowBlock(size_t rows, size_t stride) : stride_(stride), values_(rows * stride) {}

  float* row(size_t r) { return values_.data() + r * stride_; }
  const float* row(size_t r) const { return values_.data() + r * stride_; }
  size_t stride() const { return stride_; }

 private:
  size_t stride_;
  AlignedFloats values_;
};

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_ALIGNED_FLOATS_H_
