// The family boltzmann: a Boltzmann machine without hidden units, which is an Ising model, on coordinates of two levels
// (model/energy/boltzmann_machine.h).
//
// Threads: plain data and free functions.

#ifndef EBM_MODEL_SPEC_BOLTZMANN_SPEC_H_
#define EBM_MODEL_SPEC_BOLTZMANN_SPEC_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "model/spec/data_column.h"
#include "model/spec/parameter_shape.h"

namespace ebm {

struct ModelSpec;

// Two coordinates that are coupled, the lower one first.
using Edge = std::array<int64_t, 2>;

struct BoltzmannSpec {
  static constexpr char kFamily[] = "boltzmann";
  static constexpr Domain kDomain = Domain::kLevels;
  static constexpr bool kHasActivation = false;
  static constexpr bool kHasBlockConditionals = true;

  // In rising order, by the first coordinate and then by the second. Empty: all pairs of coordinates.
  std::vector<Edge> edges;

  friend bool operator==(const BoltzmannSpec&, const BoltzmannSpec&) = default;
};

inline constexpr char kBoltzmannWeight[] = "boltzmann.weight";
inline constexpr char kBoltzmannBias[] = "boltzmann.bias";

// A list is part of a checkpoint's header, which has a limit of its own (model/checkpoint/safetensors.h).
inline constexpr int64_t kMaxListedEdges = 1 << 17;
// With a coupling for every pair.
inline constexpr int64_t kMaxCompleteDimension = 4096;

int64_t EdgeCount(const BoltzmannSpec& network, int64_t dimension);

// The edges, listed.
std::vector<Edge> EdgesOf(const BoltzmannSpec& network, int64_t dimension);

// InvalidArgument with the field, the value and the limit, if a field of the family's is out of range.
absl::Status CheckNetwork(const BoltzmannSpec& network, const ModelSpec& spec);

// w, [edges]; b, [D]. REQUIRES: sizes that CheckNetwork accepts.
std::vector<ParameterShape> LayoutOf(const BoltzmannSpec& network, const ModelSpec& spec);

// 0: the log likelihood is concave in the parameters, so that training needs no random start.
float InitialBound(const BoltzmannSpec& network, float fan_in);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_BOLTZMANN_SPEC_H_
