// A term of the sum over the hidden units of a restricted Boltzmann machine on levels (model/energy/rbm.h),
//
//   Z = sum_h exp(c . h) prod_i sum_l exp(l_i(b + W h)) sum_y exp(d_y + U_y . h)
//
// with one term per level of coordinate i, level 0 of two having the logit 0; or of one on real coordinates
// (model/energy/gaussian_rbm.h), where the integral over x takes the place of the product,
//
//   prod_i sqrt(2 pi) s_i exp(((b + W h)_i^2 - b_i^2) / (2 s_i^2))
//
// In double precision.

#ifndef EBM_MODEL_OFFLINE_PARTITION_HIDDEN_STATE_H_
#define EBM_MODEL_OFFLINE_PARTITION_HIDDEN_STATE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/core/named_tensor.h"
#include "model/spec/indicators.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct RbmParameters {
  // tensors: in the order of ParameterLayout.
  RbmParameters(const ModelSpec& spec, const std::vector<const NamedTensor*>& tensors);

  std::optional<Indicators> indicators;     // of levels
  std::vector<double> log_variance;         // ln s^2, [D]; empty for levels
  std::vector<double> inverse_variance;     // 1 / s^2, [D]; empty for levels
  std::vector<double> visible_bias;         // b
  std::vector<double> hidden_bias;          // c
  std::vector<std::vector<double>> weight;  // W^T, [H][S]
  std::vector<double> class_weight;         // U, [K, H]; empty without classes
  std::vector<double> class_bias;           // d, [K]
};

// The logarithm of one term: h, and what depends on it, which changes unit by unit.
class HiddenState {
 public:
  HiddenState(const RbmParameters& parameters, int64_t bits);

  void Flip(size_t unit);
  double LogTerm() const;

 private:
  void Flip(size_t unit, double sign);
  double LogSumOfLevels() const;
  double LogIntegral() const;

  const RbmParameters& parameters_;
  std::vector<double> visible_;  // b + W h
  std::vector<double> classes_;  // d + U h
  double hidden_energy_ = 0;     // c . h
  int64_t bits_ = 0;
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_HIDDEN_STATE_H_
