// Networks with random weights, for tests only: a spec and the tensors that fit it.

#ifndef EBM_TESTS_REFERENCE_RANDOM_MLP_H_
#define EBM_TESTS_REFERENCE_RANDOM_MLP_H_

#include <cmath>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "model/core/named_tensor.h"
#include "model/core/random.h"
#include "model/spec/model_spec.h"

namespace ebm::reference {

struct MlpShape {
  int64_t dimension = 0;
  std::vector<int64_t> hidden;
  int classes = 0;
};

// Prints a shape as "64-512-512-10" in test output.
inline void PrintTo(const MlpShape& shape, std::ostream* out) {
  *out << shape.dimension;
  for (const int64_t width : shape.hidden) *out << "-" << width;
  *out << "-" << shape.classes;
}

struct TestModel {
  ModelSpec spec;
  std::vector<NamedTensor> tensors;  // in the order of their family
};

inline NamedTensor RandomTensor(uint64_t seed, uint32_t index, std::string name, std::vector<int64_t> shape,
                                float stddev) {
  NamedTensor tensor = {.name = std::move(name), .shape = std::move(shape), .values = {}};
  int64_t count = 1;
  for (const int64_t size : tensor.shape) count *= size;
  tensor.values.resize(count);
  FillNormal({.seed = seed, .stream = RandomStream::kParameterInit, .chain = index}, tensor.values);
  for (float& value : tensor.values) value *= stddev;
  return tensor;
}

// Weights are N(0, gain^2 / inputs) and biases N(0, gain^2 / 4): units of both signs, on both sides of the ELU.
inline TestModel RandomMlp(uint64_t seed, const MlpShape& shape, float gain = 1.5F) {
  TestModel mlp;
  mlp.spec = {.input_shape = {shape.dimension},
              .network = MlpSpec{.hidden_widths = shape.hidden},
              .activation = "elu",
              .class_labels = {},
              .columns = {DataColumn()}};
  for (int k = 0; k < shape.classes; ++k) mlp.spec.class_labels.push_back(std::to_string(k));
  std::vector<int64_t> widths = shape.hidden;
  widths.push_back(shape.classes);
  int64_t in = shape.dimension;
  for (uint32_t layer = 0; layer < widths.size(); ++layer) {
    const std::string name = "layers." + std::to_string(layer);
    const float stddev = gain / std::sqrt(static_cast<float>(in));
    mlp.tensors.push_back(RandomTensor(seed, 2 * layer, name + ".weight", {widths[layer], in}, stddev));
    mlp.tensors.push_back(RandomTensor(seed, 2 * layer + 1, name + ".bias", {widths[layer]}, gain / 2));
    in = widths[layer];
  }
  return mlp;
}

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_RANDOM_MLP_H_
