// The networks of the families, as functions of their parameters.
//
// Multilayer perceptron, h_0 = x:
//
//   a_i = h_{i-1} W_i^T + b_i,   h_i = act(a_i) for hidden i,   f(x) = a_L
//
// Residual network: a wide residual network (Zagoruyko & Komodakis 2016, arXiv:1605.07146) without batch normalisation,
// which would tie the rows of a batch to each other and is left out by joint energy models for that reason (Grathwohl
// et al. 2020, arXiv:1912.03263). Convolutions are 3x3 with padding 1 but for the shortcuts, which are 1x1:
//
//   h <- stem(x)                                              x: [n, C, H, W]
//   h <- shortcut(h) + conv2(act(conv1(act(h))))              block by block; the first of each group but the first has
//                                                             stride 2 (parameter_layout.h)
//   f(x) = head(mean over height and width of act(h))
//
// From the stem on, activations are laid out channels-last, where oneDNN's convolutions are fastest. (An image of one
// channel has no such layout; convolutions would keep its.)
//
// Threads: the functions are pure.

#ifndef EBM_MODEL_NETWORKS_NETWORK_FUNCTIONS_H_
#define EBM_MODEL_NETWORKS_NETWORK_FUNCTIONS_H_

#include "model/core/activation.h"
#include "model/core/model_spec.h"
#include "model/networks/network.h"

namespace ebm {

NetworkFunction MlpFunction(Activation activation);

// REQUIRES: a spec that passes Validate.
NetworkFunction ResidualFunction(const ModelSpec& spec, Activation activation);

}  // namespace ebm

#endif  // EBM_MODEL_NETWORKS_NETWORK_FUNCTIONS_H_
