// The family rbm: a restricted Boltzmann machine on levels, with classes if there are several (model/energy/rbm.h).
//
// Threads: plain data and free functions.

#ifndef EBM_MODEL_SPEC_RBM_SPEC_H_
#define EBM_MODEL_SPEC_RBM_SPEC_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "model/spec/data_column.h"
#include "model/spec/parameter_shape.h"

namespace ebm {

struct ModelSpec;

struct RbmSpec {
  static constexpr char kFamily[] = "rbm";
  static constexpr Domain kDomain = Domain::kLevels;
  static constexpr bool kHasActivation = false;
  static constexpr bool kHasBlockConditionals = true;

  int64_t hidden_units = 0;

  friend bool operator==(const RbmSpec&, const RbmSpec&) = default;
};

inline constexpr char kRbmWeight[] = "rbm.weight";
inline constexpr char kRbmVisibleBias[] = "rbm.visible_bias";
inline constexpr char kRbmHiddenBias[] = "rbm.hidden_bias";
inline constexpr char kRbmClassWeight[] = "rbm.class_weight";
inline constexpr char kRbmClassBias[] = "rbm.class_bias";

// Of every family with one layer of hidden units: InvalidArgument for too many classes or hidden units, or too few.
absl::Status CheckHiddenUnits(int64_t hidden_units, const char* family, const ModelSpec& spec);
// Appends c, [H]; and, with several classes, U, [K, H], and d, [K].
void AppendHiddenLayer(int64_t hidden_units, int64_t classes, std::vector<ParameterShape>& layout);

// InvalidArgument with the field, the value and the limit, if a field of the family's is out of range.
absl::Status CheckNetwork(const RbmSpec& network, const ModelSpec& spec);

// W, [indicators, H]; b, [indicators]; c, [H]; and, with several classes, U, [K, H], and d, [K]. indicators.h has the
// indicator variables. REQUIRES: sizes that CheckNetwork accepts.
std::vector<ParameterShape> LayoutOf(const RbmSpec& network, const ModelSpec& spec);

// Fresh weights are uniform between plus and minus this bound: their standard deviation is 0.01 (Hinton 2012, "A
// practical guide to training restricted Boltzmann machines", section 8). Biases, whose fan_in is 0, are 0.
float InitialBound(const RbmSpec& network, float fan_in);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_RBM_SPEC_H_
