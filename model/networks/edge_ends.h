// Where the ends of a graph's edges are, as tensors.
//
// As network.h, only for code that uses LibTorch. Threads: plain data.

#ifndef EBM_MODEL_NETWORKS_EDGE_ENDS_H_
#define EBM_MODEL_NETWORKS_EDGE_ENDS_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "model/spec/boltzmann_spec.h"

namespace ebm {

// [edges] each, int64.
struct EdgeEnds {
  at::Tensor low;
  at::Tensor high;
};

inline EdgeEnds EndsOf(const std::vector<Edge>& edges) {
  EdgeEnds ends = {.low = at::empty({std::ssize(edges)}, at::kLong), .high = at::empty({std::ssize(edges)}, at::kLong)};
  for (size_t e = 0; e < edges.size(); ++e) {
    ends.low.data_ptr<int64_t>()[e] = edges[e][0];
    ends.high.data_ptr<int64_t>()[e] = edges[e][1];
  }
  return ends;
}

// The couplings as an upper triangular matrix, [D, D]. weight: [edges]. Differentiable.
inline at::Tensor UpperMatrix(const EdgeEnds& ends, const at::Tensor& weight, int64_t dimension) {
  return at::zeros({dimension, dimension}).index_put({ends.low, ends.high}, weight);
}

}  // namespace ebm

#endif  // EBM_MODEL_NETWORKS_EDGE_ENDS_H_
