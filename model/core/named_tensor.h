// A tensor with a name, as in a checkpoint: energies are built from named tensors, and training returns them.

#ifndef EBM_MODEL_CORE_NAMED_TENSOR_H_
#define EBM_MODEL_CORE_NAMED_TENSOR_H_

#include <cstdint>
#include <string>
#include <vector>

namespace ebm {

// `values` is row-major and holds exactly the product of `shape` numbers (one for an empty shape).
struct NamedTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;

  friend bool operator==(const NamedTensor&, const NamedTensor&) = default;
};

}  // namespace ebm

#endif  // EBM_MODEL_CORE_NAMED_TENSOR_H_
