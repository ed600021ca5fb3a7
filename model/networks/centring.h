// Centred parameters of restricted Boltzmann machines (Montavon & Mueller 2012, "Deep Boltzmann machines and the
// centering trick"; Melchior, Fischer & Wiskott 2016, "How to center deep Boltzmann machines", JMLR 17): the energy is
// written in v - mu, h - lambda and onehot(y) - nu. The models are the same, but the gradients of weights and biases
// are then hardly correlated, which makes training much faster. With the plain parameters of model/energy/rbm.h,
//
//   b = b' - W lambda,   c = c' - W^T mu - U^T nu,   d = d' - U lambda
//
// mu are means of the indicators, lambda is 1/2 and nu 1/K. W and U are the same in both. Without hidden units
// (model/energy/boltzmann_machine.h),
//
//   b_i = b'_i - sum over edges (i, j) of w_ij mu_j
//
// On real coordinates (model/energy/gaussian_rbm.h) the energy is written in (x - mu) / s, so that the trained weights
// do not depend on the scale of the coordinates,
//
//   W_ij = s_i W'_ij,   b = mu + s b' - W lambda,   c = c' - W^T (mu / s^2) - U^T nu,   d = d' - U lambda
//
// with ln s^2 kept from -14 to 14: the density of a coordinate that hardly varies has no maximum.
//
// As network.h, only for code that uses LibTorch. Threads: immutable.

#ifndef EBM_MODEL_NETWORKS_CENTRING_H_
#define EBM_MODEL_NETWORKS_CENTRING_H_

#include <ATen/ATen.h>

#include <span>
#include <vector>

#include "model/networks/edge_ends.h"
#include "model/spec/boltzmann_spec.h"

namespace ebm {

class Centring {
 public:
  Centring() = default;  // none: parameters stay as they are
  // Centres a restricted Boltzmann machine. means: mu, [S].
  explicit Centring(std::span<const double> means);
  // Centres a Boltzmann machine without hidden units. means: mu, [D].
  Centring(std::span<const double> means, const std::vector<Edge>& edges);
  // Centres a restricted Boltzmann machine on real coordinates. means: mu, [D].
  static Centring OfReals(std::span<const double> means);

  bool any() const { return means_.defined(); }

  // Parameters in the order of ParameterLayout. Without centring, the same tensors. Differentiable.
  std::vector<at::Tensor> ToPlain(const std::vector<at::Tensor>& centred) const {
    return is_real_ ? PlainOfReals(centred) : Shift(centred, -1);
  }
  std::vector<at::Tensor> ToCentred(const std::vector<at::Tensor>& plain) const {
    return is_real_ ? CentredOfReals(plain) : Shift(plain, 1);
  }

 private:
  std::vector<at::Tensor> Shift(const std::vector<at::Tensor>& parameters, double sign) const;
  std::vector<at::Tensor> ShiftSites(const std::vector<at::Tensor>& parameters, double sign) const;
  std::vector<at::Tensor> PlainOfReals(const std::vector<at::Tensor>& centred) const;
  std::vector<at::Tensor> CentredOfReals(const std::vector<at::Tensor>& plain) const;

  at::Tensor means_;  // mu, [S] or [D]; undefined: no centring
  EdgeEnds ends_;     // undefined tensors for a restricted Boltzmann machine
  bool is_real_ = false;
};

}  // namespace ebm

#endif  // EBM_MODEL_NETWORKS_CENTRING_H_
