// The name and shape of one parameter of a network.
//
// Threads: plain data.

#ifndef EBM_MODEL_SPEC_PARAMETER_SHAPE_H_
#define EBM_MODEL_SPEC_PARAMETER_SHAPE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace ebm {

struct ParameterShape {
  std::string name;
  std::vector<int64_t> shape;
  int64_t fan_in = 0;  // inputs of the unit that the parameter belongs to

  int64_t count() const;  // the number of values
};

// Adds the weight and the bias of a layer. weight_shape: [outputs, inputs, ...].
void AddLayer(const std::string& name, std::vector<int64_t> weight_shape, std::vector<ParameterShape>& layout);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_PARAMETER_SHAPE_H_
