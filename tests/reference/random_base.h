// Random base densities under random networks, for tests only.

#ifndef EBM_TESTS_REFERENCE_RANDOM_BASE_H_
#define EBM_TESTS_REFERENCE_RANDOM_BASE_H_

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "model/spec/parameter_layout.h"
#include "tests/reference/random_mlp.h"

namespace ebm::reference {

inline NamedTensor RandomLogWeights(uint64_t seed, uint32_t index, const ParameterShape& shape) {
  NamedTensor tensor = RandomTensor(seed, index, shape.name, shape.shape, 0.5F);
  double sum = 0;
  for (const float value : tensor.values) sum += std::exp(double{value});
  for (float& value : tensor.values) value = static_cast<float>(value - std::log(sum));
  return tensor;
}

// Diagonals are exp(N(0, 0.3^2)); the rest of a row is together about as large as its diagonal.
inline NamedTensor RandomWhitening(uint64_t seed, uint32_t index, const ParameterShape& shape) {
  const int64_t dimension = shape.shape.back();
  NamedTensor tensor = RandomTensor(seed, index, shape.name, shape.shape, 1.0F);
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    const int64_t row = static_cast<int64_t>(i) / dimension % dimension;
    const int64_t column = static_cast<int64_t>(i) % dimension;
    float& value = tensor.values[i];
    value = column < row    ? value / std::sqrt(static_cast<float>(dimension))
            : column == row ? std::exp(0.3F * value)
                            : 0;
  }
  return tensor;
}

// The model with a random base density of that kind.
inline TestModel WithRandomBase(uint64_t seed, const std::string& kind, float evidence, TestModel model) {
  constexpr uint32_t kFirstIndex = 1000;  // past the network's tensors
  model.spec.base = kind;
  model.spec.base_evidence = evidence;
  const auto layout = BaseLayout(model.spec);
  model.tensors.push_back(RandomLogWeights(seed, kFirstIndex, layout[0]));
  model.tensors.push_back(RandomTensor(seed, kFirstIndex + 1, layout[1].name, layout[1].shape, 0.7F));
  model.tensors.push_back(RandomWhitening(seed, kFirstIndex + 2, layout[2]));
  return model;
}

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_RANDOM_BASE_H_
