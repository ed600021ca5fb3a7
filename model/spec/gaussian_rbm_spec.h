// The family gaussian_rbm: a restricted Boltzmann machine on real coordinates, with classes if there are several
// (model/energy/gaussian_rbm.h).
//
// Threads: plain data and free functions.

#ifndef EBM_MODEL_SPEC_GAUSSIAN_RBM_SPEC_H_
#define EBM_MODEL_SPEC_GAUSSIAN_RBM_SPEC_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "model/spec/data_column.h"
#include "model/spec/parameter_shape.h"

namespace ebm {

struct ModelSpec;

struct GaussianRbmSpec {
  static constexpr char kFamily[] = "gaussian_rbm";
  static constexpr Domain kDomain = Domain::kReal;
  static constexpr bool kHasActivation = false;
  static constexpr bool kHasBlockConditionals = true;

  int64_t hidden_units = 0;

  friend bool operator==(const GaussianRbmSpec&, const GaussianRbmSpec&) = default;
};

// The other parameters have the names of the family rbm (rbm_spec.h).
inline constexpr char kRbmLogVariance[] = "rbm.log_variance";

// InvalidArgument with the field, the value and the limit, if a field of the family's is out of range.
absl::Status CheckNetwork(const GaussianRbmSpec& network, const ModelSpec& spec);

// W, [D, H]; b, [D]; ln s^2, [D]; c, [H]; and, with several classes, U, [K, H], and d, [K]. REQUIRES: sizes that
// CheckNetwork accepts.
std::vector<ParameterShape> LayoutOf(const GaussianRbmSpec& network, const ModelSpec& spec);

// Fresh parameters are as in the family rbm; variances are 1.
float InitialBound(const GaussianRbmSpec& network, float fan_in);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_GAUSSIAN_RBM_SPEC_H_
