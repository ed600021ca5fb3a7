// Residual networks with random weights, for tests only: a spec and the tensors that fit it.

#ifndef EBM_TESTS_REFERENCE_RANDOM_RESNET_H_
#define EBM_TESTS_REFERENCE_RANDOM_RESNET_H_

#include <cmath>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "model/spec/parameter_layout.h"
#include "tests/reference/random_mlp.h"

namespace ebm::reference {

struct ResnetShape {
  std::vector<int64_t> input_shape;
  std::vector<int64_t> channels;
  int64_t blocks = 1;
  int classes = 0;
  std::string activation = "silu";
  int64_t stem_stride = 1;
};

// Prints a shape as "1x5x4-8-16-3" in test output.
inline void PrintTo(const ResnetShape& shape, std::ostream* out) {
  for (const int64_t size : shape.input_shape) *out << size << "x";
  for (const int64_t channels : shape.channels) *out << "-" << channels;
  *out << "-" << shape.classes << " " << shape.activation << " stem " << shape.stem_stride;
}

// Weights are N(0, gain^2 / fan in) and biases N(0, gain^2 / 4).
inline TestModel RandomResnet(uint64_t seed, const ResnetShape& shape, float gain = 1.2F) {
  TestModel model;
  model.spec = {.input_shape = shape.input_shape,
                .network = ResnetSpec{.hidden_widths = shape.channels,
                                      .blocks_per_group = shape.blocks,
                                      .stem_stride = shape.stem_stride},
                .activation = shape.activation,
                .class_labels = {},
                .columns = {DataColumn()}};
  for (int k = 0; k < shape.classes; ++k) model.spec.class_labels.push_back(std::to_string(k));
  uint32_t index = 0;
  for (const ParameterShape& parameter : ParameterLayout(model.spec)) {
    const bool is_bias = parameter.shape.size() == 1;
    const float stddev = is_bias ? gain / 2 : gain / std::sqrt(static_cast<float>(parameter.fan_in));
    model.tensors.push_back(RandomTensor(seed, index++, parameter.name, parameter.shape, stddev));
  }
  return model;
}

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_RANDOM_RESNET_H_
