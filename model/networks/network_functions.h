// The networks of the families, as functions of their parameters.
//
// Multilayer perceptron, h_0 = x:
//
//   a_i = h_{i-1} W_i^T + b_i,   h_i = act(a_i) for hidden i,   f(x) = a_L
//
// Residual network: a wide residual network (Zagoruyko & Komodakis 2016, arXiv:1605.07146) without batch normalisation,
// which would make the rows of a batch depend on each other, and which joint energy models omit for that reason
// (Grathwohl et al. 2020, arXiv:1912.03263). Convolutions are 3x3 with padding 1, except for the shortcuts, which are
// 1x1:
//
//   h <- stem(x)                                              x: [n, C, H, W]
//   h <- shortcut(h) + conv2(act(conv1(act(h))))              block by block; the first of each group but the first has
//                                                             stride 2 (parameter_layout.h)
//   f(x) = head(mean over height and width of act(h))
//
// From the stem on, activations are in the channels-last layout, in which oneDNN's convolutions are fastest. (For an
// image of one channel the two layouts are the same, and convolutions would not switch to channels-last by themselves.)
//
// Restricted Boltzmann machine (model/energy/rbm.h), whose x has levels:
//
//   f(x)[y] = b . v + d_y + sum_j softplus((c + W^T v)_j + U_yj),   v the indicators of x
//
// Boltzmann machine without hidden units (model/energy/boltzmann_machine.h):
//
//   f(x)[0] = b . x + sum over edges (i, j) of w_ij x_i x_j
//
// Threads: the functions are pure.

#ifndef EBM_MODEL_NETWORKS_NETWORK_FUNCTIONS_H_
#define EBM_MODEL_NETWORKS_NETWORK_FUNCTIONS_H_

#include "model/networks/network.h"
#include "model/spec/activation.h"
#include "model/spec/model_spec.h"

namespace ebm {

// The function of each family. REQUIRES: a spec that passes Validate.
NetworkFunction MakeFunction(const MlpSpec& network, const ModelSpec& spec, Activation activation);
NetworkFunction MakeFunction(const ResnetSpec& network, const ModelSpec& spec, Activation activation);
NetworkFunction MakeFunction(const RbmSpec& network, const ModelSpec& spec, Activation activation);
NetworkFunction MakeFunction(const GaussianRbmSpec& network, const ModelSpec& spec, Activation activation);
NetworkFunction MakeFunction(const BoltzmannSpec& network, const ModelSpec& spec, Activation activation);

}  // namespace ebm

#endif  // EBM_MODEL_NETWORKS_NETWORK_FUNCTIONS_H_
