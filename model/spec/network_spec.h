// The table of families: a model spec has the part of one of them. A new family is one more alternative here, a file of
// its own with the functions that mlp_spec.h has, and one overload each for the checkpoint's fields
// (model/checkpoint/checkpoint_fields.h), for its energy (model/energy/energy_factory.cc) and, if it is trained by
// backpropagation, for its network (model/networks/network_functions.h). The compiler names those that are missing.
//
// Threads: plain data and free functions.

#ifndef EBM_MODEL_SPEC_NETWORK_SPEC_H_
#define EBM_MODEL_SPEC_NETWORK_SPEC_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "model/spec/boltzmann_spec.h"
#include "model/spec/data_column.h"
#include "model/spec/gaussian_rbm_spec.h"
#include "model/spec/mlp_spec.h"
#include "model/spec/rbm_spec.h"
#include "model/spec/resnet_spec.h"

namespace ebm {

using NetworkSpec = std::variant<MlpSpec, ResnetSpec, RbmSpec, BoltzmannSpec, GaussianRbmSpec>;

// The family's name.
const char* FamilyOf(const NetworkSpec& network);

// What the family's coordinates are.
Domain DomainOf(const NetworkSpec& network);

// Whether the family's networks have an activation function.
bool HasActivation(const NetworkSpec& network);

// Whether the family has block conditionals (model/core/block_conditionals.h), for Gibbs chains.
bool HasBlockConditionals(const NetworkSpec& network);

// The family's part, with nothing set. Errors: InvalidArgument naming the known families.
absl::StatusOr<NetworkSpec> FindFamily(const std::string& family);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_NETWORK_SPEC_H_
