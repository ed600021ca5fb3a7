// The family jem_mlp: a joint energy model on a multilayer perceptron.
//
// Threads: plain data and free functions.

#ifndef EBM_MODEL_SPEC_MLP_SPEC_H_
#define EBM_MODEL_SPEC_MLP_SPEC_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "model/spec/data_column.h"
#include "model/spec/parameter_shape.h"

namespace ebm {

struct ModelSpec;

struct MlpSpec {
  static constexpr char kFamily[] = "jem_mlp";
  static constexpr Domain kDomain = Domain::kReal;
  static constexpr bool kHasActivation = true;
  static constexpr bool kHasBlockConditionals = false;

  std::vector<int64_t> hidden_widths;  // units of each hidden layer

  friend bool operator==(const MlpSpec&, const MlpSpec&) = default;
};

// InvalidArgument with the field, the value and the limit, if a field of the family's is out of range.
absl::Status CheckNetwork(const MlpSpec& network, const ModelSpec& spec);

// Weight and bias of each layer in turn. REQUIRES: sizes that CheckNetwork accepts.
std::vector<ParameterShape> LayoutOf(const MlpSpec& network, const ModelSpec& spec);

// Fresh weights and biases are uniform between plus and minus this bound.
float InitialBound(const MlpSpec& network, float fan_in);

// D, the hidden widths, K.
std::vector<int64_t> MlpWidths(const MlpSpec& network, const ModelSpec& spec);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_MLP_SPEC_H_
